// Jobs and runs for tests: only what a test says differs from the plain case.

import type { Job, Run } from '../../src/api/types'
import { MINUTE } from '../../src/model/time'

export const T0 = Date.parse('2026-11-24T00:00:00Z')
export const DAY_SPAN = { from: T0, to: T0 + 24 * 60 * MINUTE }

export function run(startMinute: number, minutes: number, more: Partial<Run> = {}): Run {
  return {
    run_id: `jr_${startMinute}`, start: new Date(T0 + startMinute * MINUTE).toISOString(), end: new Date(T0 + (startMinute + minutes) * MINUTE).toISOString(),
    duration_s: minutes * 60, lead_s: null, state: 'SUCCEEDED', phase: 'succeeded', by_metrics: false, attempt: 0, error_category: null, error_class: null, slow: false, records_read: null, records_written: null, ...more,
  }
}

export function job(more: Partial<Job> = {}): Job {
  return {
    account_id: '111122223333', region: 'eu-west-1', job_name: 'orders-dq', dataset: 'orders', layer: 'quality', need: 'fine', reason: '',
    typical_duration_s: 600, records_read: null, records_written: null, records_reason: '', now: null, deleted: false, silence: null, runs: [], ...more,
  }
}
