// The local clock, in a zone that changes its offset: the process takes the zone of the environment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockText, HOUR, inZone, parseInput, ticksOf, zoneName } from '../../src/model/time'

const before = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin'
})
afterAll(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
})

describe('words of the server by the local clock', () => {
  const at = Date.parse('2026-11-24T12:00:00Z')
  it('tell times of the day', () => expect(inZone('last run failed at 11:35 UTC: X; 1 of 4', 'local', at)).toBe('last run failed at 12:35: X; 1 of 4'))
  it('tell the date where the day is another', () => {
    expect(inZone('expected at 23:30 UTC', 'local', at)).toBe('expected at 25 Nov 00:30')
    expect(inZone('ended 23 Nov 23:30 UTC', 'local', at)).toBe('ended 00:30')
  })
  it('use the offset of that day', () => expect(inZone('ended 2 Oct 06:00 UTC', 'local', at)).toBe('ended 2 Oct 08:00'))
  it('name the zone', () => {
    expect(zoneName('utc', at)).toBe('UTC')
    expect(zoneName('local', at)).toBe('CET')
  })
})

describe('local time across the change to winter time', () => {
  const change = Date.parse('2026-10-25T01:00:00Z')

  it('tells 02:30 twice', () => {
    expect(clockText(change - HOUR / 2, 'local', false)).toBe('02:30')
    expect(clockText(change + HOUR / 2, 'local', false)).toBe('02:30')
  })
  it('keeps day ticks on local midnight on both sides', () => {
    const ticks = ticksOf({ from: change - 48 * HOUR, to: change + 48 * HOUR }, 400, 'local')
    expect(ticks.filter((t) => t.major).map((t) => clockText(t.t, 'local', false))).toEqual(['00:00', '00:00', '00:00', '00:00'])
  })
  it('reads an input with the offset of that day', () => {
    expect(parseInput('2026-10-24T12:00', 'local')).toBe(Date.parse('2026-10-24T10:00:00Z'))
    expect(parseInput('2026-10-26T12:00', 'local')).toBe(Date.parse('2026-10-26T11:00:00Z'))
  })
})
