// The local clock, in a zone that changes its offset: the process takes the zone of the environment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockText, HOUR, parseInput, ticksOf } from '../../src/model/time'

const before = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin'
})
afterAll(() => {
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
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
