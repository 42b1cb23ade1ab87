// Load and runs on one time axis.

import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import type { Need } from '../api/types'
import { exactText } from '../model/format'
import { NEED_MEANING, NEEDS } from '../model/need'
import { PHASE_LABEL, PHASE_SHORT, PHASES } from '../model/phase'
import { computing, needCounts, outdated, pending, rows } from '../state/data'
import { middle, narrow } from '../state/grid'
import { loadTable } from '../state/ui'
import { change, view } from '../state/view'
import { AxisHead, Lines } from './axis'
import { NoRows } from './empty'
import { Icon, NeedGlyph, SlowSample, StateSample } from './icons'
import { LoadRows } from './load'
import { Rows } from './rows'

const NARROW = matchMedia('(max-width: 760px)')
const MIDDLE = matchMedia('(max-width: 980px)')

export function Board(): JSX.Element {
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    const follow = (): void => {
      narrow.value = NARROW.matches
      middle.value = MIDDLE.matches
    }
    follow()
    for (const query of [NARROW, MIDDLE]) query.addEventListener('change', follow)
    return () => {
      for (const query of [NARROW, MIDDLE]) query.removeEventListener('change', follow)
    }
  }, [])
  return (
    <section ref={box} class={boardClass()} aria-labelledby="runs" aria-busy={pending.value}>
      <BoardBar />
      <div class="board-time">
        <Lines />
        <LoadRows />
        <div role="grid" class="grid" data-grid aria-labelledby="runs" aria-rowcount={rows.value.length + 1} aria-colcount={8}>
          <AxisHead />
          <Rows />
        </div>
      </div>
      {rows.value.length === 0 && (computing.value || !pending.value) && <NoRows />}
      <div class={pending.value ? 'loading loading-on' : 'loading'} aria-hidden="true" />
    </section>
  )
}

/** Runs that are not asked for step back; all do while the answer for another range is awaited. */
function boardClass(): string {
  const marks = view.value.has.filter((h) => h !== 'late').map((h) => `marks-${h}`)
  return ['board', outdated.value ? 'board-outdated' : '', ...(marks.length ? ['marks', ...marks] : [])].filter(Boolean).join(' ')
}

function BoardBar(): JSX.Element {
  return (
    <div class="board-bar">
      <h2 id="runs" tabIndex={-1}>
        Runs by job
      </h2>
      <div class="chips" role="group" aria-label="Show only jobs that are">
        {NEEDS.map((need) => (
          <Chip key={need} need={need} />
        ))}
      </div>
      <ul class="legend" aria-label="Legend">
        {PHASES.map((phase) => (
          <li key={phase} title={PHASE_LABEL[phase]}>
            <StateSample phase={phase} /> {PHASE_SHORT[phase]}
          </li>
        ))}
        <li title="marked from the typical duration on">
          <SlowSample /> slow
        </li>
      </ul>
      <button type="button" class="text-button table-button" aria-pressed={loadTable.value} onClick={() => (loadTable.value = !loadTable.value)}>
        <Icon name="table" /> Load table
      </button>
    </div>
  )
}

function Chip({ need }: { need: Need }): JSX.Element {
  const on = view.value.needs.includes(need)
  const count = needCounts.value[need]
  return (
    <button type="button" class={count ? 'chip' : 'chip chip-zero'} aria-pressed={on} title={NEED_MEANING[need]} onClick={() => toggle(need)}>
      <NeedGlyph need={need} />
      {need} <b>{computing.value ? '–' : exactText(count)}</b>
    </button>
  )
}

function toggle(need: Need): void {
  const { needs } = view.value
  const next = needs.includes(need) ? needs.filter((n) => n !== need) : [...needs, need]
  change({ needs: NEEDS.filter((n) => next.includes(n)) })
}
