// The drawing of one strip as SVG path data: few nodes a row, however many runs it has.

import type { RunState } from '../api/types'
import { barOf, MIN_BAR, mergeBars, minBar, type Bar, type Timed } from './spans'
import type { Span } from './time'

export const STRIP_HEIGHT = 36

export interface StripPaths {
  succeeded: string
  /** Several succeeded runs in one: paler, so that it does not read as one long run. */
  dense: string
  ended: string
  running: string
  failed: string
  /** Crosses above failed runs. */
  crosses: string
  /** The stretch of slow runs past the typical duration. */
  over: string
  /** Wedges below slow runs. */
  wedges: string
}

const TOP: Record<RunState, number> = { succeeded: 12, ended: 13, running: 12, failed: 10 }
const BOTTOM: Record<RunState, number> = { succeeded: 25, ended: 24, running: 25, failed: 27 }

/** What to draw for the runs of one job. */
export function stripPaths(runs: readonly Timed[], span: Span, width: number, typical: number | null): StripPaths {
  const min = minBar(runs.length, width)
  const by = (state: RunState): Bar[] =>
    mergeBars(runs.filter((r) => r.run.state === state).map((r) => barOf(r, span, width, state === 'succeeded' || state === 'ended' ? min : MIN_BAR)))
  const slow = runs.filter((r) => r.run.slow)
  const failed = by('failed')
  const good = by('succeeded')
  return {
    succeeded: rects(good.filter((b) => !b.merged), 'succeeded', 0),
    dense: rects(good.filter((b) => b.merged), 'succeeded', 0),
    ended: rects(by('ended'), 'ended', 0.5),
    running: rects(by('running'), 'running', 0.5),
    failed: rects(failed, 'failed', 0),
    crosses: failed.map(cross).join(''),
    over: typical === null ? '' : mergeBars(overs(slow, span, width, typical)).map(overRect).join(''),
    wedges: mergeBars(slow.map((r) => barOf(r, span, width))).map(wedge).join(''),
  }
}

function overs(slow: readonly Timed[], span: Span, width: number, typical: number): Bar[] {
  return slow
    .map((r) => ({ from: r.from + typical * 1000, to: r.to }))
    .filter((r) => r.to > r.from && r.to > span.from && r.from < span.to)
    .map((r) => barOf(r, span, width))
}

/** Rectangles, drawn inward by `inset` so that a stroke stays inside the bar. */
function rects(bars: readonly Bar[], state: RunState, inset: number): string {
  const [top, bottom] = [TOP[state] + inset, BOTTOM[state] - inset]
  return bars.map((b) => `M${px(b.x0 + inset)} ${top}H${px(b.x1 - inset)}V${bottom}H${px(b.x0 + inset)}Z`).join('')
}

function cross(b: Bar): string {
  const x = px((b.x0 + b.x1) / 2)
  return `M${x} 5.5m-2.5-2.5l5 5m0-5l-5 5`
}

function overRect(b: Bar): string {
  return `M${px(b.x0)} ${TOP.succeeded}H${px(b.x1)}V${BOTTOM.succeeded}H${px(b.x0)}Z`
}

function wedge(b: Bar): string {
  return `M${px((b.x0 + b.x1) / 2)} 29l3.5 4.5h-7z`
}

const px = (x: number): string => String(Math.round(x * 10) / 10)
