// The rows that are on screen, out of however many there are.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useSignal, useSignalEffect } from '@preact/signals'
import type { JSX } from 'preact'
import type { Job } from '../api/types'
import { jobKey } from '../model/jobs'
import { scrollFor, visibleRows, type Rows as Range } from '../model/window'
import { rows } from '../state/data'
import { active, activeIndex, middle, narrow, wantFocus } from '../state/grid'
import { Row, type RowProps } from './row'
import { hideTip } from './tip'

export const ROW_HEIGHT = 50
export const MIDDLE_HEIGHT = 74
export const CARD_HEIGHT = 170

export function Rows(): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const range = useSignal<Range>({ first: 0, end: 30 })
  const list = rows.value
  const height = narrow.value ? CARD_HEIGHT : middle.value ? MIDDLE_HEIGHT : ROW_HEIGHT
  const measure = (): void => {
    const top = box.current?.getBoundingClientRect().top ?? 0
    const next = visibleRows(rows.value.length, height, top, innerHeight)
    if (next.first !== range.value.first || next.end !== range.value.end) range.value = next
  }
  useScroll(measure)
  useLayoutEffect(measure, [list.length, height])
  useSignalEffect(() => {
    if (wantFocus.value && active.value) focusActive(box.current, height, measure)
  })
  const reuse = useRef(new Map<string, KeptRow>())
  return (
    <div role="rowgroup" ref={box} class="rows" style={{ height: `${list.length * height}px` }}>
      {indexes(range.value, activeIndex.value, list.length).map((i) => rowNode(reuse.current, list[i] as Job, i, height))}
    </div>
  )
}

/** The rows to draw: those on screen, and the one that holds the focus wherever it is; also the first, which Tab reaches. */
function indexes(range: Range, focused: number, count: number): number[] {
  const out: number[] = []
  for (let i = range.first; i < Math.min(range.end, count); i++) out.push(i)
  const kept = focused >= 0 ? focused : 0
  if (kept < count && (kept < range.first || kept >= range.end)) out.push(kept)
  return out
}

/** The same node while nothing about the row changed: Preact then skips it. */
function rowNode(kept: Map<string, KeptRow>, job: Job, index: number, height: number): JSX.Element {
  const key = jobKey(job)
  const top = index * height
  const old = kept.get(key)
  if (old && old.job === job && old.index === index && old.top === top) return old.node
  const node = <Row key={key} job={job} index={index} top={top} />
  kept.set(key, { job, index, top, node })
  return node
}

interface KeptRow extends RowProps {
  node: JSX.Element
}

function useScroll(measure: () => void): void {
  const latest = useRef(measure)
  latest.current = measure
  useEffect(() => {
    let frame = 0
    const onScroll = (): void => {
      hideTip()
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => latest.current())
    }
    addEventListener('scroll', onScroll, { passive: true })
    addEventListener('resize', onScroll, { passive: true })
    return () => {
      removeEventListener('scroll', onScroll)
      removeEventListener('resize', onScroll)
    }
  }, [])
}

/** Scrolls the active row between the sticky head and the lower edge, and moves the focus there once it is drawn. */
function focusActive(box: HTMLElement | null, height: number, measure: () => void): void {
  const index = activeIndex.peek()
  const place = active.peek()
  wantFocus.value = false
  if (!box || index < 0 || !place) return
  const upper = document.querySelector('.axis')?.getBoundingClientRect().bottom ?? 0
  const delta = scrollFor(box.getBoundingClientRect().top + index * height, height, upper + 4, innerHeight - 16)
  if (delta !== 0) scrollBy(0, delta)
  measure()
  requestAnimationFrame(() => {
    document.getElementById(place.hit < 0 ? 'active-head' : `active-run-${place.hit}`)?.focus({ preventScroll: true })
  })
}
