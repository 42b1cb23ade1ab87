// What the server said last, and how the connection is.

import { computed, signal } from '@preact/signals'
import type { Fleet, Load, Status } from '../api/types'
import type { ApiError } from '../api/client'
import { countNeeds, hasAny, hasState, matches, sortJobs } from '../model/jobs'
import { MINUTE, type Span } from '../model/time'
import { answersFor, axisOf } from '../model/url'
import { view } from './view'

export const status = signal<Status | null>(null)
export const fleet = signal<Fleet | null>(null)
export const load = signal<Load | null>(null)
/** The window that `fleet` answers for; changes together with it, so that axis and bars never disagree. */
export const span = signal<Span | null>(null)

export const signedOut = signal(false)
/** True once the server answered as it answers those who are signed in. */
export const greeted = signal(false)
export const failure = signal<ApiError | null>(null)
/** Since when the server has not answered. */
export const offlineSince = signal<number | null>(null)
/** True while an answer for a changed view is awaited. */
export const pending = signal(true)

/** The server's clock; moves every few seconds. */
export const now = signal(Date.now())

export const axis = computed<Span | null>(() => (span.value ? axisOf(view.value.range, span.value) : null))

/** Jobs that pass all filters but the need chips, typing included. */
export const filtered = computed(() => {
  const { has, state } = view.value
  return (fleet.value?.jobs ?? []).filter((job) => matches(job, view.value) && hasState(job, state) && (has.length === 0 || hasAny(job, has)))
})
export const needCounts = computed(() => countNeeds(filtered.value))
/** The rows, in order. */
export const rows = computed(() => {
  const { needs, sort } = view.value
  const jobs = needs.length ? filtered.value.filter((job) => needs.includes(job.need)) : filtered.value
  return sortJobs(jobs, sort)
})

export const progress = computed(() => status.value?.progress ?? null)
export const newest = computed<number | null>(() => parse(status.value?.newest_datapoint ?? fleet.value?.newest_datapoint))
export const asOf = computed<number | null>(() => parse(status.value?.as_of ?? fleet.value?.as_of))

/** Datapoints of a metric stream are two to three minutes old when they arrive; past this something is wrong. */
export const STALE_AFTER = 10 * MINUTE
export const stale = computed(() => newest.value !== null && now.value - newest.value > STALE_AFTER)

const settled = signal(false)

/** Forgets what the server said. */
export function forget(): void {
  fleet.value = load.value = status.value = span.value = null
  settled.value = false
}

/** True while nothing is known yet: no answer came, or the fleet still answers for a time before the first data. */
export const computing = computed(() => {
  if (!fleet.value) return true
  return !settled.value && status.value?.as_of != null
})

/** Takes an answer. Once the fleet has rows, or is as new as the status says, an empty list means that there is nothing. */
export function settle(f: Fleet): void {
  const [published, answered] = [parse(status.value?.as_of), parse(f.as_of)]
  const upToDate = answered !== null && answered >= (published ?? 0) && progress.value === null
  if (f.jobs.length > 0 || upToDate) settled.value = true
}

/** True while what is drawn is of another range than the one asked for. */
export const outdated = computed(() => (pending.value || failure.value !== null) && span.value !== null && !answersFor(span.value, view.value.range, now.value))

/** Nothing was ever delivered. */
export const virgin = computed(
  () => fleet.value !== null && !computing.value && newest.value === null && fleet.value.jobs.length === 0 && fleet.value.accounts.length === 0,
)

function parse(text: string | null | undefined): number | null {
  const t = text ? Date.parse(text) : NaN
  return Number.isNaN(t) ? null : t
}
