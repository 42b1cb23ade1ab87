// The words for runs and jobs, shared by tooltip, labels and panel, so that all say the same.

import type { Job, JobNow, Run, RunFacts } from '../api/types'
import { compactText, countText, durationText, percentText, plural, ratioOf, ratioText } from './format'
import { isActive, PHASE_LABEL, PHASES, stateText, worstPhase } from './phase'
import { isSuch, type Has } from './jobs'
import { lastPoint, type Timed } from './spans'
import { clockText, inZone, momentText, type Zone } from './time'

export interface Description {
  title: string
  lines: string[]
}

/** Words for one target: a run in full, or several in sum. */
export function describeRuns(job: Job, runs: readonly Timed[], zone: Zone, now: number): Description {
  const only = runs[0]
  if (runs.length === 1 && only) return describeRun(job, only, zone, now)
  return {
    title: plural(runs.length, 'run'),
    lines: [
      timesText(Math.min(...runs.map((r) => r.from)), Math.max(...runs.map((r) => r.to)), zone, now),
      stateCounts(runs),
    ],
  }
}

export function describeRun(job: Job, r: Timed, zone: Zone, now: number): Description {
  const { run } = r
  const active = isActive(run)
  return {
    title: [capital(stateText(run)), run.slow ? 'slow' : '', errorText(run)].filter(Boolean).join(', '),
    lines: [
      timesText(r.from, active && run.by_metrics ? lastPoint(r) : r.to, zone, now, active),
      run.phase === 'queued' || run.phase === 'starting' ? `${durationText(run.lead_s ?? 0)} so far` : durationLine(run.duration_s, job.typical_duration_s),
      leadText(run),
      `read ${countText(run.records_read)}, written ${countText(run.records_written)}`,
      run.attempt ? `attempt ${run.attempt + 1}` : '',
      run.run_id,
    ].filter(Boolean),
  }
}

/** The class of the error, or its category where it has none. */
export function errorText(run: Pick<Run, 'error_category' | 'error_class'>): string {
  return run.error_category ?? run.error_class ?? ''
}

function leadText(run: Run): string {
  if (!run.lead_s || run.phase === 'queued' || run.phase === 'starting') return ''
  return `after ${durationText(run.lead_s)} of waiting and starting`
}

/** "7m 12s, typical 6m 40s (1.1×)". */
export function durationLine(duration: number, typical: number | null): string {
  const ratio = ratioOf(duration, typical)
  if (ratio === null || typical === null) return `${durationText(duration)}, no typical duration yet`
  return `${durationText(duration)}, typical ${durationText(typical)} (${ratioText(ratio)})`
}

function timesText(from: number, to: number, zone: Zone, now: number, open = false): string {
  const start = momentText(from, zone, now)
  return open ? `since ${start}, last seen ${clockText(to, zone, false)}` : `${start} – ${clockText(to, zone, false)}`
}

/** "1 failed, 4 succeeded, 2 slow". */
export function stateCounts(runs: readonly Timed[]): string {
  const parts = PHASES.map((p) => [runs.filter((r) => r.run.phase === p).length, p] as const)
    .filter(([n]) => n > 0)
    .map(([n, p]) => `${n} ${PHASE_LABEL[p]}`)
  const slow = runs.filter((r) => r.run.slow).length
  return [...parts, ...(slow ? [`${slow} slow`] : [])].join(', ')
}

/** What a strip holds, for those who do not see it. */
export function stripText(runs: readonly Timed[]): string {
  return runs.length === 0 ? 'no runs in range' : `${plural(runs.length, 'run')}: ${stateCounts(runs)}`
}

/** The run that a merged target opens: the newest of the worst. */
export function spokesman(runs: readonly Timed[]): Timed | undefined {
  const worst = worstPhase(runs.map((r) => r.run.phase))
  return runs.filter((r) => r.run.phase === worst).at(-1)
}

/** The run that a job's head opens: the newest of those that are marked, what the need is about, else the newest. */
export function leadRun(job: Job, runs: readonly Timed[], has: readonly Has[] = [], state = ''): Timed | undefined {
  const marked = runs.findLast((r) => has.some((h) => isSuch(r.run, h)) || (state !== '' && r.run.state === state))
  if (marked) return marked
  const failed = job.need === 'failing' ? runs.findLast((r) => r.run.phase === 'failed') : undefined
  return failed ?? runs.at(-1)
}

/** Why a job stands where it stands, by the zone's clock; failures that it recovered from keep their class, and a job without metrics says why. */
export function whyText(job: Job, zone: Zone, at: number): string {
  const reason = inZone(job.reason, zone, at)
  const failed = job.runs.filter((r) => r.phase === 'failed')
  const silent = job.silence && !job.deleted ? [`no metrics: ${job.silence.reason}`] : []
  if (job.need === 'failing' || failed.length === 0) return [reason, ...silent].filter(Boolean).join('; ')
  const last = errorText(failed.reduce((a, b) => (b.start > a.start ? b : a)))
  const count = /\d failed/.test(reason) ? [] : [`${failed.length} failed`]
  return [[reason, ...count, last ? `last ${last}` : ''].filter(Boolean).join(', '), ...silent].join('; ')
}

/** "5 exec · 44 % CPU · 53 % mem"; what is not reported is left out. */
export function nowText(now: JobNow | null): string {
  if (!now) return ''
  const parts = [
    now.executors === null ? '' : `${compactText(now.executors)} exec`,
    now.cpu === null ? '' : `${percentText(now.cpu)} CPU`,
    now.heap === null ? '' : `${percentText(now.heap)} mem`,
  ]
  return parts.filter(Boolean).join(' · ')
}

/** "1.2 M read, 900 k written"; '' when neither is reported. */
export function recordsText(job: Pick<Job, 'records_read' | 'records_written'>): string {
  const part = (n: number | null, word: string): string => (n === null ? '' : `${compactText(n)} ${word}`)
  return [part(job.records_read, 'read'), part(job.records_written, 'written')].filter(Boolean).join(', ')
}

/** The cause alone, where the server's reason begins with what is already said beside it. */
export function whyUnreported(reason: string): string {
  return reason.replace(/^.*? not reported: /, '')
}

/** "10 × G.1X, FLEX, auto scaling"; "2 DPU" where no workers are told; '' when neither is. */
export function workersText(f: Pick<RunFacts, 'workers' | 'worker_type' | 'max_capacity' | 'execution_class' | 'auto_scaling'>): string {
  const size = f.workers !== null ? [`${f.workers} × ${f.worker_type ?? 'workers'}`] : f.max_capacity !== null ? [`${f.max_capacity} DPU`] : []
  const flex = f.execution_class && f.execution_class !== 'STANDARD' ? [f.execution_class] : []
  return [...size, ...flex, ...(f.auto_scaling ? ['auto scaling'] : [])].join(', ')
}

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
