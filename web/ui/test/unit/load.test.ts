import { describe, expect, it } from 'vitest'
import { brushed } from '../../src/model/load'
import { HOUR, MINUTE } from '../../src/model/time'

describe('brushed', () => {
  const now = Date.parse('2026-11-24T06:30:15Z')
  const minute = Date.parse('2026-11-24T06:31:00Z')
  it('is the stretch itself in the past', () => {
    expect(brushed(now - 3 * HOUR, now - HOUR, now)).toEqual({ from: now - 3 * HOUR, to: now - HOUR })
  })
  it('ends with the minute of now', () => expect(brushed(minute - HOUR, minute + HOUR, now)).toEqual({ from: minute - HOUR, to: minute }))
  it('is at least five minutes long, before now too', () => {
    expect(brushed(minute - HOUR, minute - HOUR + MINUTE, now)).toEqual({ from: minute - HOUR, to: minute - HOUR + 5 * MINUTE })
    expect(brushed(minute - MINUTE, minute + MINUTE, now)).toEqual({ from: minute - 5 * MINUTE, to: minute })
    expect(brushed(minute + HOUR, minute + 2 * HOUR, now)).toEqual({ from: minute - 5 * MINUTE, to: minute })
  })
})
