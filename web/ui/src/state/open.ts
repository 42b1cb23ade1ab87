// The open run: which one, and its neighbours in the same job.

import { computed, effect, signal } from '@preact/signals'
import type { Job } from '../api/types'
import { jobKey } from '../model/jobs'
import { leadRun, spokesman } from '../model/describe'
import { timedRuns, type Timed } from '../model/spans'
import { fleet, rows, span } from './data'
import { active, activeIndex, focusPlace, runsAt, stripOf } from './grid'
import { change, openRun, view } from './view'

/** Counts openings by the reader, after which the panel takes the focus. */
export const openings = signal(0)

/** The job of the open run, when it is among the jobs on the page. */
export const openJob = computed<Job | null>(() => {
  const open = openRun.value
  if (!open) return null
  if (open.job === '') return fleet.value?.jobs.find((j) => j.runs.some((r) => r.run_id === open.id)) ?? null
  return fleet.value?.jobs.find((j) => j.job_name === open.job && (open.account === '' || j.account_id === open.account)) ?? null
})

export const siblings = computed<Timed[]>(() => (openJob.value && span.value ? timedRuns(openJob.value.runs, span.value) : []))

export const openIndex = computed(() => siblings.value.findIndex((r) => r.run.run_id === openRun.value?.id))

export function open(job: Job, runId: string): void {
  openings.value++
  change({ run: { account: job.account_id, job: job.job_name, id: runId } }, openRun.value ? 'replace' : 'push')
}

/** Opens the run that has the focus; on a row's head the one that the need is about. */
export function openActive(): void {
  const job = rows.value[activeIndex.value]
  const place = active.value
  if (job && place) openHit(job, place.hit)
}

export function openHit(job: Job, hit: number): void {
  const strip = stripOf(job)
  const run = hit < 0 ? leadRun(job, strip.runs, view.value.has, view.value.state) : spokesman(runsAt(strip, hit))
  if (!run) return
  active.value = { job: jobKey(job), hit }
  open(job, run.run.run_id)
}

/** Completes the address of a run that was given by its id alone, once the list holds it. */
export function bindOpenRun(): void {
  effect(() => {
    const [open, job] = [openRun.value, openJob.value]
    if (open?.job === '' && job) change({ run: { account: job.account_id, job: job.job_name, id: open.id } }, 'replace')
  })
}

/** Opens the older or newer run of the same job. */
export function stepRun(step: number): void {
  const next = siblings.value[openIndex.value + step]
  if (openIndex.value >= 0 && next && openJob.value) {
    change({ run: { account: openJob.value.account_id, job: openJob.value.job_name, id: next.run.run_id } }, 'replace')
  }
}

/** Closes the panel and gives the focus back to the matrix. */
export function closeRun(): void {
  const job = openJob.value
  change({ run: null })
  if (activeIndex.value >= 0 && active.value) focusPlace({ ...active.value })
  else if (job && rows.value.includes(job)) focusPlace({ job: jobKey(job), hit: -1 })
}
