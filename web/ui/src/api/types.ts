// The wire shapes of /api/v1. Null means "not reported" everywhere and is never drawn as zero.

export type Need = 'failing' | 'late' | 'slow' | 'running' | 'fine' | 'quiet'
export type RunState = 'failed' | 'succeeded' | 'running' | 'ended'

export interface Run {
  run_id: string
  start: string
  end: string
  duration_s: number
  /** `ended`: finished, but the job does not report how. */
  state: RunState
  error_class: string | null
  slow: boolean
  records_read: number | null
  records_written: number | null
}

export interface JobNow {
  executors: number | null
  /** Share of 1. */
  cpu: number | null
  /** Share of 1. */
  heap: number | null
  at: string
}

export interface Job {
  account_id: string
  region: string
  job_name: string
  /** Empty when the name follows no known pattern; so is layer. */
  dataset: string
  layer: string
  need: Need
  reason: string
  typical_duration_s: number | null
  records_read: number | null
  records_written: number | null
  /** Why a number of records is null; else empty. */
  records_reason: string
  now: JobNow | null
  runs: Run[]
}

export interface Progress {
  label: string
  /** Share of 1. */
  done: number
  detail: string
}

export interface Summary {
  jobs: number
  runs: number
  failed: number
  running: number
  slow: number
  late: number
  records_read: number | null
  records_written: number | null
}

export interface Fleet {
  as_of: string | null
  newest_datapoint: string | null
  from: string
  to: string
  progress: Progress | null
  accounts: string[]
  datasets: string[]
  summary: Summary
  jobs: Job[]
  next_page_token: string | null
}

export interface Load {
  from: string
  to: string
  step_s: number
  executors: (number | null)[]
  records_read: (number | null)[]
  runs: (number | null)[]
}

export interface RunSeries {
  run_id: string
  minutes: string[]
  cpu: (number | null)[]
  heap: (number | null)[]
  executors: (number | null)[]
  records_read: (number | null)[]
}

export interface Status {
  version: string
  as_of: string | null
  newest_datapoint: string | null
  progress: Progress | null
  /** What has to happen before there is data, where nothing is delivered to this server; else empty. */
  waits_for: string
}

export interface ApiErrorBody {
  code: string
  message: string
  hint: string
}
