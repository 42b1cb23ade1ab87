// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import type { ComponentChild } from 'preact'
import { afterEach, describe, expect, it } from 'vitest'
import { DurationCell, MeterCell, NowCell, RecordsCell } from '../../src/view/cells'
import { run } from './make'

function draw(node: ComponentChild): HTMLElement {
  void act(() => render(node, document.body))
  return document.body.firstElementChild as HTMLElement
}

afterEach(() => render(null, document.body))

describe('RecordsCell', () => {
  it('says "not reported" with the reason', () => {
    const cell = draw(<RecordsCell value={null} reason="metrics are off" label="read" />)
    expect([cell.textContent, cell.title]).toEqual(['not reported', 'metrics are off'])
  })
  it('shows zero as a number', () => expect(draw(<RecordsCell value={0} reason="" label="read" />).textContent).toBe('0'))
  it('keeps the exact number at hand', () => expect(draw(<RecordsCell value={1234567} reason="" label="written" />).title).toBe('1\u202f234\u202f567 records written'))
})

describe('MeterCell and NowCell', () => {
  it('tell a job that is not running from a value that is not reported', () => {
    expect(draw(<MeterCell value={undefined} idle name="CPU" />).querySelector('[aria-label="not running"]')).not.toBeNull()
    expect(draw(<MeterCell value={null} idle={false} name="CPU" />).querySelector('abbr')?.title).toBe('not reported')
  })
  it('warn near the end of the scale', () => {
    expect(draw(<MeterCell value={0.95} idle={false} name="memory" />).querySelector('.meter-high')).not.toBeNull()
    expect(draw(<MeterCell value={0.5} idle={false} name="memory" />).querySelector('.meter-high')).toBeNull()
  })
  it('show no executors as zero', () => expect(draw(<NowCell value={0} idle={false} />).textContent).toBe('0'))
})

describe('DurationCell', () => {
  const bar = (cell: HTMLElement): string => cell.querySelector('.bullet-bar')?.getAttribute('d') ?? ''
  it('puts the typical duration in the middle', () => expect(bar(draw(<DurationCell last={run(0, 10)} typical={600} />))).toBe('M0 3.5H46.0'))
  it('ends at twice the typical duration, and says the ratio', () => {
    const cell = draw(<DurationCell last={run(0, 50)} typical={600} />)
    expect(bar(cell)).toBe('M0 3.5H92.0')
    expect(cell.textContent).toContain('5.0×')
  })
  it('compares with nothing when nothing is typical yet', () => {
    const cell = draw(<DurationCell last={run(0, 50)} typical={null} />)
    expect(cell.querySelector('.bullet-mark')).toBeNull()
    expect(cell.textContent).toBe('50m')
  })
  it('says when there was no run', () => expect(draw(<DurationCell last={undefined} typical={600} />).textContent).toBe('no run'))
})
