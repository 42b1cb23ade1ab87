import { describe, expect, it } from 'vitest'
import { lastOf, loadAt, peakOf, perMinute, stepText, timesOf } from '../../src/model/load'
import { scrollFor, visibleRows } from '../../src/model/window'

describe('visibleRows', () => {
  it('holds the rows on screen and a few more', () => expect(visibleRows(600, 40, -4000, 800, 5)).toEqual({ first: 95, end: 125 }))
  it('stays inside the list at both ends', () => {
    expect(visibleRows(10, 40, 300, 800)).toEqual({ first: 0, end: 10 })
    expect(visibleRows(10, 40, -9000, 800)).toEqual({ first: 10, end: 10 })
  })
  it('is empty for an empty list', () => expect(visibleRows(0, 40, 0, 800)).toEqual({ first: 0, end: 0 }))
})

describe('scrollFor', () => {
  it('leaves a visible row where it is', () => expect(scrollFor(200, 40, 100, 800)).toBe(0))
  it('brings a row out from under the head', () => expect(scrollFor(80, 40, 100, 800)).toBe(-20))
  it('brings a row up from below', () => expect(scrollFor(790, 40, 100, 800)).toBe(30))
})

describe('load', () => {
  const load = { from: '2026-11-24T00:00:00Z', to: '2026-11-24T00:15:00Z', step_s: 300, executors: [1, null, 3], records_read: [600, null, 0], runs: [1, 1, 1] }
  const times = timesOf(load)
  it('has a time for each bucket', () => expect(times.map((t) => t - (times[0] as number))).toEqual([0, 300_000, 600_000]))
  it('turns sums into rates and keeps null', () => expect(perMinute(load.records_read, 300)).toEqual([120, null, 0]))
  it('knows peak and latest without the unreported', () => expect([peakOf(load.executors), lastOf([1, 2, null]), peakOf([null]), lastOf([])]).toEqual([3, 2, null, null]))
  it('names the width of a bucket', () => expect([60, 900, 10_800].map(stepText)).toEqual(['1 min', '15 min', '3 h']))
  it('reads the bucket that holds a time', () => {
    const at = (ms: number) => loadAt(times, load.executors, (times[0] as number) + ms)
    expect([at(-1), at(0), at(299_999), at(300_000), at(899_999), at(900_000)]).toEqual([null, 1, 1, null, 3, null])
  })
})
