import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/model/time'
import { answersFor, axisOf, DEFAULT_VIEW, formatView, isFiltered, parseView, unknownParts, windowOf, type View } from '../../src/model/url'

const FULL: View = {
  account: '111122223333', dataset: 'orders', job: 'raw to/staged &', needs: ['failing', 'slow'], state: 'TIMEOUT', has: ['failed', 'late'], zone: 'local', sort: 'duration',
  range: { live: null, from: Date.parse('2026-11-24T05:00:00Z'), to: Date.parse('2026-11-24T06:30:15.250Z') },
  run: { account: '111122223333', job: 'a/b?c=d', id: 'jr_1' },
}

describe('formatView and parseView', () => {
  it('are empty for the default', () => {
    expect(formatView(DEFAULT_VIEW)).toBe('')
    expect(parseView('')).toEqual(DEFAULT_VIEW)
  })
  it('bring everything back', () => expect(parseView(formatView(FULL))).toEqual(FULL))
  it('keep times readable', () => expect(formatView(FULL)).toContain('from=2026-11-24T05:00:00Z&to=2026-11-24T06:30:15.250Z'))
  it.each(['1h', '3h', '6h', '12h', '24h', '3d', '7d'] as const)('bring the live range %s back', (live) => {
    expect(parseView(formatView({ ...DEFAULT_VIEW, range: { live } })).range).toEqual({ live })
  })
})

describe('parseView', () => {
  it.each([
    ['an unknown range', '?range=9h'], ['a member of every object', '?range=constructor'], ['half a range', '?from=2026-11-24T05:00:00Z'],
    ['an end before its start', '?from=2026-11-24T05:00:00Z&to=2026-11-24T04:00:00Z'], ['words as times', '?from=a&to=b'],
    ['an unknown need', '?need=happy'], ['an unknown order', '?sort=colour'], ['what no job can have', '?has=luck'], ['a token', '?token=secret'],
  ])('falls back to the default for %s', (_, search) => expect(parseView(search)).toEqual(DEFAULT_VIEW))
  it('keeps needs in order of urgency, each once', () => expect(parseView('?need=fine,failing,fine').needs).toEqual(['failing', 'fine']))
})

describe('parseView of a bare run', () => {
  it('keeps the id, to be looked up in the list', () => expect(parseView('?run=jr_1').run).toEqual({ id: 'jr_1', job: '', account: '' }))
})

describe('unknownParts', () => {
  it('has nothing to say of what formatView wrote', () => expect(unknownParts(formatView(FULL))).toEqual([]))
  it.each([
    ['?range=99z', ['range=99z']], ['?need=fine,zzz&sort=zzz', ['need=fine,zzz', 'sort=zzz']], ['?has=luck&tz=mars', ['has=luck', 'tz=mars']],
    ['?from=2026-11-24T05:00:00Z', ['from=2026-11-24T05:00:00Z']],
    ['?from=2026-11-24T05:00:00Z&to=2026-11-24T04:00:00Z', ['from=2026-11-24T05:00:00Z', 'to=2026-11-24T04:00:00Z']],
  ])('names the parts of %s', (search, parts) => expect(unknownParts(search)).toEqual(parts))
})

describe('answersFor', () => {
  const now = Date.parse('2026-11-24T06:30:15Z')
  it('holds for a live window of some minutes ago', () => expect(answersFor(windowOf({ live: '24h' }, now - 4 * MINUTE), { live: '24h' }, now)).toBe(true))
  it('does not hold for another length or a moved fixed range', () => {
    expect(answersFor(windowOf({ live: '24h' }, now), { live: '12h' }, now)).toBe(false)
    expect(answersFor({ from: now, to: now + 60 * MINUTE }, { live: null, from: now - 60 * MINUTE, to: now }, now)).toBe(false)
  })
})

describe('windowOf', () => {
  const now = Date.parse('2026-11-24T06:30:15Z')
  it('stays the same within a minute, so that the ETag holds', () => {
    expect(windowOf({ live: '1h' }, now)).toEqual(windowOf({ live: '1h' }, now + 40_000))
    expect(windowOf({ live: '1h' }, now)).not.toEqual(windowOf({ live: '1h' }, now + MINUTE))
  })
  it('includes now', () => expect(windowOf({ live: '1h' }, now).to).toBeGreaterThanOrEqual(now))
  it('leaves a fixed range alone', () => {
    const span = windowOf(FULL.range, now)
    expect(axisOf(FULL.range, span)).toEqual({ from: Date.parse('2026-11-24T05:00:00Z'), to: Date.parse('2026-11-24T06:30:15.250Z') })
  })
  it('draws a little past a live window, for the now-line', () => {
    const span = windowOf({ live: '24h' }, now)
    expect(axisOf({ live: '24h' }, span).to).toBeGreaterThan(span.to)
  })
})

describe('isFiltered', () => {
  it('is about filters, not about time or order', () => {
    expect(isFiltered({ ...DEFAULT_VIEW, range: { live: '1h' }, sort: 'name' })).toBe(false)
    expect(isFiltered({ ...DEFAULT_VIEW, needs: ['late'] })).toBe(true)
  })
})
