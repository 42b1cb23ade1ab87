// One run, beside the list: its facts, its minutes, and the runs before it.

import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Job, Run, RunSeries } from '../api/types'
import { ApiError } from '../api/client'
import { isoText, type OpenRun } from '../model/url'
import { isActive } from '../model/phase'
import type { Timed } from '../model/spans'
import { MINUTE } from '../model/time'
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
        <RunBody open={open} job={job} timed={timed} />
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
  if (run && !isActive(run)) q.set('to', endOf(run))
  return `runs/${encodeURIComponent(open.id)}?${q.toString()}`
}

/** The end of the run's last minute: its last datapoint may stand in it. */
function endOf(run: Run): string {
  return isoText(Math.ceil(Math.max(Date.parse(run.end), Date.parse(run.start) + MINUTE) / MINUTE) * MINUTE)
}

interface Asked {
  series: RunSeries | null
  error: string
}

/** Asks for the open run, and again when newer data was published. */
function useRun(open: OpenRun): Asked {
  const asked = useSignal<Asked>({ series: null, error: '' })
  const path = open.job ? seriesPath(open) : ''
  const published = asOf.value
  useEffect(() => {
    if (path === '') return
    const abort = new AbortController()
    client
      .get<RunSeries>(path, abort.signal)
      .then(({ value }) => (asked.value = { series: value, error: '' }))
      .catch((err: unknown) => {
        if (abort.signal.aborted) return
        const error = err instanceof ApiError ? `${sentence(err.message)} ${err.hint}` : 'The server does not answer.'
        asked.value = { series: asked.value.series, error }
      })
    return () => abort.abort()
  }, [path, published])
  return asked.value
}

function RunBody({ open, job, timed }: { open: OpenRun; job: Job | null; timed: Timed | undefined }): JSX.Element {
  const { series, error } = useRun(open)
  const own = series?.run_id === open.id ? series : null
  return (
    <>
      {job && timed ? <Facts job={job} timed={timed} facts={own?.facts ?? null} /> : <NoFacts />}
      {job && siblings.value.length > 1 && <Trend job={job} />}
      {open.job && (error ? <p class="panel-note" role="alert">{error}</p> : own ? <Minutes series={own} job={job} /> : <MinutesSkeleton />)}
    </>
  )
}
