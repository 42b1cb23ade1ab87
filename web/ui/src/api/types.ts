// The wire shapes of /api/v1. Null means "not reported" everywhere and is never drawn as zero.

export type Need = 'failing' | 'late' | 'slow' | 'running' | 'fine' | 'quiet'
/** How far a run is; `ended`: finished, but nobody tells how. */
export type Phase = 'queued' | 'starting' | 'running' | 'succeeded' | 'failed' | 'stopped' | 'ended'

export interface Run {
  run_id: string
  start: string
  end: string
  duration_s: number
  /** Seconds from start until it executed: in the queue and starting up; null: not known. */
  lead_s: number | null
  /** As the Glue API spells it, which may add some; UNKNOWN: only its datapoints are known. */
  state: string
  phase: Phase
  /** The phase follows from datapoints alone. */
  by_metrics: boolean
  /** 0 for the first one. */
  attempt: number | null
  error_category: string | null
  error_class: string | null
  slow: boolean
  records_read: number | null
  records_written: number | null
}

/** Of the latest minute, or of the run so far: means, and the greatest heap. */
export interface JobNow {
  executors: number | null
  /** Share of 1. */
  cpu: number | null
  /** Share of 1. */
  heap: number | null
  at: string
}

/** Why a job has no metrics, and what to do about it; the remedy may be empty. */
export interface Silence {
  reason: string
  remedy: string
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
  /** The inventory misses it. */
  deleted: boolean
  /** Null when it has metrics, or no inventory knows it. */
  silence: Silence | null
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
  /** Waiting for capacity or starting up. */
  queued: number
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

/** What is known of a run as a whole. */
export interface RunFacts {
  queued_at: string | null
  started_at: string | null
  ended_at: string | null
  execution_s: number | null
  waiting_s: number | null
  startup_s: number | null
  previous_run_id: string | null
  trigger_name: string | null
  job_type: string | null
  glue_version: string | null
  worker_type: string | null
  workers: number | null
  max_capacity: number | null
  execution_class: string | null
  auto_scaling: boolean | null
  timeout_min: number | null
  dpu_seconds: number | null
  /** observed, derived or unknown */
  dpu_source: string | null
  /** aggregate or observability */
  records_source: string | null
  records_reason: string | null
  executors_active: number | null
  executors_needed: number | null
  executors_max: number | null
  first_datapoint: string | null
  last_datapoint: string | null
  /** api, event, metrics */
  seen_in: string[]
}

export interface RunSeries {
  run_id: string
  minutes: string[]
  cpu: (number | null)[]
  heap: (number | null)[]
  executors: (number | null)[]
  records_read: (number | null)[]
  /** Null where there are no run records. */
  facts: RunFacts | null
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
