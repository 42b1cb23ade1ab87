// Bars of the duration trend.

import type { Timed } from './spans'

export interface TrendBar {
  x: number
  width: number
  height: number
}

export interface Trend {
  bars: TrendBar[]
  /** Index of the first run drawn. */
  first: number
  typicalY: number | null
  /** Longest duration drawn, in seconds. */
  max: number
}

/** Most runs drawn at once. */
export const TREND_RUNS = 48

/** Lays out up to TREND_RUNS runs around the open one. */
export function trendOf(runs: readonly Timed[], typical: number | null, open: number, width: number, height: number): Trend {
  const last = Math.min(runs.length, Math.max(TREND_RUNS, open + 1 + TREND_RUNS / 2))
  const first = Math.max(0, last - TREND_RUNS)
  const shown = runs.slice(first, last)
  const max = Math.max(1, ...shown.map((r) => r.run.duration_s))
  const top = Math.max(max, typical ?? 0)
  const step = Math.min(24, width / Math.max(1, shown.length))
  const scale = (s: number): number => Math.max(1.5, (s / top) * (height - 4))
  return {
    first,
    max,
    typicalY: typical === null ? null : Math.round(height - scale(typical)) + 0.5,
    bars: shown.map((r, i) => ({ x: i * step, width: Math.max(2, step - 2), height: scale(r.run.duration_s) })),
  }
}
