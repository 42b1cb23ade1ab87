// One run, beside the list: its facts, its minutes, and the runs before it.

import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Job, RunSeries } from '../api/types'
import { ApiError } from '../api/client'
import type { OpenRun } from '../model/url'
import { whyText } from '../model/describe'
import { asOf, computing, now, pending } from '../state/data'
import { client } from '../state/refresh'
import { closeRun, openIndex, openings, openJob, siblings, stepRun } from '../state/open'
import { openRun, zone } from '../state/view'
import { sentence } from './banners'
import { Facts } from './facts'
import { Icon, NeedGlyph } from './icons'
import { Minutes, MinutesSkeleton } from './minutes'
import { Trend } from './trend'

export function RunPanel(): JSX.Element | null {
  const title = useRef<HTMLHeadingElement>(null)
  const count = openings.value
  useEffect(() => {
    if (count > 0) title.current?.focus()
  }, [count])
  const open = openRun.value
  if (!open) return null
  const job = openJob.value
  const timed = siblings.value[openIndex.value]
  return (
    <dialog open class="panel" data-panel aria-labelledby="panel-title">
      <div class="panel-head">
        <h2 id="panel-title" ref={title} tabIndex={-1}>
          {open.job || 'Run'}
        </h2>
        <StepButtons />
        <button type="button" class="quiet-button" aria-label="Close run" title="Close (Esc)" onClick={closeRun}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body" tabIndex={0} role="region" aria-label="Run details">
        {job && <Why job={job} />}
        <RunId id={open.id} />
        {job && timed ? <Facts job={job} timed={timed} /> : <NoFacts />}
        {job && siblings.value.length > 1 && <Trend job={job} />}
        {open.job && <Series open={open} job={job} />}
      </div>
    </dialog>
  )
}

/** What the job needs now, as its row says it. */
function Why({ job }: { job: Job }): JSX.Element {
  return (
    <p class={`panel-why row-${job.need}`}>
      <NeedGlyph need={job.need} />
      <span class="job-reason">
        <b>{job.need}</b>: {whyText(job, zone.value, asOf.value ?? now.value)}
      </span>
    </p>
  )
}

function NoFacts(): JSX.Element {
  if (computing.value || pending.value) return <p class="panel-note">Loading the run…</p>
  return <p class="panel-note">This run is not in the list on the page: other filters or another range hold it.</p>
}

function StepButtons(): JSX.Element {
  const at = openIndex.value
  return (
    <>
      <button type="button" class="quiet-button" aria-label="Older run" title="Older run (←)" disabled={at <= 0} onClick={() => stepRun(-1)}>
        <Icon name="older" />
      </button>
      <button type="button" class="quiet-button" aria-label="Newer run" title="Newer run (→)" disabled={at < 0 || at >= siblings.value.length - 1}
        onClick={() => stepRun(1)}>
        <Icon name="newer" />
      </button>
    </>
  )
}

function RunId({ id }: { id: string }): JSX.Element {
  return (
    <p class="run-id">
      <code>{id}</code>
      {navigator.clipboard && (
        <button type="button" class="quiet-button" aria-label="Copy the run id" title="Copy" onClick={() => void navigator.clipboard.writeText(id)}>
          <Icon name="copy" />
        </button>
      )}
    </p>
  )
}

/** With the run's own times where they are known: less has to be read. A running run ends with the data. */
function seriesPath(open: OpenRun): string {
  const run = siblings.value[openIndex.value]?.run
  const q = new URLSearchParams({ account: open.account, job: open.job })
  if (run) q.set('from', run.start)
  if (run && run.state !== 'running') q.set('to', run.end)
  return `runs/${encodeURIComponent(open.id)}?${q.toString()}`
}

/** Asks for the minutes of the open run, and again when newer data was published. */
function Series({ open, job }: { open: OpenRun; job: Job | null }): JSX.Element {
  const series = useSignal<RunSeries | null>(null)
  const error = useSignal('')
  const path = seriesPath(open)
  const published = asOf.value
  useEffect(() => {
    const abort = new AbortController()
    client
      .get<RunSeries>(path, abort.signal)
      .then(({ value }) => {
        series.value = value
        error.value = ''
      })
      .catch((err: unknown) => {
        if (!abort.signal.aborted) error.value = err instanceof ApiError ? `${sentence(err.message)} ${err.hint}` : 'The server does not answer.'
      })
    return () => abort.abort()
  }, [path, published])
  if (error.value) return <p class="panel-note" role="alert">{error.value}</p>
  if (series.value?.run_id !== open.id) return <MinutesSkeleton />
  return <Minutes series={series.value} job={job} />
}
