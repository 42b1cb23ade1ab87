import { describe, expect, it } from 'vitest'
import { clockText, DAY, HOUR, inputText, inZone, MINUTE, momentText, parseInput, roughly, scaleOf, spanText, ticksOf } from '../../src/model/time'

const T = Date.parse('2026-11-24T06:30:00Z')

describe('scaleOf', () => {
  it('maps both ends of the window to both ends of the strip', () => {
    const x = scaleOf({ from: T, to: T + HOUR }, 600)
    expect([x(T), x(T + 30 * MINUTE), x(T + HOUR)]).toEqual([0, 300, 600])
  })
  it('survives a window without extent', () => {
    expect(Number.isFinite(scaleOf({ from: T, to: T }, 600)(T + 1))).toBe(true)
  })
})

describe('ticksOf', () => {
  it('puts round times at least the gap apart, for every quick range and width', () => {
    for (const length of [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 31 * DAY]) {
      for (const width of [300, 670, 1150]) {
        const span = { from: T - length, to: T }
        const ticks = ticksOf(span, width, 'utc')
        const x = scaleOf(span, width)
        expect(ticks.length).toBeGreaterThan(1)
        ticks.forEach((t, i) => {
          expect(t.t % MINUTE).toBe(0)
          if (i > 0) expect(x(t.t) - x((ticks[i - 1] as { t: number }).t)).toBeGreaterThanOrEqual(62)
        })
      }
    }
  })
  it('labels the start of a day with its date', () => {
    const majors = ticksOf({ from: T - DAY, to: T }, 670, 'utc').filter((t) => t.major)
    expect(majors.map((t) => t.label)).toEqual(['24 Nov'])
  })
})

describe('texts', () => {
  it('tells the clock in UTC', () => {
    expect(clockText(T + 5000, 'utc')).toBe('06:30:05')
    expect(clockText(T, 'utc', false)).toBe('06:30')
  })
  it('names the day only when it is not today', () => {
    expect(momentText(T, 'utc', T + HOUR)).toBe('06:30')
    expect(momentText(T - DAY, 'utc', T)).toBe('23 Nov 06:30')
  })
  it('repeats the day in a span only when it changes', () => {
    expect(spanText({ from: T, to: T + HOUR }, 'utc', T)).toBe('24 Nov 06:30 – 07:30')
    expect(spanText({ from: T - DAY, to: T }, 'utc', T)).toBe('23 Nov 06:30 – 24 Nov 06:30')
  })
  it('tells the year of a span that is not of this one', () => {
    expect(spanText({ from: T, to: T + HOUR }, 'utc', T + 60 * DAY)).toBe('24 Nov 2026 06:30 – 07:30')
    expect(spanText({ from: T, to: T + DAY }, 'utc', T - 400 * DAY)).toBe('24 Nov 2026 06:30 – 25 Nov 2026 06:30')
  })
  it('says roughly how long', () => {
    expect([3_000, 42_000, 12 * MINUTE, 5 * HOUR, 3 * DAY].map(roughly)).toEqual(['moments', '42 s', '12 min', '5 h', '3 d'])
  })
})

describe('parseInput', () => {
  it('reads what inputText wrote, in both zones', () => {
    expect(parseInput(inputText(T, 'utc'), 'utc')).toBe(T)
    expect(parseInput(inputText(T, 'local'), 'local')).toBe(T)
  })
  it('is null for text that is no time', () => {
    expect(parseInput('', 'utc')).toBeNull()
    expect(parseInput('yesterday', 'local')).toBeNull()
  })
})

describe('inZone', () => {
  const say = (t: number): string => clockText(t, 'local', false)
  it('leaves UTC as the server wrote it', () => expect(inZone('failed at 05:10 UTC: X', 'utc', T)).toBe('failed at 05:10 UTC: X'))
  it('tells times of the day by the local clock', () => {
    expect(inZone('failed at 06:10 UTC: X', 'local', T)).toBe(`failed at ${momentText(T - 20 * MINUTE, 'local', T)}: X`)
    expect(inZone('a 06:10 UTC b 06:30 UTC', 'local', T)).toContain(say(T))
  })
  it('tells dates, and those of last year in January', () => {
    expect(inZone('at 22 Nov 06:30 UTC', 'local', T)).toBe(`at ${momentText(T - 2 * DAY, 'local', T)}`)
    const january = Date.parse('2027-01-01T03:00:00Z')
    expect(inZone('at 31 Dec 23:00 UTC', 'local', january)).toBe(`at ${momentText(january - 4 * HOUR, 'local', january)}`)
  })
  it('leaves other numbers alone', () => expect(inZone('12:30 of 45', 'local', T)).toBe('12:30 of 45'))
})
