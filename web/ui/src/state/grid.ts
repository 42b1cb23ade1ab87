// Where the reader is in the matrix: the row and run that have the focus, and what the pointer is over.

import { computed, signal } from '@preact/signals'
import type { Job } from '../api/types'
import { jobKey } from '../model/jobs'
import { hitsOf, nearestHit, timedRuns, type Hit, type Timed } from '../model/spans'
import type { Span } from '../model/time'
import { axis, rows } from './data'

export interface Place {
  job: string
  /** Index of the target in the strip; -1 is the row's head. */
  hit: number
}

export const active = signal<Place | null>(null)
/** Set when the next render must move the browser's focus to the active place. */
export const wantFocus = signal(false)
export const hover = signal<Place | null>(null)
/** Time under the pointer, in chart or matrix. */
export const cursor = signal<number | null>(null)
/** Width of the time column, in pixels. */
export const stripWidth = signal(0)
/** Cards instead of a table. */
export const narrow = signal(false)
/** Fewer columns: their numbers stand in two lines more of each row. */
export const middle = signal(false)

export interface Strip {
  runs: Timed[]
  hits: Hit[]
}

const cache = new WeakMap<Job, { key: string; strip: Strip }>()

/** Runs and targets of a job in the present window; computed once for each job, window and width. */
export function stripOf(job: Job): Strip {
  const span = axis.value
  const width = stripWidth.value
  const key = `${span?.from}/${span?.to}/${width}`
  const kept = cache.get(job)
  if (kept?.key === key) return kept.strip
  const strip = span ? build(job, span, width) : { runs: [], hits: [] }
  cache.set(job, { key, strip })
  return strip
}

function build(job: Job, span: Span, width: number): Strip {
  const runs = timedRuns(job.runs, span)
  return { runs, hits: hitsOf(runs, span, width) }
}

export function runsAt(strip: Strip, hit: number): Timed[] {
  const h = strip.hits[hit]
  return h ? strip.runs.slice(h.first, h.last + 1) : []
}

export const activeIndex = computed(() => {
  const key = active.value?.job
  return key === undefined ? -1 : rows.value.findIndex((job) => jobKey(job) === key)
})

/** Moves the focus by rows, staying near the same time. */
export function moveRow(step: number): void {
  const list = rows.value
  if (list.length === 0) return
  const from = activeIndex.value
  const to = from < 0 ? 0 : Math.min(list.length - 1, Math.max(0, from + step))
  const job = list[to] as Job
  focusPlace({ job: jobKey(job), hit: sameTime(list[from], job) })
}

function sameTime(from: Job | undefined, to: Job): number {
  const place = active.value
  const hit = from && place && place.hit >= 0 ? stripOf(from).hits[place.hit] : undefined
  return hit ? nearestHit(stripOf(to).hits, (hit.x0 + hit.x1) / 2) : -1
}

/** Moves the focus by runs. Left of the first run is the row's head; left of the head is the newest run. */
export function moveRun(step: number): void {
  const job = rows.value[activeIndex.value]
  const place = active.value
  if (!job || !place) return
  const stops = stripOf(job).hits.length + 1
  focusPlace({ job: place.job, hit: ((place.hit + 1 + step + stops) % stops) - 1 })
}

export function moveToEnd(last: boolean): void {
  const job = rows.value[activeIndex.value]
  if (job) focusPlace({ job: jobKey(job), hit: last ? stripOf(job).hits.length - 1 : Math.min(0, stripOf(job).hits.length - 1) })
}

export function focusPlace(place: Place): void {
  active.value = place
  wantFocus.value = true
}
