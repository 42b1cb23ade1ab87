// Which time: quick live ranges, a fixed one, and the clock it is told in.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { HOUR, inputText, parseInput, spanText, type Span, type Zone } from '../model/time'
import { QUICK, windowOf, type Quick } from '../model/url'
import { now } from '../state/data'
import { rangeOpen } from '../state/ui'
import { change, view } from '../state/view'
import { Icon } from './icons'

const QUICK_NAMES: Record<Quick, string> = {
  '1h': 'Last hour', '3h': 'Last 3 hours', '6h': 'Last 6 hours', '12h': 'Last 12 hours',
  '24h': 'Last 24 hours', '3d': 'Last 3 days', '7d': 'Last 7 days',
}

export function RangePicker(): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const outside = (e: PointerEvent): void => {
      if (rangeOpen.value && !box.current?.contains(e.target as Node)) rangeOpen.value = false
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [])
  return (
    <div class="ranges" ref={box}>
      <div class="segments" role="group" aria-label="Time range">
        {(Object.keys(QUICK) as Quick[]).map((q) => (
          <button key={q} type="button" class="segment" aria-pressed={view.value.range.live === q} aria-label={QUICK_NAMES[q]}
            onClick={() => change({ range: { live: q } })}>
            {q.replace(/(\d+)/, '$1\u2009')}
          </button>
        ))}
        <FixedButton />
      </div>
      <ZoneToggle />
      {rangeOpen.value && <FixedForm />}
    </div>
  )
}

function FixedButton(): JSX.Element {
  const { range, zone } = view.value
  return (
    <button type="button" id="range-fixed" class="segment segment-fixed" aria-pressed={range.live === null} aria-expanded={rangeOpen.value}
      aria-label={range.live === null ? `Fixed range ${spanText(range, zone, now.value)}` : 'Fixed range'} title="Fixed range (t)"
      onClick={() => (rangeOpen.value = !rangeOpen.value)}>
      <Icon name="calendar" />
      {range.live === null && <span>{spanText(range, zone, now.value)}</span>}
    </button>
  )
}

const ZONES: [Zone, string][] = [['utc', 'UTC'], ['local', 'Local']]

function ZoneToggle(): JSX.Element {
  return (
    <div class="segments" role="group" aria-label="Clock">
      {ZONES.map(([zone, name]) => (
        <button key={zone} type="button" class="segment" aria-pressed={view.value.zone === zone} onClick={() => change({ zone })}>
          {name}
        </button>
      ))}
    </div>
  )
}

function FixedForm(): JSX.Element {
  const zone = view.value.zone
  const range = view.value.range
  // Read once for each range, so that the clock does not type over the reader.
  const present = useMemo(() => windowOf(range, now.peek()), [range])
  const [error, setError] = useState('')
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => {
    first.current?.focus()
    return () => document.getElementById('range-fixed')?.focus()
  }, [])
  const apply = (e: SubmitEvent): void => {
    e.preventDefault()
    const span = readSpan(new FormData(e.currentTarget as HTMLFormElement), zone)
    if (typeof span === 'string') return setError(span)
    rangeOpen.value = false
    change({ range: { live: null, ...span } })
  }
  return (
    <form class="popover" aria-label="Fixed time range" onSubmit={apply}>
      <label class="stacked">
        From
        <input key={`from ${present.from}`} ref={first} name="from" type="datetime-local" required defaultValue={inputText(present.from, zone)} />
      </label>
      <label class="stacked">
        To
        <input key={`to ${present.to}`} name="to" type="datetime-local" required defaultValue={inputText(present.to, zone)} />
      </label>
      <p class="popover-note">{error || `Times are ${zone === 'utc' ? 'UTC' : 'local time'}. A fixed range stands still.`}</p>
      <div class="popover-end">
        <button type="button" class="text-button" onClick={() => change({ range: shifted(present, -1) })}>Earlier</button>
        <button type="button" class="text-button" onClick={() => change({ range: shifted(present, 1) })}>Later</button>
        <button type="submit" class="strong-button">Show</button>
      </div>
    </form>
  )
}

function readSpan(form: FormData, zone: Zone): Span | string {
  const from = parseInput(String(form.get('from')), zone)
  const to = parseInput(String(form.get('to')), zone)
  if (from === null || to === null) return 'Both ends need a date and a time.'
  if (to <= from) return 'The end must be after the start.'
  if (to - from > 31 * 24 * HOUR) return 'A range is at most 31 days.'
  return { from, to }
}

function shifted(span: Span, by: number): { live: null } & Span {
  const step = (span.to - span.from) * by
  return { live: null, from: span.from + step, to: span.to + step }
}
