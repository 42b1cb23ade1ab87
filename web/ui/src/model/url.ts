// The view as a query string: what a reload, the back button and a pasted link must bring back.

import type { Need } from '../api/types'
import { HAS, SORTS, type Has, type Sort } from './jobs'
import { NEEDS } from './need'
import { STATES } from './phase'
import { DAY, HOUR, MINUTE, type Span, type Zone } from './time'

export type Quick = '1h' | '3h' | '6h' | '12h' | '24h' | '3d' | '7d'

export const QUICK: Record<Quick, number> = {
  '1h': HOUR,
  '3h': 3 * HOUR,
  '6h': 6 * HOUR,
  '12h': 12 * HOUR,
  '24h': DAY,
  '3d': 3 * DAY,
  '7d': 7 * DAY,
}

/** Live ranges end now and move; fixed ones stand still and are not polled. */
export type Range = { live: Quick } | ({ live: null } & Span)

/** Account and job are empty until the run of a bare id is found in the list. */
export interface OpenRun {
  account: string
  job: string
  id: string
}

export interface View {
  account: string
  dataset: string
  job: string
  needs: Need[]
  /** Only jobs that have a run in this state of Glue in range; '' for all. */
  state: string
  /** Only jobs that have such runs in range; the others of their runs step back. */
  has: Has[]
  range: Range
  zone: Zone
  sort: Sort
  run: OpenRun | null
}

export const DEFAULT_VIEW: View = {
  account: '',
  dataset: '',
  job: '',
  needs: [],
  state: '',
  has: [],
  range: { live: '24h' },
  zone: 'utc',
  sort: 'need',
  run: null,
}

/** Reads a query string. What it does not understand falls back to the default. */
export function parseView(search: string): View {
  const q = new URLSearchParams(search)
  const text = (name: string): string => q.get(name)?.trim() ?? ''
  return {
    account: text('account'),
    dataset: text('dataset'),
    job: text('job'),
    needs: NEEDS.filter((n) => text('need').split(',').includes(n)),
    state: STATES.find((s) => s === text('state')) ?? '',
    has: HAS.filter((h) => text('has').split(',').includes(h)),
    range: parseRange(text('range'), text('from'), text('to')),
    zone: text('tz') === 'local' ? 'local' : 'utc',
    sort: SORTS.find((s) => s === text('sort')) ?? 'need',
    run: text('run') ? { id: text('run'), job: text('run_job'), account: text('run_account') } : null,
  }
}

/** The parts of a query string that parseView leaves aside because they say nothing it knows: "range=99z". */
export function unknownParts(search: string): string[] {
  const q = new URLSearchParams(search)
  const bad = (name: string, known: (part: string) => boolean): string[] => {
    const text = q.get(name)?.trim() ?? ''
    return text === '' || text.split(',').every(known) ? [] : [`${name}=${text}`]
  }
  const ends = ['from', 'to'].filter((name) => q.get(name)).map((name) => `${name}=${q.get(name)}`)
  const fixed = parseRange('', q.get('from') ?? '', q.get('to') ?? '').live === null
  return [
    ...(fixed ? [] : ends),
    ...bad('range', (p) => Object.hasOwn(QUICK, p)),
    ...bad('need', (p) => NEEDS.some((n) => n === p)),
    ...bad('state', (p) => STATES.includes(p)),
    ...bad('has', (p) => HAS.some((h) => h === p)),
    ...bad('tz', (p) => p === 'utc' || p === 'local'),
    ...bad('sort', (p) => SORTS.some((s) => s === p)),
  ]
}

function parseRange(quick: string, from: string, to: string): Range {
  const [a, b] = [Date.parse(from), Date.parse(to)]
  if (b - a >= MINUTE) return { live: null, from: a, to: b }
  return { live: Object.hasOwn(QUICK, quick) ? (quick as Quick) : '24h' }
}

/** Writes the query string, without defaults and with readable times; '' when everything is default. */
export function formatView(v: View): string {
  const q = new URLSearchParams()
  const put = (name: string, value: string, fallback = ''): void => {
    if (value !== fallback) q.set(name, value)
  }
  put('account', v.account)
  put('dataset', v.dataset)
  put('job', v.job)
  put('need', v.needs.join(','))
  put('state', v.state)
  put('has', v.has.join(','))
  if (v.range.live) put('range', v.range.live, '24h')
  else {
    put('from', isoText(v.range.from))
    put('to', isoText(v.range.to))
  }
  put('tz', v.zone, 'utc')
  put('sort', v.sort, 'need')
  put('run', v.run?.id ?? '')
  put('run_job', v.run?.job ?? '')
  put('run_account', v.run?.account ?? '')
  const text = q.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** RFC 3339 in UTC, without a fraction when it is zero. */
export function isoText(t: number): string {
  return new Date(t).toISOString().replace('.000Z', 'Z')
}

/** The window to ask for. Live windows move by the minute, so that an unchanged answer keeps its ETag. */
export function windowOf(range: Range, now: number): Span {
  if (!range.live) return { from: range.from, to: range.to }
  const to = Math.ceil(now / MINUTE) * MINUTE
  return { from: to - QUICK[range.live], to }
}

/** True when a window answers for the range asked; a live one may be some minutes behind. */
export function answersFor(span: Span, range: Range, now: number): boolean {
  const asked = windowOf(range, now)
  const slack = range.live ? 5 * MINUTE : 0
  return Math.abs(asked.from - span.from) <= slack + MINUTE && Math.abs(asked.to - span.to) <= slack + MINUTE
}

/** The window to draw: a live one has a little room for the now-line. */
export function axisOf(range: Range, span: Span): Span {
  return range.live ? { from: span.from, to: span.to + (span.to - span.from) * 0.012 } : span
}

/** True when a filter other than the time range narrows the list. */
export function isFiltered(v: View): boolean {
  return v.account !== '' || v.dataset !== '' || v.job !== '' || v.state !== '' || v.needs.length > 0 || v.has.length > 0
}
