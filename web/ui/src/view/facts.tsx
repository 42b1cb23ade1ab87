// What is known of a run, as a list of facts.

import type { ComponentChildren, JSX } from 'preact'
import type { Job, Run, RunFacts } from '../api/types'
import { durationText, exactText, NOT_REPORTED, ratioOf, ratioText } from '../model/format'
import { errorText, whyUnreported, workersText } from '../model/describe'
import { isActive, stateText } from '../model/phase'
import { lastPoint, type Timed } from '../model/spans'
import { clockText, dayText } from '../model/time'
import { zone } from '../state/view'
import { RunSample } from './icons'

export function Facts({ job, timed, facts }: { job: Job; timed: Timed; facts: RunFacts | null }): JSX.Element {
  const { run } = timed
  return (
    <>
      <p class={`verdict verdict-${run.phase}`}>
        <RunSample run={run} />
        <b>{stateText(run)}</b>
        {!run.by_metrics && run.state !== 'UNKNOWN' && <span class="state-name">{run.state}</span>}
        {run.slow && <span class="flag">slow</span>}
        {errorText(run) && <code>{errorText(run)}</code>}
      </p>
      <Silent job={job} />
      <dl class="facts">
        <Fact name={isActive(run) ? 'Running for' : 'Duration'} strong>{durationText(run.duration_s)}</Fact>
        <Fact name="Typical">{typicalText(run.duration_s, job.typical_duration_s)}</Fact>
        {facts ? <Times facts={facts} timed={timed} /> : <Points first={timed.from} last={lastPoint(timed)} />}
        <Fact name="Records read" strong>{records(run.records_read, facts?.records_reason ?? job.records_reason)}</Fact>
        <Fact name="Records written" strong>{records(run.records_written, facts?.records_reason ?? job.records_reason)}</Fact>
        {facts && <Means facts={facts} run={run} />}
        <Fact name="Account">{job.account_id}</Fact>
        <Fact name="Region">{job.region}</Fact>
        <Fact name="Dataset">{job.dataset || 'no rule matched'}</Fact>
        <Fact name="Layer">{job.layer || 'no rule matched'}</Fact>
      </dl>
    </>
  )
}

/** Why the job has no metrics, and what to do about it. */
function Silent({ job }: { job: Job }): JSX.Element | null {
  if (!job.silence) return null
  return (
    <p class="silence">
      <b>No metrics:</b> {job.silence.reason}.{job.silence.remedy && <> <b>Remedy:</b> {job.silence.remedy}.</>}
    </p>
  )
}

function Points({ first, last }: { first: number; last: number }): JSX.Element {
  return (
    <>
      <Fact name="First datapoint">{when(first)}</Fact>
      <Fact name="Last datapoint">{when(last)}</Fact>
    </>
  )
}

/** From the queue to the end, as Glue tells it. */
function Times({ facts, timed }: { facts: RunFacts; timed: Timed }): JSX.Element {
  const { run } = timed
  return (
    <>
      {facts.queued_at && <Fact name="Queued">{at(facts.queued_at)}</Fact>}
      <Fact name="Started">{at(facts.started_at)}</Fact>
      <Fact name="Ended">{isActive(run) ? 'not yet' : at(facts.ended_at)}</Fact>
      <Before facts={facts} lead={run.lead_s} />
      <Fact name="Executing">{seconds(facts.execution_s)}</Fact>
      <Fact name="Attempt">{run.attempt === null ? none() : String(run.attempt + 1)}</Fact>
      <Fact name="First datapoint">{at(facts.first_datapoint)}</Fact>
      <Fact name="Last datapoint">{at(facts.last_datapoint)}</Fact>
    </>
  )
}

/** The time before it executed: apart where both parts were seen, else in one. */
function Before({ facts, lead }: { facts: RunFacts; lead: number | null }): JSX.Element {
  if (facts.waiting_s === null && facts.startup_s === null && lead !== null) return <Fact name="Waiting and starting">{seconds(lead)}</Fact>
  return (
    <>
      <Fact name="Waiting in the queue">{seconds(facts.waiting_s)}</Fact>
      <Fact name="Starting up">{seconds(facts.startup_s)}</Fact>
    </>
  )
}

/** What the run had to work with, and what it used. */
function Means({ facts, run }: { facts: RunFacts; run: Run }): JSX.Element {
  return (
    <>
      <Fact name="Workers">{workersText(facts) || none()}</Fact>
      <Fact name="DPU-seconds">
        {facts.dpu_seconds === null ? none() : exactText(Math.round(facts.dpu_seconds))}
        {facts.dpu_source && facts.dpu_source !== 'unknown' && <span class="fact-reason">{DPU_SOURCE[facts.dpu_source] ?? facts.dpu_source}</span>}
      </Fact>
      <Fact name="Glue">{[facts.glue_version, facts.job_type, facts.trigger_name ? `trigger ${facts.trigger_name}` : ''].filter(Boolean).join(', ') || none()}</Fact>
      <Fact name="Known from">{facts.seen_in.map((s) => SEEN_IN[s] ?? s).join(', ') || none()}</Fact>
      {run.error_class && run.error_class !== errorText(run) && <Fact name="Error class">{run.error_class}</Fact>}
    </>
  )
}

const DPU_SOURCE: Record<string, string> = { observed: 'as Glue observed it', derived: 'capacity × execution time' }
const SEEN_IN: Record<string, string> = { api: 'Glue API', event: 'events', metrics: 'metrics' }

const none = (): JSX.Element => <span class="none">{NOT_REPORTED}</span>
const at = (time: string | null): JSX.Element | string => (time === null ? none() : when(Date.parse(time)))
const seconds = (s: number | null): JSX.Element | string => (s === null ? none() : s === 0 ? 'none' : durationText(s))

function Fact({ name, strong, children }: { name: string; strong?: boolean; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={strong ? 'fact-strong' : undefined}>{children}</dd>
    </div>
  )
}

const when = (t: number): string => `${dayText(t, zone.value)} ${clockText(t, zone.value)}`

function typicalText(duration: number, typical: number | null): string {
  const ratio = ratioOf(duration, typical)
  return typical === null || ratio === null ? 'not known yet' : `${durationText(typical)}, this run ${ratioText(ratio)}`
}

function records(n: number | null, reason: string): JSX.Element {
  if (n !== null) return <>{exactText(n)}</>
  return (
    <>
      <span class="none">{NOT_REPORTED}</span>
      {reason && <span class="fact-reason">{whyUnreported(reason)}</span>}
    </>
  )
}
