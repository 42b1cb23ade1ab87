// The numbers of a row, each with a small drawing where comparing helps.

import type { JSX } from 'preact'
import type { Run } from '../api/types'
import { compactText, durationText, exactText, NOT_REPORTED, percentText, ratioOf, ratioText } from '../model/format'
import { PHASE_SHORT, stateText } from '../model/phase'

const BULLET = 92

/** The last run against the typical one. `note` is for screens without room for columns of its numbers. The mark stands in the middle of every row: past it is slower than usual. */
export function DurationCell({ last, typical, note }: { last: Run | undefined; typical: number | null; note?: string }): JSX.Element {
  if (!last) return <div role="gridcell" class="dur"><span class="none">no run</span></div>
  if (last.phase === 'queued' || last.phase === 'starting') return <Waiting last={last} />
  const ratio = ratioOf(last.duration_s, typical)
  const length = ratio === null ? 0 : Math.min(1, ratio / 2) * BULLET
  const tone = last.slow ? 'bullet-bar bullet-slow' : `bullet-bar bullet-${last.phase}`
  return (
    <div role="gridcell" class="dur" title={ratio === null || typical === null ? 'no typical duration yet' : `typical ${durationText(typical)}`}>
      <span class="dur-text">{durationText(last.duration_s)}</span>
      <span class="dur-ratio">{ratio === null ? '' : ratioText(ratio)}</span>
      <svg class="bullet" width={BULLET} height="7" viewBox={`0 0 ${BULLET} 7`} aria-hidden="true">
        <path class="bullet-rail" d={`M0 3.5H${BULLET}`} />
        <path class={tone} d={`M0 3.5H${length.toFixed(1)}`} />
        {ratio !== null && <path class="bullet-mark" d={`M${BULLET / 2} 0V7`} />}
      </svg>
      {note && <span class="dur-note">{note}</span>}
    </div>
  )
}

/** The newest run has not begun to work: there is nothing to compare yet. */
function Waiting({ last }: { last: Run }): JSX.Element {
  return (
    <div role="gridcell" class="dur" title={stateText(last)}>
      <span class="dur-text">{durationText(last.lead_s ?? 0)}</span>
      <span class="dur-ratio" />
      <span class="dur-state">{PHASE_SHORT[last.phase]}</span>
    </div>
  )
}

export function RecordsCell({ value, reason, label }: { value: number | null; reason: string; label: string }): JSX.Element {
  if (value === null) {
    return (
      <div role="gridcell" class={`num num-${label} none`} title={reason || NOT_REPORTED}>
        {NOT_REPORTED}
      </div>
    )
  }
  return (
    <div role="gridcell" class={`num num-${label}`} title={`${exactText(value)} records ${label}`}>
      {compactText(value)}
    </div>
  )
}

export function NowCell({ value, idle }: { value: number | null | undefined; idle: boolean }): JSX.Element {
  return (
    <div role="gridcell" class="now">
      {value === null || value === undefined ? <Absent idle={idle} /> : <span class="now-text">{compactText(value)}</span>}
    </div>
  )
}

/** A share of 1 as number and bar. */
export function MeterCell({ value, idle, name }: { value: number | null | undefined; idle: boolean; name: string }): JSX.Element {
  if (value === null || value === undefined) {
    return <div role="gridcell" class={`now now-${name}`}><Absent idle={idle} /></div>
  }
  const tone = value >= 0.9 ? 'meter-bar meter-high' : 'meter-bar'
  return (
    <div role="gridcell" class={`now now-${name}`}>
      <span class="now-text">{percentText(value)}</span>
      <span class="meter" aria-hidden="true">
        <span class={tone} style={{ width: `${Math.min(100, value * 100)}%` }} />
      </span>
    </div>
  )
}

function Absent({ idle }: { idle: boolean }): JSX.Element {
  return idle ? (
    <span class="none" aria-label="not running">·</span>
  ) : (
    <abbr class="none" title={NOT_REPORTED}>n/r</abbr>
  )
}
