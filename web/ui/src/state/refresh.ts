// Asking the server: at once when the question changes, every few seconds while the page is live and visible.

import { batch, computed, effect, untracked } from '@preact/signals'
import { ApiError, Client, Unreachable, type Answer } from '../api/client'
import type { Fleet, Job, Load, Status } from '../api/types'
import { isoText, windowOf, type View } from '../model/url'
import type { Span } from '../model/time'
import * as data from './data'
import { view } from './view'

export const POLL_EVERY = 5000
/** Of the status alone, while the first data is on its way. */
const PROGRESS_EVERY = 1000
const PAGE = 200

export const client = new Client(new URL('api/v1/', document.baseURI).pathname, (...args) => fetch(...args))

/** Changes exactly when another answer is needed: not on sorting, need chips or the open run. */
const question = computed(() => {
  const { account, dataset, job, range } = view.value
  return JSON.stringify([account, dataset, job, range])
})

let answered = ''
let running: AbortController | null = null
let timer = 0
/** When the fleet was last asked for, and what was published then. */
let lastAsk = { at: 0, asOf: '' }
/** Server clock less ours. */
let skew = 0

export function startRefresh(): void {
  effect(() => {
    void question.value
    untracked(refreshNow)
  })
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refreshNow()
  })
  setInterval(() => {
    data.now.value = Date.now() + skew
  }, POLL_EVERY)
}

/** Asks for everything now, dropping a question that is still open. */
export function refreshNow(): void {
  lastAsk = { at: 0, asOf: '' }
  refreshDue()
}

function refreshDue(): void {
  running?.abort()
  running = new AbortController()
  clearTimeout(timer)
  data.pending.value = answered !== question.value
  void refresh(running.signal)
}

async function refresh(signal: AbortSignal): Promise<void> {
  try {
    await ask(signal)
    batch(() => {
      data.offlineSince.value = null
      data.failure.value = null
      data.signedOut.value = false
      data.greeted.value = true
      data.pending.value = false
    })
  } catch (err) {
    if (signal.aborted) return
    fail(err)
  }
  if (!signal.aborted) timer = window.setTimeout(poll, pause())
}

function poll(): void {
  const wanted = view.value.range.live !== null || data.offlineSince.value !== null || data.computing.value
  if (wanted && !document.hidden && !data.signedOut.value) refreshDue()
  else timer = window.setTimeout(poll, POLL_EVERY)
}

/** Short while the page waits for the first data or watches its progress. */
function pause(): number {
  const waits = data.progress.value !== null || data.computing.value || data.virgin.value
  return waits && data.offlineSince.value === null ? PROGRESS_EVERY : POLL_EVERY
}

/** Ends the session, here and on the server, and forgets what was shown. */
export async function signOut(): Promise<void> {
  running?.abort()
  clearTimeout(timer)
  try {
    await client.delete('session')
  } catch (err) {
    fail(err)
    return
  }
  batch(() => {
    data.signedOut.value = true
    data.forget()
  })
  answered = ''
}

function fail(err: unknown): void {
  batch(() => {
    data.pending.value = false
    if (err instanceof Unreachable) data.offlineSince.value ??= Date.now() + skew
    else if (err instanceof ApiError) {
      data.offlineSince.value = null
      data.signedOut.value = err.status === 401
      data.failure.value = err.status === 401 ? null : err
    } else throw err
  })
}

/** Status first: it is small and keeps "as of" honest even when the rest takes its time. */
async function ask(signal: AbortSignal): Promise<void> {
  const status = await client.get<Status>('status', signal)
  if (status.date !== null && Math.abs(status.date - Date.now() - skew) > 2000) skew = status.date - Date.now()
  batch(() => {
    data.now.value = Date.now() + skew
    if (status.changed) data.status.value = status.value
  })
  if (!due(status.value)) return
  const asked = question.value
  const span = windowOf(view.value.range, data.now.value)
  await askFleet(span, asked, signal)
  const load = await client.get<Load>(`load?${params(view.value, span)}`, signal)
  if (data.load.value !== load.value) data.load.value = load.value
}

/** The fleet is asked for every few seconds, and at once when the status tells of newer data. */
function due(status: Status): boolean {
  const asOf = status.as_of ?? ''
  const time = Date.now()
  if (asOf === lastAsk.asOf && !data.computing.value && time - lastAsk.at < POLL_EVERY - PROGRESS_EVERY / 2) return false
  lastAsk = { at: time, asOf }
  return true
}

/** All pages; drawn page by page when the question is new, in one go when only the data is. */
async function askFleet(span: Span, asked: string, signal: AbortSignal): Promise<void> {
  let whole: Fleet | null = null
  let changed = asked !== answered
  let token: string | null = null
  do {
    const page: string = `limit=${PAGE}${token ? `&page_token=${encodeURIComponent(token)}` : ''}`
    const answer: Answer<Fleet> = await client.get<Fleet>(`fleet?${params(view.value, span)}&${page}`, signal)
    changed ||= answer.changed
    const before: Job[] = whole?.jobs ?? []
    whole = before.length ? { ...answer.value, jobs: [...before, ...answer.value.jobs] } : answer.value
    token = answer.value.next_page_token
    if (!token || asked !== answered) show(whole, asked, changed)
  } while (token)
}

function show(fleet: Fleet, asked: string, changed: boolean): void {
  const span = { from: Date.parse(fleet.from), to: Date.parse(fleet.to) }
  const old = data.span.value
  const moved = !old || old.from !== span.from || old.to !== span.to
  batch(() => {
    if (changed || moved) data.fleet.value = fleet
    data.settle(fleet)
    if (moved) data.span.value = span
    data.pending.value = false
  })
  if (fleet.next_page_token === null) answered = asked
}

function params(v: View, span: Span): string {
  const q = new URLSearchParams({ from: isoText(span.from), to: isoText(span.to) })
  if (v.account) q.set('account', v.account)
  if (v.dataset) q.set('dataset', v.dataset)
  if (v.job) q.set('job', v.job)
  return q.toString()
}
