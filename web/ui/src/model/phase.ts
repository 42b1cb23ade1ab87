// What a run is: order, words and marks of its states. Colours live in tokens.css under the names of the phases.

import type { Phase, Run } from '../api/types'

/** The order in which runs are counted. */
export const PHASES: readonly Phase[] = ['failed', 'running', 'starting', 'queued', 'stopped', 'succeeded', 'ended']

export const PHASE_LABEL: Record<Phase, string> = {
  failed: 'failed',
  running: 'running',
  starting: 'starting',
  queued: 'waiting',
  stopped: 'stopped',
  succeeded: 'succeeded',
  ended: 'ended, state not reported',
}

/** For the legend and counts. */
export const PHASE_SHORT: Record<Phase, string> = { ...PHASE_LABEL, ended: 'ended' }

/** The states of the Glue API with the phase in which each is drawn and the words for it. */
export const STATE: Record<string, { phase: Phase; label: string }> = {
  WAITING: { phase: 'queued', label: 'waiting for capacity' },
  STARTING: { phase: 'starting', label: 'starting' },
  RUNNING: { phase: 'running', label: 'running' },
  STOPPING: { phase: 'running', label: 'stopping' },
  STOPPED: { phase: 'stopped', label: 'stopped' },
  SUCCEEDED: { phase: 'succeeded', label: 'succeeded' },
  FAILED: { phase: 'failed', label: 'failed' },
  TIMEOUT: { phase: 'failed', label: 'timed out' },
  ERROR: { phase: 'failed', label: 'error' },
  EXPIRED: { phase: 'failed', label: 'expired before it started' },
}

/** The states that a reader may ask for. */
export const STATES: readonly string[] = [...Object.keys(STATE), 'UNKNOWN']

/** Words for the state of a run: Glue's where it told, else what its datapoints say. */
export function stateText(run: Pick<Run, 'state' | 'phase' | 'by_metrics'>): string {
  if (run.by_metrics && run.phase !== 'ended') return `${PHASE_LABEL[run.phase]} (by metrics)`
  if (run.state === 'UNKNOWN' || run.state === '') return PHASE_LABEL[run.phase]
  const known = STATE[run.state]
  if (known?.phase === run.phase) return known.label
  if (run.phase === 'ended') return `ended, last seen ${known?.label ?? run.state}`
  return run.state.toLowerCase().replaceAll('_', ' ')
}

/** Neither finished nor forgotten. */
export function isActive(run: Pick<Run, 'phase'>): boolean {
  return run.phase === 'queued' || run.phase === 'starting' || run.phase === 'running'
}

/** Worst first: what a span of several runs is called. */
const RANK: Record<Phase, number> = { failed: 0, running: 1, starting: 2, queued: 3, stopped: 4, ended: 5, succeeded: 6 }

export function worstPhase(phases: readonly Phase[]): Phase {
  return phases.reduce((a, b) => (RANK[b] < RANK[a] ? b : a), 'succeeded')
}

/** The mark above a run, about a centre: each way to fail has its own, so that colour is never the only sign. */
export const MARK: Record<string, string> = {
  FAILED: 'm-2.5-2.5l5 5m0-5l-5 5',
  TIMEOUT: 'm-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0m2.8-1.6v1.6h1.4',
  ERROR: 'm0-3v3.4m0 2.2v.4',
  EXPIRED: 'm-2.4-2.8h4.8l-4.8 5.6h4.8z',
  STOPPED: 'm-2-2h4v4h-4z',
  STOPPING: 'm-2-2h4v4h-4z',
}

/** The mark of a run by its state, else by its phase; '' for those that need none. */
export function markOf(run: Pick<Run, 'state' | 'phase'>): string {
  return MARK[run.state] ?? (run.phase === 'failed' ? (MARK['FAILED'] as string) : '')
}
