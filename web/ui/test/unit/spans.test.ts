import { describe, expect, it } from 'vitest'
import { barOf, hitAt, hitsOf, mergeBars, MIN_BAR, minBar, nearestHit, timedRuns } from '../../src/model/spans'
import { stripPaths } from '../../src/model/shapes'
import { DAY_SPAN, run } from './make'

const WIDTH = 1440 // one pixel a minute

describe('timedRuns', () => {
  it('keeps runs that meet the window, oldest first', () => {
    const kept = timedRuns([run(600, 10), run(-20, 10), run(-5, 10), run(1439, 30), run(1500, 5)], DAY_SPAN)
    expect(kept.map((r) => r.run.run_id)).toEqual(['jr_-5', 'jr_600', 'jr_1439'])
  })
})

describe('barOf', () => {
  const bar = (start: number, minutes: number) => barOf(timedRuns([run(start, minutes)], DAY_SPAN)[0] as never, DAY_SPAN, WIDTH)
  it('draws a run to scale', () => expect(bar(100, 50)).toEqual({ x0: 100, x1: 150 }))
  it('never draws thinner than the least bar', () => expect(bar(100, 0)).toEqual({ x0: 100, x1: 100 + MIN_BAR }))
  it('clips at both ends of the strip, and stays visible there', () => {
    expect(bar(-30, 60)).toEqual({ x0: 0, x1: 30 })
    expect(bar(1439, 60)).toEqual({ x0: WIDTH - MIN_BAR, x1: WIDTH })
  })
})

describe('mergeBars', () => {
  it('keeps a gap of a pixel as a gap', () => expect(mergeBars([{ x0: 0, x1: 3 }, { x0: 4, x1: 7 }])).toHaveLength(2))
  it('merges what touches, in any order, and says so', () => {
    expect(mergeBars([{ x0: 3.5, x1: 9 }, { x0: 0, x1: 3 }])).toEqual([{ x0: 0, x1: 9, merged: true }])
  })
  it('keeps the end of a bar that holds another', () => expect(mergeBars([{ x0: 0, x1: 20 }, { x0: 5, x1: 8 }])[0]?.x1).toBe(20))
  it('draws thinner where runs are dense', () => expect(minBar(168, 600)).toBeLessThan(minBar(24, 600)))
})

describe('hitsOf', () => {
  it('gives each distant run its own target', () => expect(hitsOf(timedRuns([run(0, 5), run(60, 5)], DAY_SPAN), DAY_SPAN, WIDTH)).toHaveLength(2))
  it('shares a target between runs that start too close', () => {
    const hits = hitsOf(timedRuns([run(0, 1), run(3, 1), run(60, 5)], DAY_SPAN), DAY_SPAN, WIDTH)
    expect(hits.map((h) => [h.first, h.last])).toEqual([[0, 1], [2, 2]])
  })
  it('keeps overlapping runs apart when their starts can be told apart', () => {
    expect(hitsOf(timedRuns([run(0, 100), run(50, 100)], DAY_SPAN), DAY_SPAN, WIDTH)).toHaveLength(2)
  })
  it('covers every run exactly once, however dense', () => {
    const runs = timedRuns(Array.from({ length: 700 }, (_, i) => run(i * 2, 1)), DAY_SPAN)
    const hits = hitsOf(runs, DAY_SPAN, 300)
    expect(hits.flatMap((h) => Array.from({ length: h.last - h.first + 1 }, (_, i) => h.first + i))).toEqual(runs.map((_, i) => i))
    expect(hits.length).toBeLessThanOrEqual(60)
  })
})

describe('hitAt', () => {
  const hits = [{ x0: 10, x1: 13, first: 0, last: 0 }, { x0: 20, x1: 40, first: 1, last: 1 }, { x0: 30, x1: 35, first: 2, last: 2 }]
  it('finds the nearest within reach', () => expect(hitAt(hits, 16)).toBe(0))
  it('finds nothing out of reach', () => expect(hitAt(hits, 60)).toBe(-1))
  it('takes the later one where two overlap: it is drawn on top', () => expect(hitAt(hits, 32)).toBe(2))
  it('always finds something near in time', () => expect([nearestHit(hits, 500), nearestHit([], 5)]).toEqual([1, -1]))
})

describe('stripPaths', () => {
  it('draws each state in its own shape', () => {
    const runs = timedRuns([run(0, 10), run(100, 10, { state: 'FAILED', phase: 'failed' }), run(200, 10, { state: 'RUNNING', phase: 'running' }), run(300, 10, { state: 'UNKNOWN', phase: 'ended' })], DAY_SPAN)
    const p = stripPaths(runs, DAY_SPAN, WIDTH, 600)
    const shapes = [p.succeeded, p.failed, p.running, p.ended].map((d) => d.replace(/[MH][\d.]+/g, ''))
    expect(shapes.every((d) => d !== '')).toBe(true)
    expect(p.crosses).toContain('M105 ')
    expect([p.wedges, p.over, p.dense]).toEqual(['', '', ''])
  })
  it('marks the part of a slow run past the typical duration', () => {
    const p = stripPaths(timedRuns([run(100, 30, { slow: true })], DAY_SPAN), DAY_SPAN, WIDTH, 600)
    expect(p.over).toMatch(/^M110 \d+H130V/)
    expect(p.wedges).not.toBe('')
  })
  it('draws thousands of runs in a short path', () => {
    const runs = timedRuns(Array.from({ length: 1400 }, (_, i) => run(i, 1)), DAY_SPAN)
    const p = stripPaths(runs, DAY_SPAN, 600, null)
    expect((p.dense + p.succeeded).length).toBeLessThan(2000)
  })
})
