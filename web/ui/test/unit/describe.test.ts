import { describe, expect, it } from 'vitest'
import { describeRuns, durationLine, leadRun, nowText, recordsText, spokesman, stripText, whyText, whyUnreported } from '../../src/model/describe'
import { timedRuns } from '../../src/model/spans'
import { trendOf, TREND_RUNS } from '../../src/model/trend'
import { DAY_SPAN, job, run, T0 } from './make'

const NOW = T0 + 20 * 3_600_000

describe('describeRuns', () => {
  it('tells a run in full', () => {
    const runs = timedRuns([run(60, 20, { state: 'FAILED', phase: 'failed', error_category: 'OUT_OF_MEMORY_ERROR', slow: true, records_read: 1_200_000 })], DAY_SPAN)
    expect(describeRuns(job(), runs, 'utc', NOW)).toEqual({
      title: 'Failed, slow, OUT_OF_MEMORY_ERROR',
      lines: ['01:00 – 01:20', '20m, typical 10m (2.0×)', 'read 1.20\u202fM, written not reported', 'jr_60'],
    })
  })
  it('tells a running run without an end', () => {
    const runs = timedRuns([run(60, 20, { state: 'RUNNING', phase: 'running', by_metrics: true })], DAY_SPAN)
    expect(describeRuns(job(), runs, 'utc', NOW).lines[0]).toBe('since 01:00, last seen 01:19')
  })
  it('sums several up', () => {
    const runs = timedRuns([run(60, 2), run(63, 2, { state: 'FAILED', phase: 'failed' }), run(66, 2, { slow: true })], DAY_SPAN)
    expect(describeRuns(job(), runs, 'utc', NOW)).toEqual({ title: '3 runs', lines: ['01:00 – 01:08', '1 failed, 2 succeeded, 1 slow'] })
  })
})

describe('whyText', () => {
  const failed = run(30, 5, { state: 'FAILED', phase: 'failed', error_category: 'TIMEOUT_ERROR' })
  const runs = [run(0, 5, { state: 'FAILED', phase: 'failed', error_category: 'S3_ERROR' }), failed, run(60, 5)]
  it('adds the class of the last failure that a job recovered from', () => {
    expect(whyText(job({ runs, reason: 'succeeded 01:05 UTC after 5 min; 3 runs, 2 failed' }), 'utc', NOW)).toBe(
      'succeeded 01:05 UTC after 5 min; 3 runs, 2 failed, last TIMEOUT_ERROR',
    )
  })
  it('adds the count where the reason has none', () => {
    expect(whyText(job({ need: 'slow', runs, reason: 'running for 9 min' }), 'utc', NOW)).toBe('running for 9 min, 2 failed, last TIMEOUT_ERROR')
  })
  it('leaves failing jobs and jobs without failures alone', () => {
    expect(whyText(job({ need: 'failing', runs, reason: 'last run failed' }), 'utc', NOW)).toBe('last run failed')
    expect(whyText(job({ runs: [run(0, 5)], reason: 'fine' }), 'utc', NOW)).toBe('fine')
  })
})

describe('lines of a card', () => {
  it('leave out what is not reported', () => {
    expect(nowText({ executors: 5, cpu: 0.44, heap: null, at: '' })).toBe('5 exec · 44\u202f% CPU')
    expect(nowText(null)).toBe('')
    expect(recordsText({ records_read: 1_200_000, records_written: null })).toBe('1.20\u202fM read')
    expect(recordsText({ records_read: null, records_written: null })).toBe('')
  })
})

describe('words', () => {
  it('say when there is no run', () => expect(stripText([])).toBe('no runs in range'))
  it('say when there is no typical duration', () => expect(durationLine(60, null)).toBe('1m, no typical duration yet'))
  it('open the newest marked run first', () => {
    const runs = timedRuns([run(0, 5, { state: 'FAILED', phase: 'failed' }), run(30, 5, { slow: true }), run(60, 5)], DAY_SPAN)
    expect(leadRun(job(), runs, ['failed'])?.run.run_id).toBe('jr_0')
    expect(leadRun(job(), runs, ['failed', 'slow'])?.run.run_id).toBe('jr_30')
    expect(leadRun(job(), runs, ['running'])?.run.run_id).toBe('jr_60')
  })
  it('open the failure of a failing job, else the newest run', () => {
    const runs = timedRuns([run(0, 1, { state: 'FAILED', phase: 'failed' }), run(60, 1, { state: 'RUNNING', phase: 'running' })], DAY_SPAN)
    expect(leadRun(job({ need: 'failing' }), runs)?.run.run_id).toBe('jr_0')
    expect(leadRun(job({ need: 'running' }), runs)?.run.run_id).toBe('jr_60')
    expect(leadRun(job(), [])).toBeUndefined()
  })
  it('give only the cause of a missing number', () => {
    expect(whyUnreported('records written not reported: metrics are off')).toBe('metrics are off')
    expect(whyUnreported('metrics are off')).toBe('metrics are off')
  })
  it('let the newest of the worst speak for a merged target', () => {
    const runs = timedRuns([run(0, 1, { state: 'FAILED', phase: 'failed' }), run(2, 1, { state: 'FAILED', phase: 'failed' }), run(4, 1)], DAY_SPAN)
    expect(spokesman(runs)?.run.run_id).toBe('jr_2')
  })
})

describe('trendOf', () => {
  const runs = timedRuns(Array.from({ length: 100 }, (_, i) => run(i * 10, 1 + (i % 7))), DAY_SPAN)
  it('draws all runs when they are few', () => expect(trendOf(runs.slice(0, 5), 600, 2, 400, 50)).toMatchObject({ first: 0, bars: { length: 5 } }))
  it.each([0, 50, 99])('holds the open run when they are many (%d)', (open) => {
    const t = trendOf(runs, null, open, 400, 50)
    expect(t.bars).toHaveLength(TREND_RUNS)
    expect(open).toBeGreaterThanOrEqual(t.first)
    expect(open).toBeLessThan(t.first + TREND_RUNS)
  })
  it('stays inside its box', () => {
    for (const b of trendOf(runs, 6000, 10, 400, 50).bars) {
      expect(b.x + b.width).toBeLessThanOrEqual(400)
      expect(b.height).toBeLessThanOrEqual(50)
    }
  })
})
