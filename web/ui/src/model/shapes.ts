// The drawing of one strip as SVG path data: few nodes a row, however many runs it has.

import type { Phase } from '../api/types'
import { isActive, markOf } from './phase'
import { barOf, MIN_BAR, mergeBars, minBar, type Bar, type Timed } from './spans'
import { scaleOf, type Span } from './time'

export const STRIP_HEIGHT = 36

export interface StripPaths {
  succeeded: string
  /** Several succeeded runs in one: paler, so that it does not read as one long run. */
  dense: string
  ended: string
  running: string
  starting: string
  queued: string
  stopped: string
  failed: string
  /** The lighter part of a run: in the queue and starting up. */
  lead: string
  /** Marks above failed runs, one for each way to fail. */
  crosses: string
  /** Marks above stopped and stopping runs. */
  stops: string
  /** The stretch of slow runs past the typical duration. */
  over: string
  /** Wedges below slow runs. */
  wedges: string
}

/** Upper and lower edge of each phase: what has not begun to work is drawn thinner. */
const EDGES: Record<Phase, [number, number]> = {
  succeeded: [12, 25], ended: [13, 24], running: [12, 25], starting: [14, 23], queued: [16, 21], stopped: [12, 25], failed: [10, 27],
}
const LEAD: [number, number] = [16, 21]

/** What to draw for the runs of one job. */
export function stripPaths(runs: readonly Timed[], span: Span, width: number, typical: number | null): StripPaths {
  const min = minBar(runs.length, width)
  const by = (phase: Phase): Bar[] =>
    mergeBars(runs.filter((r) => r.run.phase === phase).map((r) => barOf(working(r), span, width, phase === 'succeeded' || phase === 'ended' ? min : MIN_BAR)))
  const slow = runs.filter((r) => r.run.slow)
  const good = by('succeeded')
  const marks = (of: readonly Timed[]): string => marksOf(of, (r) => barOf(working(r), span, width))
  return {
    succeeded: rects(good.filter((b) => !b.merged), EDGES.succeeded, 0),
    dense: rects(good.filter((b) => b.merged), EDGES.succeeded, 0),
    ended: rects(by('ended'), EDGES.ended, 0.5),
    running: rects(by('running'), EDGES.running, 0.5),
    starting: rects(by('starting'), EDGES.starting, 0.5),
    queued: rects(by('queued'), EDGES.queued, 0.5),
    stopped: rects(by('stopped'), EDGES.stopped, 0),
    failed: rects(by('failed'), EDGES.failed, 0),
    lead: rects(mergeBars(leads(runs, span, width)), LEAD, 0),
    crosses: marks(runs.filter((r) => r.run.phase === 'failed')),
    stops: marks(runs.filter((r) => r.run.phase === 'stopped' || r.run.state === 'STOPPING')),
    over: typical === null ? '' : mergeBars(overs(slow, span, width, typical)).map(overRect).join(''),
    wedges: mergeBars(slow.map((r) => barOf(r, span, width))).map(wedge).join(''),
  }
}

/** The part of a run in which it executed; one that has not begun to is drawn whole. */
function working(r: Timed): { from: number; to: number } {
  const lead = r.run.phase === 'queued' || r.run.phase === 'starting' ? 0 : (r.run.lead_s ?? 0) * 1000
  return { from: Math.min(r.from + lead, r.to), to: r.to }
}

/** The parts before, as far as they are wide enough to be seen. */
function leads(runs: readonly Timed[], span: Span, width: number): Bar[] {
  const x = scaleOf(span, width)
  const out: Bar[] = []
  for (const r of runs) {
    const to = working(r).from
    const [x0, x1] = [Math.max(0, x(r.from)), Math.min(width, x(to))]
    if (to > r.from && x1 - x0 >= 1 && !(isActive(r.run) && r.run.phase !== 'running')) out.push({ x0, x1 })
  }
  return out
}

/** One mark of each kind above each bar, also where the bar stands for several runs. */
function marksOf(runs: readonly Timed[], bar: (r: Timed) => Bar): string {
  const kinds = [...new Set(runs.map((r) => markOf(r.run)))]
  return kinds.flatMap((kind) => mergeBars(runs.filter((r) => markOf(r.run) === kind).map(bar)).map((b) => mark(b, kind))).join('')
}

function overs(slow: readonly Timed[], span: Span, width: number, typical: number): Bar[] {
  return slow
    .map((r) => ({ from: working(r).from + typical * 1000, to: r.to }))
    .filter((r) => r.to > r.from && r.to > span.from && r.from < span.to)
    .map((r) => barOf(r, span, width))
}

/** Rectangles, drawn inward by `inset` so that a stroke stays inside the bar. */
function rects(bars: readonly Bar[], edges: readonly [number, number], inset: number): string {
  const [top, bottom] = [edges[0] + inset, edges[1] - inset]
  return bars.map((b) => `M${px(b.x0 + inset)} ${top}H${px(b.x1 - inset)}V${bottom}H${px(b.x0 + inset)}Z`).join('')
}

function mark(b: Bar, path: string): string {
  return path === '' ? '' : `M${px((b.x0 + b.x1) / 2)} 5.5${path}`
}

function overRect(b: Bar): string {
  return `M${px(b.x0)} ${EDGES.succeeded[0]}H${px(b.x1)}V${EDGES.succeeded[1]}H${px(b.x0)}Z`
}

function wedge(b: Bar): string {
  return `M${px((b.x0 + b.x1) / 2)} 29l3.5 4.5h-7z`
}

const px = (x: number): string => String(Math.round(x * 10) / 10)
