// Filtering, counting and ordering of jobs on the page.

import type { Job, Need, Run } from '../api/types'
import { ratioOf } from './format'
import { NEEDS, needRank } from './need'
import { isActive } from './phase'

export type Sort = 'need' | 'name' | 'duration' | 'read' | 'written'
export const SORTS: readonly Sort[] = ['need', 'name', 'duration', 'read', 'written']

/** What a job can have in range, besides its need of now. */
export type Has = 'failed' | 'late' | 'slow' | 'running'
export const HAS: readonly Has[] = ['failed', 'late', 'slow', 'running']

/** Late is a need: it is about a run that is missing. */
export function isSuch(run: Run, has: Has): boolean {
  if (has === 'slow') return run.slow
  return has === 'running' ? isActive(run) : run.phase === has
}

export function hasAny(job: Job, has: readonly Has[]): boolean {
  return has.some((h) => (h === 'late' ? job.need === 'late' : job.runs.some((r) => isSuch(r, h))))
}

/** True when the job has a run in that state; any run will do for ''. */
export function hasState(job: Job, state: string): boolean {
  return state === '' || job.runs.some((r) => r.state === state)
}

export interface JobFilter {
  account: string
  dataset: string
  job: string
}

/** The same rules as the server's, so that typing narrows at once. */
export function matches(job: Job, f: JobFilter): boolean {
  return (
    (f.account === '' || job.account_id === f.account) &&
    (f.dataset === '' || job.dataset.toLowerCase().startsWith(f.dataset.toLowerCase())) &&
    (f.job === '' || job.job_name.toLowerCase().includes(f.job.toLowerCase()))
  )
}

export function countNeeds(jobs: readonly Job[]): Record<Need, number> {
  const counts = Object.fromEntries(NEEDS.map((n) => [n, 0])) as Record<Need, number>
  for (const job of jobs) counts[job.need] = (counts[job.need] ?? 0) + 1
  return counts
}

export function jobKey(job: Pick<Job, 'account_id' | 'region' | 'job_name'>): string {
  return `${job.account_id}/${job.region}/${job.job_name}`
}

/** Newest run by start; undefined when there is none in range. */
export function lastRun(job: Job): Run | undefined {
  return job.runs.reduce<Run | undefined>((a, b) => (!a || b.start > a.start ? b : a), undefined)
}

/** Sorted copy. Ties keep the server's order, which is by need and then by name. */
export function sortJobs(jobs: readonly Job[], sort: Sort): Job[] {
  return [...jobs].sort((a, b) => ORDER[sort](a, b))
}

const ORDER: Record<Sort, (a: Job, b: Job) => number> = {
  need: (a, b) => needRank(a.need) - needRank(b.need),
  name: (a, b) => a.job_name.localeCompare(b.job_name, 'en') || a.account_id.localeCompare(b.account_id),
  duration: (a, b) => desc(lastRatio(a), lastRatio(b)),
  read: (a, b) => desc(a.records_read, b.records_read),
  written: (a, b) => desc(a.records_written, b.records_written),
}

function lastRatio(job: Job): number | null {
  const last = lastRun(job)
  return last ? ratioOf(last.duration_s, job.typical_duration_s) : null
}

/** Greatest first, "not reported" last. */
function desc(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return b - a
}
