// From runs to pixels: bars by state, merged where they touch, and the stretches that can be pointed at.

import type { Run } from '../api/types'
import { MINUTE, scaleOf, type Span } from './time'

/** A run with its times parsed once. */
export interface Timed {
  run: Run
  from: number
  to: number
}

/** The minute of the run's last datapoint: a run ends with the end of that minute. */
export function lastPoint(r: Pick<Timed, 'from' | 'to'>): number {
  return Math.max(r.from, r.to - MINUTE)
}

export interface Bar {
  x0: number
  x1: number
  /** True when several runs were merged into it. */
  merged?: boolean
}

/** Runs that are one target: a single run, or several too close to point at apart. Indexes into the timed runs. */
export interface Hit extends Bar {
  first: number
  last: number
}

/** Narrowest bar, in pixels; where the runs are dense a thinner one keeps the gaps visible. */
export const MIN_BAR = 3
const MIN_BAR_DENSE = 1.5
/** Runs that start closer than this, in pixels, share a target. */
export const MIN_TARGET = 5

/** Parsed runs inside the window, oldest first. */
export function timedRuns(runs: readonly Run[], span: Span): Timed[] {
  return runs
    .map((run) => ({ run, from: Date.parse(run.start), to: Date.parse(run.end) }))
    .filter((r) => r.to >= span.from && r.from <= span.to)
    .sort((a, b) => a.from - b.from || a.to - b.to)
}

export function minBar(count: number, width: number): number {
  return count * (MIN_BAR + 2) > width ? MIN_BAR_DENSE : MIN_BAR
}

/** Where a run is drawn: clipped to the strip, never narrower than `min`. */
export function barOf(r: { from: number; to: number }, span: Span, width: number, min = MIN_BAR): Bar {
  const x = scaleOf(span, width)
  const x0 = Math.min(Math.max(0, x(r.from)), width - min)
  return { x0, x1: Math.min(width, Math.max(x0 + min, x(r.to))) }
}

/** Bars of one kind, merged where less than a pixel lies between them: gaps stay gaps. */
export function mergeBars(bars: readonly Bar[]): Bar[] {
  const out: Bar[] = []
  for (const bar of [...bars].sort((a, b) => a.x0 - b.x0)) {
    const last = out[out.length - 1]
    if (last && bar.x0 < last.x1 + 1) {
      last.x1 = Math.max(last.x1, bar.x1)
      last.merged = true
    } else out.push({ ...bar })
  }
  return out
}

/** Targets for pointer and keyboard, left to right. */
export function hitsOf(runs: readonly Timed[], span: Span, width: number): Hit[] {
  const hits: Hit[] = []
  runs.forEach((r, i) => {
    const bar = barOf(r, span, width)
    const last = hits[hits.length - 1]
    if (last && bar.x0 - last.x0 < MIN_TARGET) {
      last.x1 = Math.max(last.x1, bar.x1)
      last.last = i
    } else hits.push({ ...bar, first: i, last: i })
  })
  return hits
}

/** The target under or nearest to x, within `reach` pixels; -1 when there is none. The last one drawn wins. */
export function hitAt(hits: readonly Hit[], x: number, reach = 6): number {
  let best = -1
  let bestGap = reach
  hits.forEach((hit, i) => {
    const gap = x < hit.x0 ? hit.x0 - x : x > hit.x1 ? x - hit.x1 : 0
    if (gap < bestGap || (gap === bestGap && gap === 0)) {
      best = i
      bestGap = gap
    }
  })
  return best
}

/** The target nearest in time to x: where up and down go. */
export function nearestHit(hits: readonly Hit[], x: number): number {
  return hitAt(hits, x, Infinity)
}
