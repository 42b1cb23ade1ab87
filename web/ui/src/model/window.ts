// Which rows of a long list are on screen.

export interface Rows {
  first: number
  /** Exclusive. */
  end: number
}

/** Rows that meet the viewport, with `overscan` more on each side. `top` is the list's top relative to the viewport's. */
export function visibleRows(count: number, rowHeight: number, top: number, viewport: number, overscan = 6): Rows {
  const first = Math.floor(-top / rowHeight) - overscan
  const end = Math.ceil((viewport - top) / rowHeight) + overscan
  const clamp = (n: number): number => Math.min(count, Math.max(0, n))
  return { first: clamp(first), end: clamp(end) }
}

/** How far to scroll so that a row lies between the two edges; 0 when it already does. */
export function scrollFor(rowTop: number, rowHeight: number, upper: number, lower: number): number {
  if (rowTop < upper) return rowTop - upper
  if (rowTop + rowHeight > lower) return rowTop + rowHeight - lower
  return 0
}
