// The tooltip of the matrix: one for all, for pointer and focus alike.

import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import type { Job } from '../api/types'
import { describeRuns } from '../model/describe'
import { worstPhase } from '../model/phase'
import { now } from '../state/data'
import { runsAt, stripOf } from '../state/grid'
import { zone } from '../state/view'
import { RunSample, StateSample } from './icons'

interface TipState {
  job: Job
  hit: number
  anchor: DOMRect
}

const tip = signal<TipState | null>(null)

export function showTip(job: Job, hit: number, anchor: DOMRect): void {
  tip.value = { job, hit, anchor }
}

export function hideTip(): void {
  if (tip.value) tip.value = null
}

export function Tip(): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null)
  const t = tip.value
  useLayoutEffect(() => {
    if (t && box.current) place(box.current, t.anchor)
  }, [t])
  if (!t) return null
  const runs = runsAt(stripOf(t.job), t.hit)
  if (runs.length === 0) return null
  const { title, lines } = describeRuns(t.job, runs, zone.value, now.value)
  return (
    <div ref={box} class="tip" role="tooltip">
      <p class="tip-title">
        {runs.length === 1 && runs[0] ? <RunSample run={runs[0].run} /> : <StateSample phase={worstPhase(runs.map((r) => r.run.phase))} />}
        {title}
      </p>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  )
}

/** Above the anchor, or below where there is no room; never over the edge. */
function place(box: HTMLElement, anchor: DOMRect): void {
  const { width, height } = box.getBoundingClientRect()
  const left = Math.min(innerWidth - width - 8, Math.max(8, anchor.left + anchor.width / 2 - width / 2))
  const above = anchor.top - height - 4
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(above > 96 ? above : anchor.bottom + 4)}px)`
}
