// The headline numbers of the range.

import type { JSX } from 'preact'
import type { Need, Summary } from '../api/types'
import { compactText, exactText, plural, NOT_REPORTED } from '../model/format'
import { fleet, span } from '../state/data'
import { HOUR } from '../model/time'
import { NeedGlyph } from './icons'

interface TileProps {
  label: string
  /** For narrow screens. */
  short?: string
  value: number | null | undefined
  note: string
  need?: Need
}

export function Tiles(): JSX.Element {
  const f = fleet.value
  const s = f?.summary
  return (
    <section class="tiles" aria-label="Summary" aria-busy={!f}>
      <Tile label="Jobs" value={s?.jobs} note={f ? `${plural(f.accounts.length, 'account')}, ${plural(f.datasets.length, 'dataset')}` : ''} />
      <Tile label="Runs" value={s?.runs} note={s ? rateText(s) : ''} />
      <Tile label="Failed" value={s?.failed} note={s ? shareText(s.failed, s.runs) : ''} need="failing" />
      <Tile label="Late" value={s?.late} note="missing their time" need="late" />
      <Tile label="Slow" value={s?.slow} note="past their usual" need="slow" />
      <Tile label="Running" value={s?.running} note="now" need="running" />
      <Tile label="Records read" short="Read" value={s?.records_read} note={s ? recordsNote(s.records_read, s.runs) : ''} />
      <Tile label="Records written" short="Written" value={s?.records_written} note={s ? recordsNote(s.records_written, s.runs) : ''} />
    </section>
  )
}

function Tile({ label, short, value, note, need }: TileProps): JSX.Element {
  const alarming = need && need !== 'running' && value
  return (
    <div class={alarming ? `tile tile-${need}` : 'tile'}>
      <p class="tile-label">
        {need && <NeedGlyph need={value ? need : 'quiet'} />}
        {short ? <><span class="wide-only">{label}</span><span class="narrow-only">{short}</span></> : label}
      </p>
      <p class={value === null ? 'tile-value tile-unreported' : 'tile-value'}>{valueText(value)}</p>
      <p class="tile-note">{note}</p>
    </div>
  )
}

function valueText(value: number | null | undefined): string {
  if (value === undefined) return '\u00a0'
  return value === null ? NOT_REPORTED : value < 1e5 ? exactText(value) : compactText(value)
}

function recordsNote(n: number | null, runs: number): string {
  if (n === null) return runs === 0 ? 'no runs' : 'no job reports it'
  return n >= 1e5 ? exactText(n) : 'in range'
}

function shareText(part: number, whole: number): string {
  if (whole === 0) return 'no runs'
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
