// A believable fleet for the page: 60 jobs, 3 accounts, about 600 runs a day. Not the product's simulator.

import { chance, spread } from './random.mjs'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const ACCOUNTS = ['111122223333', '444455556666', '777788889999']
const DATASETS = [
  'orders', 'payments', 'customers', 'clickstream', 'inventory', 'shipments', 'returns', 'pricing', 'suppliers', 'campaigns',
  'sessions', 'ledger', 'invoices', 'telemetry', 'loyalty', 'catalogue', 'refunds', 'warehouse-stock', 'support-tickets', 'fx-rates',
]
const KINDS = [
  { suffix: 'raw-to-staged', layer: 'staged', every: HOUR, minutes: 6 },
  { suffix: 'staged-to-curated', layer: 'curated', every: 6 * HOUR, minutes: 24 },
  { suffix: 'dq', layer: 'quality', every: 12 * HOUR, minutes: 4 },
]
const ERRORS = ['OUT_OF_MEMORY_ERROR', 'PERMISSION_ERROR', 'CONNECTION_ERROR', 'SYNTAX_ERROR']
const TROUBLE = { 4: 'failing', 12: 'failing', 30: 'failing', 9: 'late', 18: 'slow', 27: 'slow', 57: 'blind', 58: 'blind' }

export function jobs(scale = 1) {
  const out = []
  for (let copy = 0; copy < scale; copy++) {
    DATASETS.forEach((dataset, d) =>
      KINDS.forEach((kind, k) => out.push(job(copy, copy ? `${dataset}-${copy}` : dataset, d, kind, k))),
    )
  }
  return out
}

function job(copy, dataset, d, kind, k) {
  const index = copy * 60 + d * 3 + k
  const name = `${dataset}-${kind.suffix}`
  return {
    index, dataset, name, kind,
    account: ACCOUNTS[d % 3],
    region: d % 3 === 2 ? 'eu-central-1' : 'eu-west-1',
    typical: kind.minutes * 60 * spread(0.5, 'typical', name),
    offset: chance('offset', name) * kind.every,
    trouble: TROUBLE[index],
    observed: chance('observed', name) > 0.3,
    volume: 2e5 * spread(1.4, 'volume', name),
    executors: 2 + Math.floor(chance('workers', name) * 14),
  }
}

/** Runs that meet [from, to], as far as they are known at `now`. */
export function runs(j, from, to, now) {
  const out = []
  const first = Math.floor((from - j.offset) / j.kind.every) - 1
  for (let slot = first; ; slot++) {
    const start = slot * j.kind.every + j.offset + chance('jitter', j.name, slot) * 2 * MINUTE
    if (start > Math.min(to, now)) return out
    const run = runAt(j, slot, Math.floor(start / MINUTE) * MINUTE, now)
    if (run && Date.parse(run.end) >= from) out.push(run)
  }
}

function runAt(j, slot, start, now) {
  const age = (now - start) / j.kind.every
  if (j.trouble === 'late' && age < 2.6) return null
  const size = spread(0.25, 'size', j.name, slot)
  const slow = chance('slow', j.name, slot) < 0.012 || (j.trouble === 'slow' && age < 1.4)
  const duration = Math.max(60, j.typical * size * (slow ? 2.6 + chance('x', slot) : 1))
  const failed = chance('failed', j.name, slot) < 0.008 || (j.trouble === 'failing' && age < 2.4)
  const lasted = Math.ceil(((failed ? 0.6 : 1) * duration) / 60) * MINUTE
  const running = start + lasted > now - 2 * MINUTE
  const end = running ? Math.max(start, Math.floor((now - MINUTE) / MINUTE) * MINUTE) : start + lasted
  const lead = Math.floor((chance('lead', j.name, slot) * Math.min(lasted, 4 * MINUTE)) / 1000) * 1000
  const share = running ? (end - start) / lasted : failed ? 0.6 : 1
  const read = j.observed ? Math.round(j.volume * size * share) : null
  return {
    run_id: `jr_${hex(j.name, slot)}`,
    start: iso(start), end: iso(end), duration_s: Math.max(0, end - start - lead) / 1000,
    lead_s: lead / 1000, ...stateOf(j, slot, running, failed), attempt: failed ? 0 : Number(chance('attempt', j.name, slot) < 0.05),
    error_category: failed && j.observed && !running ? ERRORS[slot % ERRORS.length] : null, error_class: null,
    slow: slow && (!running || (end - start) / 1000 > j.typical * 1.5),
    records_read: read,
    records_written: read === null || j.kind.layer === 'quality' ? null : Math.round(read * 0.97),
  }
}

const FAILURES = ['FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED']

/** Some jobs are known from their metrics alone. */
function stateOf(j, slot, running, failed) {
  if (!j.observed) return { state: 'UNKNOWN', phase: running ? 'running' : 'ended', by_metrics: true }
  if (running) {
    const [state, phase] = [['WAITING', 'queued'], ['STARTING', 'starting'], ['RUNNING', 'running'], ['RUNNING', 'running']][slot % 4]
    return { state, phase, by_metrics: false }
  }
  if (failed) return { state: FAILURES[Math.floor(chance('way', j.name, slot) * 4)], phase: 'failed', by_metrics: false }
  const stopped = chance('stopped', j.name, slot) < 0.01
  return stopped ? { state: 'STOPPED', phase: 'stopped', by_metrics: false } : { state: 'SUCCEEDED', phase: 'succeeded', by_metrics: false }
}

export const iso = (t) => new Date(t).toISOString().replace('.000Z', 'Z')

function hex(...keys) {
  return Array.from({ length: 8 }, (_, i) => Math.floor(chance(i, ...keys) * 2 ** 32).toString(16).padStart(8, '0')).join('')
}
