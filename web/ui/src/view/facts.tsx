// What is known of a run, as a list of facts.

import type { ComponentChildren, JSX } from 'preact'
import type { Job } from '../api/types'
import { durationText, exactText, NOT_REPORTED, ratioOf, ratioText } from '../model/format'
import { whyUnreported } from '../model/describe'
import { STATE_LABEL } from '../model/need'
import { lastPoint, type Timed } from '../model/spans'
import { clockText, dayText } from '../model/time'
import { zone } from '../state/view'
import { StateSample } from './icons'

export function Facts({ job, timed }: { job: Job; timed: Timed }): JSX.Element {
  const { run } = timed
  return (
    <>
      <p class={`verdict verdict-${run.state}`}>
        <StateSample state={run.state} />
        <b>{STATE_LABEL[run.state]}</b>
        {run.slow && <span class="flag">slow</span>}
        {run.error_class && <code>{run.error_class}</code>}
      </p>
      <dl class="facts">
        <Fact name={run.state === 'running' ? 'Running for' : 'Duration'} strong>{durationText(run.duration_s)}</Fact>
        <Fact name="Typical">{typicalText(run.duration_s, job.typical_duration_s)}</Fact>
        <Fact name="First datapoint">{when(timed.from)}</Fact>
        <Fact name="Last datapoint">{when(lastPoint(timed))}</Fact>
        <Fact name="Records read" strong>{records(run.records_read, job.records_reason)}</Fact>
        <Fact name="Records written" strong>{records(run.records_written, job.records_reason)}</Fact>
        <Fact name="Account">{job.account_id}</Fact>
        <Fact name="Region">{job.region}</Fact>
        <Fact name="Dataset">{job.dataset || 'no rule matched'}</Fact>
        <Fact name="Layer">{job.layer || 'no rule matched'}</Fact>
      </dl>
    </>
  )
}

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
