import { describe, expect, it } from 'vitest'
import { describeRun, leadRun, whyText, workersText } from '../../src/model/describe'
import { hasState, isSuch } from '../../src/model/jobs'
import { isActive, markOf, PHASES, STATE, STATES, stateText } from '../../src/model/phase'
import { stripPaths } from '../../src/model/shapes'
import { timedRuns } from '../../src/model/spans'
import { DAY_SPAN, job, run, T0 } from './make'

const WIDTH = 1440 // one pixel a minute

describe('states', () => {
  it('are the ten of Glue, and one for runs that only metrics tell of', () => {
    expect(STATES).toEqual(['WAITING', 'STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'UNKNOWN'])
  })
  it('each have words and a drawing of their own', () => {
    const shown = Object.entries(STATE).map(([state, { phase }]) => `${phase} ${markOf({ state, phase })}`)
    expect(new Set(shown).size).toBe(shown.length)
    expect(new Set(Object.values(STATE).map((s) => s.label)).size).toBe(shown.length)
  })
  it.each([
    ['TIMEOUT', 'failed', false, 'timed out'],
    ['WAITING', 'queued', false, 'waiting for capacity'],
    ['UNKNOWN', 'succeeded', true, 'succeeded (by metrics)'],
    ['RUNNING', 'failed', true, 'failed (by metrics)'],
    ['UNKNOWN', 'ended', true, 'ended, state not reported'],
    ['RUNNING', 'ended', false, 'ended, last seen running'],
    ['HELD_BACK', 'running', false, 'held back'],
  ] as const)('%s in phase %s (by metrics: %s) is called %s', (state, phase, by_metrics, words) => {
    expect(stateText({ state, phase, by_metrics })).toBe(words)
  })
  it('of a run that waits is no success, and goes on', () => {
    const waiting = run(0, 5, { state: 'WAITING', phase: 'queued', lead_s: 300 })
    expect(isActive(waiting)).toBe(true)
    expect(isSuch(waiting, 'running')).toBe(true)
    expect(isSuch(waiting, 'failed')).toBe(false)
    expect(PHASES.indexOf('queued')).toBeLessThan(PHASES.indexOf('succeeded'))
  })
  it('filter jobs', () => {
    const timedOut = job({ runs: [run(0, 5), run(9, 5, { state: 'TIMEOUT', phase: 'failed' })] })
    expect(leadRun(timedOut, timedRuns([...timedOut.runs, run(20, 5)], DAY_SPAN), [], 'TIMEOUT')?.run.run_id).toBe('jr_9')
    expect([hasState(timedOut, ''), hasState(timedOut, 'TIMEOUT'), hasState(timedOut, 'FAILED')]).toEqual([true, true, false])
  })
})

describe('a strip', () => {
  it('draws waiting and starting as the lighter part before the bar', () => {
    const p = stripPaths(timedRuns([run(100, 60, { lead_s: 1200 })], DAY_SPAN), DAY_SPAN, WIDTH, null)
    expect(p.lead).toBe('M100 16H120V21H100Z')
    expect(p.succeeded).toBe('M120 12H160V25H120Z')
  })
  it('draws a run that has not begun to work whole and thinner', () => {
    const runs = timedRuns([run(100, 20, { state: 'WAITING', phase: 'queued', lead_s: 1200 }), run(200, 20, { state: 'STARTING', phase: 'starting', lead_s: 1200 })], DAY_SPAN)
    const p = stripPaths(runs, DAY_SPAN, WIDTH, null)
    expect([p.queued, p.starting]).toEqual(['M100.5 16.5H119.5V20.5H100.5Z', 'M200.5 14.5H219.5V22.5H200.5Z'])
    expect([p.lead, p.succeeded, p.running]).toEqual(['', '', ''])
  })
  it('marks each way to fail, and what was stopped', () => {
    const failed = (at: number, state: string) => run(at, 20, { state, phase: 'failed' })
    const runs = timedRuns([failed(0, 'FAILED'), failed(100, 'TIMEOUT'), failed(200, 'ERROR'), failed(300, 'EXPIRED'), run(400, 20, { state: 'STOPPED', phase: 'stopped' })], DAY_SPAN)
    const p = stripPaths(runs, DAY_SPAN, WIDTH, null)
    expect(p.crosses.match(/M\d+ 5\.5/g)).toHaveLength(4)
    expect([p.stops.startsWith('M410 5.5'), p.stopped !== '']).toEqual([true, true])
  })
  it('marks runs that share a bar once', () => {
    const runs = timedRuns(Array.from({ length: 50 }, (_, i) => run(i, 1, { state: 'FAILED', phase: 'failed' })), DAY_SPAN)
    expect(stripPaths(runs, DAY_SPAN, WIDTH, null).crosses.match(/M/g)).toHaveLength(1)
  })
})

describe('words', () => {
  it('tell the lead and the attempt of a run', () => {
    const [timed] = timedRuns([run(60, 20, { lead_s: 300, duration_s: 900, attempt: 1, state: 'TIMEOUT', phase: 'failed' })], DAY_SPAN)
    expect(describeRun(job(), timed as never, 'utc', T0)).toEqual({
      title: 'Timed out',
      lines: ['01:00 – 01:20', '15m, typical 10m (1.5×)', 'after 5m of waiting and starting', 'read not reported, written not reported', 'attempt 2', 'jr_60'],
    })
  })
  it('tell how long a run has been waiting', () => {
    const [timed] = timedRuns([run(60, 20, { lead_s: 1200, duration_s: 0, state: 'WAITING', phase: 'queued' })], DAY_SPAN)
    const { title, lines } = describeRun(job(), timed as never, 'utc', T0)
    expect([title, lines[1]]).toEqual(['Waiting for capacity', '20m so far'])
  })
  it('say why a job has no metrics', () => {
    const silence = { reason: 'Python shell jobs report no metrics', remedy: '' }
    expect(whyText(job({ silence, reason: 'no run in this range' }), 'utc', T0)).toBe('no run in this range; no metrics: Python shell jobs report no metrics')
  })
  it.each([
    [{ workers: 10, worker_type: 'G.1X', max_capacity: 10, execution_class: 'FLEX', auto_scaling: true }, '10 × G.1X, FLEX, auto scaling'],
    [{ workers: null, worker_type: null, max_capacity: 0.0625, execution_class: 'STANDARD', auto_scaling: null }, '0.0625 DPU'],
    [{ workers: null, worker_type: null, max_capacity: null, execution_class: null, auto_scaling: false }, ''],
  ])('tell the workers', (facts, words) => expect(workersText(facts)).toBe(words))
})
