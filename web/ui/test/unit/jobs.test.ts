import { describe, expect, it } from 'vitest'
import { countNeeds, hasAny, lastRun, matches, sortJobs } from '../../src/model/jobs'
import { needRank, NEED_GLYPH, NEEDS } from '../../src/model/need'
import { worstPhase } from '../../src/model/phase'
import { job, run } from './make'

describe('sortJobs', () => {
  const jobs = [
    job({ job_name: 'b', need: 'fine', records_read: 5 }),
    job({ job_name: 'a', need: 'quiet', records_read: null }),
    job({ job_name: 'c', need: 'failing', records_read: 0 }),
    job({ job_name: 'd', need: 'failing', records_read: 9, runs: [run(0, 30)] }),
  ]
  const names = (sort: Parameters<typeof sortJobs>[1]) => sortJobs(jobs, sort).map((j) => j.job_name).join('')
  it('puts the most urgent first and keeps the order of equals', () => expect(names('need')).toBe('cdba'))
  it('sorts by name', () => expect(names('name')).toBe('abcd'))
  it('puts "not reported" last, after zero', () => expect(names('read')).toBe('dbca'))
  it('puts jobs without a run last', () => expect(names('duration')[0]).toBe('d'))
  it('leaves its input alone', () => expect(jobs[0]?.job_name).toBe('b'))
})

describe('hasAny', () => {
  const recovered = job({ need: 'fine', runs: [run(0, 5, { state: 'FAILED', phase: 'failed' }), run(30, 5)] })
  it('is about the runs in range, not about the need', () => {
    expect(hasAny(recovered, ['failed'])).toBe(true)
    expect(hasAny(recovered, ['slow', 'running'])).toBe(false)
    expect(hasAny(job({ runs: [run(0, 5, { slow: true })] }), ['slow'])).toBe(true)
  })
  it('takes late from the need', () => {
    expect(hasAny(job({ need: 'late' }), ['late'])).toBe(true)
    expect(hasAny(recovered, ['late'])).toBe(false)
  })
})

describe('matches', () => {
  const none = { account: '', dataset: '', job: '' }
  it('lets everything through without filters', () => expect(matches(job(), none)).toBe(true))
  it('takes a dataset by prefix and a job by any part, in any case', () => {
    expect(matches(job(), { ...none, dataset: 'ORD', job: 'Dq' })).toBe(true)
    expect(matches(job(), { ...none, dataset: 'rders' })).toBe(false)
  })
  it('holds a job without dataset back from a dataset filter', () => expect(matches(job({ dataset: '' }), { ...none, dataset: 'o' })).toBe(false))
})

describe('jobs', () => {
  it('are counted by need', () => expect(countNeeds([job(), job({ need: 'late' })])).toMatchObject({ fine: 1, late: 1, failing: 0 }))
  it('have the newest run by start', () => expect(lastRun(job({ runs: [run(0, 1), run(50, 1), run(20, 1)] }))?.run_id).toBe('jr_50'))
  it('may have no run', () => expect(lastRun(job())).toBeUndefined())
})

describe('needs and states', () => {
  it('rank an unknown need last', () => expect(needRank('new' as never)).toBe(NEEDS.length))
  it('have each their own silhouette', () => {
    const drawn = NEEDS.map((n) => (NEED_GLYPH[n].fill ?? '') + (NEED_GLYPH[n].stroke ?? ''))
    expect(new Set(drawn).size).toBe(NEEDS.length)
  })
  it('call several runs by the worst', () => expect(worstPhase(['succeeded', 'running', 'failed', 'ended'])).toBe('failed'))
})
