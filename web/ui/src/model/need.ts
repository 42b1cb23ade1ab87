// What a job needs: order, words and glyphs. Colours live in tokens.css under the same names.

import type { Need } from '../api/types'

/** Most urgent first: the order of the rows. */
export const NEEDS: readonly Need[] = ['failing', 'late', 'slow', 'running', 'fine', 'quiet']

export function needRank(need: Need): number {
  const at = NEEDS.indexOf(need)
  return at < 0 ? NEEDS.length : at
}

export const NEED_MEANING: Record<Need, string> = {
  failing: 'the last run failed',
  late: 'a run is missing at its usual time',
  slow: 'a run takes longer than usual',
  running: 'a run waits, starts or goes on as usual',
  fine: 'the last run ended as usual',
  quiet: 'no run in this range, and none expected',
}

/** Glyphs on a 12 x 12 grid. Each need has its own silhouette, so that colour is never the only sign. */
export const NEED_GLYPH: Record<Need, { fill?: string; stroke?: string; cut?: string }> = {
  failing: { fill: 'M3.8.6h4.4l3.2 3.2v4.4l-3.2 3.2H3.8L.6 8.2V3.8z', cut: 'M4.2 4.2l3.6 3.6M7.8 4.2l-3.6 3.6' },
  late: { stroke: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1zM6 3.2V6l2 1.4' },
  slow: { fill: 'M6 .8L11.7 11H.3z', cut: 'M6 4.6v3M6 9.3v.1' },
  running: { fill: 'M2.6 1.2v9.6L10.8 6z' },
  fine: { stroke: 'M1.8 6.4l2.8 2.8 5.6-6.2' },
  quiet: { stroke: 'M2.5 6h7' },
}
