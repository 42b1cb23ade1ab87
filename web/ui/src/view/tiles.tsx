// The headline numbers of the range. Those that say what went wrong, or goes on, are also filters.

import type { JSX } from 'preact'
import type { Need, Summary } from '../api/types'
import { compactText, exactText, plural, NO_RUNS, NOT_REPORTED } from '../model/format'
import { HAS, type Has } from '../model/jobs'
import { computing, fleet, span } from '../state/data'
import { change, view, zone } from '../state/view'
import { clockText, HOUR } from '../model/time'
import { NeedGlyph } from './icons'

interface TileProps {
  label: string
  /** For narrow screens. */
  short?: string
  /** Undefined while not known. */
  value: number | null | undefined
  note: string
  /** What stands for null. */
  absent?: string
}

export function Tiles(): JSX.Element {
  const f = computing.value ? null : fleet.value
  const s = f?.summary
  // Where nothing ran, nothing could be reported.
  const absent = s?.runs === 0 ? '–' : NOT_REPORTED
  return (
    <section class="tiles" aria-label="Summary" aria-busy={!f}>
      <Tile label="Jobs" value={s?.jobs} note={f ? `${plural(f.accounts.length, 'account')}, ${plural(f.datasets.length, 'dataset')}` : ''} />
      <Tile label="Runs" value={s?.runs} note={s ? rateText(s) : ''} />
      <HasTile label="Failed" value={s?.failed} note={s ? shareText(s.failed, s.runs) : ''} has="failed" need="failing" title="jobs with failed runs in range" />
      <HasTile label="Late" value={s?.late} note="missing their time" has="late" need="late" title="jobs that are late" />
      <HasTile label="Slow" value={s?.slow} note="past their usual" has="slow" need="slow" title="jobs with slow runs in range" />
      <HasTile label="Running" value={s?.running} note={runningNote(s?.queued ?? 0)} has="running" need="running" title="jobs with runs going on" />
      <Tile label="Records read" short="Read" value={s?.records_read} absent={absent} note={s ? recordsNote(s.records_read, s.runs) : ''} />
      <Tile label="Records written" short="Written" value={s?.records_written} absent={absent} note={s ? recordsNote(s.records_written, s.runs) : ''} />
    </section>
  )
}

function Tile({ label, short, value, note, absent }: TileProps): JSX.Element {
  return (
    <div class="tile">
      <p class="tile-label">
        {short ? <><span class="wide-only">{label}</span><span class="narrow-only">{short}</span></> : label}
      </p>
      <Value value={value} absent={absent} />
      <p class="tile-note">{note}</p>
    </div>
  )
}

/** A tile that shows only the jobs which have such runs. */
function HasTile({ label, value, note, has, need, title }: TileProps & { has: Has; need: Need; title: string }): JSX.Element {
  const on = view.value.has.includes(has)
  const tone = value && need !== 'running' ? ` tile-${need}` : ''
  return (
    <button type="button" class={`tile tile-button${tone}`} aria-pressed={on} title={on ? 'Show all jobs' : `Show only ${title}`} onClick={() => toggle(has)}>
      <span class="tile-label">
        <NeedGlyph need={value ? need : 'quiet'} />
        {label}
      </span>
      <Value value={value} />
      <span class="tile-note">{note}</span>
    </button>
  )
}

function Value({ value, absent = NOT_REPORTED }: { value: number | null | undefined; absent?: string | undefined }): JSX.Element {
  if (value === undefined) return <span class="tile-value"><span class="skeleton" /><span class="sr-only">not known yet</span></span>
  return <span class={value === null ? 'tile-value tile-unreported' : 'tile-value'}>{value === null ? absent : valueText(value)}</span>
}

function toggle(has: Has): void {
  const { has: old } = view.value
  const next = old.includes(has) ? old.filter((h) => h !== has) : [...old, has]
  change({ has: HAS.filter((h) => next.includes(h)) })
}

const valueText = (value: number): string => (value < 1e5 ? exactText(value) : compactText(value))

function recordsNote(n: number | null, runs: number): string {
  if (n === null) return runs === 0 ? NO_RUNS : 'no job reports it'
  return n >= 1e5 ? exactText(n) : 'in range'
}

function runningNote(queued: number): string {
  if (queued > 0) return `and ${exactText(queued)} waiting`
  const { live } = view.value.range
  return live || !span.value ? 'now' : `at ${clockText(span.value.to, zone.value, false)}`
}

function shareText(part: number, whole: number): string {
  if (whole === 0) return NO_RUNS
  const share = (part / whole) * 100
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} % of runs`
}

function rateText(s: Summary): string {
  const range = span.value
  if (!range) return ''
  if (s.runs === 0) return 'none in range'
  const perHour = s.runs / ((range.to - range.from) / HOUR)
  return `${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} per hour`
}
