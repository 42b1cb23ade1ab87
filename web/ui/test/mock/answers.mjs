// The answers of /api/v1, made from the fixture fleet.

import { iso, jobs, runs } from './fleet.mjs'
import { chance } from './random.mjs'

const MINUTE = 60_000
const NEEDS = ['failing', 'late', 'slow', 'running', 'fine', 'quiet']

export class Answers {
  constructor({ scale = 1, now = () => Date.now(), silent = false } = {}) {
    this.silent = silent
    this.jobs = jobs(scale)
    this.now = now
  }

  /** Time of the newest datapoint: the last whole minute. */
  newest() {
    return Math.floor((this.now() - 40_000) / MINUTE) * MINUTE
  }

  status() {
    return { version: 'mock', as_of: iso(Math.floor(this.now() / 5000) * 5000), newest_datapoint: iso(this.newest()), progress: null, waits_for: '' }
  }

  fleet(q) {
    const span = spanOf(q, this.now())
    const all = this.select(q).map((j) => this.job(j, span)).sort(byNeed)
    const offset = Number(q.get('page_token') ?? 0)
    const limit = Number(q.get('limit') ?? 100)
    const shown = span.to < Date.parse('2020-01-01') ? [] : all
    if (shown.length > 0 && this.silent) shown.push(...SILENT.filter((j) => j.job_name.includes(q.get('job') ?? '')))
    return {
      as_of: this.status().as_of, newest_datapoint: iso(this.newest()), from: iso(span.from), to: iso(span.to), progress: null,
      accounts: [...new Set(this.jobs.map((j) => j.account))].sort(),
      datasets: [...new Set(this.jobs.map((j) => j.dataset))].sort(),
      summary: summary(shown),
      jobs: shown.slice(offset, offset + limit),
      next_page_token: offset + limit < shown.length ? String(offset + limit) : null,
    }
  }

  load(q) {
    const { from, to } = spanOf(q, this.now())
    const step = Math.max(1, Math.ceil((to - from) / MINUTE / 240)) * MINUTE
    const count = Math.ceil((to - from) / step)
    const zero = () => new Array(count).fill(0)
    const load = { executors: zero(), records_read: zero(), runs: zero() }
    for (const j of this.select(q)) for (const r of runs(j, from, to, this.now())) addRun(load, j, r, from, step)
    const known = (values, round) => values.map((v, i) => (from + i * step > this.newest() ? null : round(v)))
    return {
      from: iso(from), to: iso(to), step_s: step / 1000,
      executors: known(load.executors, (v) => Math.round(v * 10) / 10), records_read: known(load.records_read, Math.round), runs: known(load.runs, Math.round),
    }
  }

  run(id, q) {
    const j = this.jobs.find((x) => x.name === q.get('job') && x.account === q.get('account'))
    const run = j && runs(j, this.now() - 8 * 86_400_000, this.now(), this.now()).find((r) => r.run_id === id)
    if (!run) return null
    const count = Math.max(1, (Date.parse(run.end) - Date.parse(run.start)) / MINUTE)
    const minutes = Array.from({ length: count }, (_, i) => iso(Date.parse(run.start) + i * MINUTE))
    const bump = (i) => Math.sin((Math.PI * (i + 0.5)) / count)
    const noise = (i, k) => chance(k, id, i) * 0.2
    return {
      run_id: id, minutes, facts: j.observed ? factsOf(j, run) : null,
      cpu: minutes.map((_, i) => 0.15 + 0.5 * bump(i) + noise(i, 'cpu')),
      heap: minutes.map((_, i) => Math.min(0.98, 0.25 + (run.phase === 'failed' ? 0.7 : 0.35) * (i / count) + noise(i, 'heap'))),
      executors: minutes.map((_, i) => Math.max(1, Math.round(j.executors * Math.min(1, bump(i) * 1.3)))),
      records_read: run.records_read === null ? minutes.map(() => null) : minutes.map((_, i) => Math.round((run.records_read / count) * (0.8 + noise(i, 'rec') * 2))),
    }
  }

  select(q) {
    const [account, dataset, name] = ['account', 'dataset', 'job'].map((k) => q.get(k) ?? '')
    return this.jobs.filter((j) => (!account || j.account === account) && j.dataset.startsWith(dataset) && j.name.includes(name.toLowerCase()))
  }

  job(j, span) {
    const list = runs(j, span.from, span.to, this.now())
    const last = list.at(-1)
    const [need, reason] = needOf(j, list)
    const running = last?.phase === 'running'
    const sum = (key) => (list.some((r) => r[key] !== null) ? list.reduce((a, r) => a + (r[key] ?? 0), 0) : null)
    return {
      account_id: j.account, region: j.region, job_name: j.name, dataset: j.dataset, layer: j.kind.layer, need, reason,
      typical_duration_s: Math.round(j.typical),
      records_read: sum('records_read'), records_written: sum('records_written'),
      records_reason: j.observed ? (j.kind.layer === 'quality' ? 'a data quality job writes no records' : '') : 'observability metrics are off for this job',
      now: running ? { executors: j.executors, cpu: 0.2 + 0.75 * chance('cpu', j.name), heap: j.index % 5 ? 0.3 + 0.65 * chance('heap', j.name) : null, at: last.end } : null,
      deleted: false, silence: null, runs: list,
    }
  }
}

const isActive = (r) => ['queued', 'starting', 'running'].includes(r.phase)

function spanOf(q, now) {
  const to = Date.parse(q.get('to') ?? '') || now
  return { from: Date.parse(q.get('from') ?? '') || to - 86_400_000, to }
}

const clock = (iso) => `${iso.slice(11, 16)} UTC`

function needOf(j, list) {
  const last = list.at(-1)
  if (j.trouble === 'late') return ['late', `expected every ${j.kind.every / 3_600_000} h, last seen ${last ? clock(last.start) : 'before the range'}`]
  if (!last) return ['quiet', 'no run in this range']
  const ended = list.filter((r) => !isActive(r)).at(-1)
  if (ended?.phase === 'failed') {
    const streak = list.filter((r) => r.phase === 'failed').length
    return ['failing', `last run failed at ${clock(ended.end)}: ${ended.error_category}; ${streak} of ${list.length} runs failed`]
  }
  const ratio = last.duration_s / j.typical
  if (last.slow) return ['slow', `${ratio.toFixed(1)}× the typical ${Math.round(j.typical / 60)} min`]
  if (last.phase === 'queued') return ['running', `waiting for capacity for ${Math.round(last.lead_s / 60)} min`]
  if (isActive(last)) return ['running', `for ${Math.round(last.duration_s / 60)} of about ${Math.round(j.typical / 60)} min`]
  const failed = list.filter((r) => r.phase === 'failed').length
  if (failed) return ['fine', `succeeded ${clock(last.end)} after ${Math.round(last.duration_s / 60)} min; ${list.length} runs, ${failed} failed`]
  return ['fine', `${list.length} run${list.length === 1 ? '' : 's'}, typical ${Math.round(j.typical / 60)} min`]
}

const byNeed = (a, b) => NEEDS.indexOf(a.need) - NEEDS.indexOf(b.need) || a.job_name.localeCompare(b.job_name)

function summary(list) {
  const all = list.flatMap((j) => j.runs)
  const count = (f) => all.filter(f).length
  const total = (key) => (all.some((r) => r[key] !== null) ? all.reduce((a, r) => a + (r[key] ?? 0), 0) : null)
  return {
    jobs: list.length, runs: all.length, failed: count((r) => r.phase === 'failed'), running: count((r) => r.phase === 'running'), queued: count((r) => r.phase === 'queued' || r.phase === 'starting'),
    slow: count((r) => r.slow), late: list.filter((j) => j.need === 'late').length,
    records_read: total('records_read'), records_written: total('records_written'),
  }
}

/** Jobs that only an inventory knows. */
const quiet = { account_id: '111122223333', region: 'eu-west-1', dataset: '', layer: '', need: 'quiet', reason: 'no run in this range', typical_duration_s: null,
  records_read: null, records_written: null, records_reason: '', now: null, deleted: false, runs: [] }
const SILENT = [
  { ...quiet, job_name: 'housekeeping', silence: { reason: 'Python shell jobs report no metrics', remedy: 'nothing to do: states, times and capacity of its runs come from the Glue API' } },
  { ...quiet, job_name: 'yearly-close', silence: { reason: 'no run of it is known of the last 90 days', remedy: 'start it, or see that its trigger is active' } },
  { ...quiet, job_name: 'old-export', deleted: true, reason: 'deleted, as was seen at 24 Nov 09:12 UTC', silence: { reason: 'it was deleted, and no run of it reported metrics', remedy: '' } },
]

function factsOf(j, run) {
  const [from, to] = [Date.parse(run.start), Date.parse(run.end)]
  return {
    queued_at: run.lead_s > 120 ? run.start : null, started_at: run.start, ended_at: isActive(run) ? null : run.end, execution_s: isActive(run) ? null : run.duration_s,
    waiting_s: run.lead_s > 120 ? run.lead_s - 60 : null, startup_s: Math.min(60, run.lead_s), previous_run_id: null, trigger_name: 'hourly',
    job_type: 'glueetl', glue_version: '5.0', worker_type: 'G.1X', workers: j.executors + 1, max_capacity: j.executors + 1, execution_class: j.index % 4 ? 'STANDARD' : 'FLEX',
    auto_scaling: j.index % 3 === 0, timeout_min: 480, dpu_seconds: isActive(run) ? null : run.duration_s * (j.executors + 1), dpu_source: j.index % 4 ? 'derived' : 'observed',
    records_source: 'aggregate', records_reason: run.records_written === null ? 'records written are not reported' : null,
    executors_active: j.executors * 0.8, executors_needed: j.executors, executors_max: j.executors, first_datapoint: iso(from), last_datapoint: iso(to - MINUTE), seen_in: ['api', 'event', 'metrics'],
  }
}

function addRun(load, j, r, from, step) {
  const [a, b] = [Date.parse(r.start), Math.max(Date.parse(r.end), Date.parse(r.start) + MINUTE)]
  for (let i = Math.max(0, Math.floor((a - from) / step)); i < load.runs.length && from + i * step < b; i++) {
    const share = (Math.min(b, from + (i + 1) * step) - Math.max(a, from + i * step)) / step
    load.executors[i] += j.executors * share * 0.8
    load.runs[i] += 1
    if (r.records_read !== null) load.records_read[i] += r.records_read * ((share * step) / (b - a))
  }
}
