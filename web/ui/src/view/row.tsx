// One job: what it needs and why, its runs, and its numbers.

import type { JSX } from 'preact'
import type { Job } from '../api/types'
import { jobKey, lastRun } from '../model/jobs'
import { active, activeIndex } from '../state/grid'
import { openHit } from '../state/open'
import { nowText, recordsText, whyText } from '../model/describe'
import { asOf, now } from '../state/data'
import { zone } from '../state/view'
import { DurationCell, MeterCell, NowCell, RecordsCell } from './cells'
import { NeedGlyph } from './icons'
import { StripCell } from './strip'

export interface RowProps {
  job: Job
  index: number
  top: number
}

export function Row({ job, index, top }: RowProps): JSX.Element {
  return (
    <div role="row" class={`row cols row-${job.need}`} aria-rowindex={index + 2} data-job={job.job_name} style={{ transform: `translateY(${top}px)` }}>
      <JobHead job={job} index={index} />
      <StripCell job={job} />
      <DurationCell last={lastRun(job)} typical={job.typical_duration_s} note={recordsText(job)} />
      <RecordsCell value={job.records_read} reason={job.records_reason} label="read" />
      <RecordsCell value={job.records_written} reason={job.records_reason} label="written" />
      <NowCell value={job.now?.executors} idle={!job.now} />
      <MeterCell value={job.now?.cpu} idle={!job.now} name="CPU" />
      <MeterCell value={job.now?.heap} idle={!job.now} name="memory" />
    </div>
  )
}

function JobHead({ job, index }: { job: Job; index: number }): JSX.Element {
  const key = jobKey(job)
  const here = active.value?.job === key
  const why = whyText(job, zone.value, asOf.value ?? now.value)
  const stop = here ? active.value?.hit === -1 : activeIndex.value < 0 && index === 0
  return (
    <div role="rowheader" class="job" id={here ? 'active-head' : undefined} tabIndex={stop ? 0 : -1}
      onFocus={() => (here && active.value?.hit === -1) || (active.value = { job: key, hit: -1 })} onClick={() => openHit(job, -1)}>
      <NeedGlyph need={job.need} />
      <span class="sr-only">{job.need}: </span>
      <span class="job-name" title={job.job_name}>
        <Name job={job} />
      </span>
      {job.deleted ? <span class="layer layer-deleted">deleted</span> : job.layer && <span class="layer">{job.layer}</span>}
      <span class="job-reason" title={why}>
        {why}
      </span>
      {job.now && <span class="job-now">{nowText(job.now)}</span>}
      <span class="job-account" title={`account ${job.account_id}`}>
        <span class="job-account-head">{job.account_id.slice(0, -4)}</span>
        {job.account_id.slice(-4)}
      </span>
    </div>
  )
}

/** The name, with the part that only repeats the dataset set back. */
function Name({ job }: { job: Job }): JSX.Element {
  const { dataset, job_name: name } = job
  if (dataset === '' || !name.startsWith(dataset)) return <>{name}</>
  return (
    <>
      <span class="job-dataset">{dataset}</span>
      {name.slice(dataset.length)}
    </>
  )
}
