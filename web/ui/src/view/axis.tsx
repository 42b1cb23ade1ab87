// The shared time axis: labels above the rows, lines behind them.

import { useEffect, useRef } from 'preact/hooks'
import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { scaleOf, spanText, ticksOf, clockText, zoneName } from '../model/time'
import type { Sort } from '../model/jobs'
import { axis, now, span } from '../state/data'
import { cursor, stripWidth } from '../state/grid'
import { change, view, zone } from '../state/view'

const TITLES: Record<Sort, string> = {
  need: 'most urgent first',
  name: 'by name',
  duration: 'longest against typical first',
  read: 'most records read first',
  written: 'most records written first',
}

/** Room that a label needs; nearer to the end it would be cut. */
const LABEL_WIDTH = 38

export function AxisHead(): JSX.Element {
  return (
    <div role="rowgroup" class="axis">
      <div role="row" class="cols axis-row" aria-rowindex={1}>
        <div role="columnheader" class="head head-job" aria-sort={sorted('name') ?? sorted('need')}>
          <span class="head-sort">
            <SortButton sort="need" label="Need" /> <SortButton sort="name" label="Job" />
          </span>
        </div>
        <TimeHead />
        <div role="columnheader" class="head head-dur" aria-sort={sorted('duration')}>
          <span>last run</span>
          <SortButton sort="duration" label="vs typical" />
        </div>
        <div role="columnheader" class="head head-num" aria-sort={sorted('read')}>
          <span>records</span>
          <SortButton sort="read" label="read" />
        </div>
        <div role="columnheader" class="head head-num head-written" aria-sort={sorted('written')}>
          <span>records</span>
          <SortButton sort="written" label="written" />
        </div>
        <NowHead label="exec" full="executors" />
        <NowHead label="CPU" full="CPU load" />
        <NowHead label="mem" full="driver and executor heap" />
      </div>
    </div>
  )
}

function NowHead({ label, full }: { label: string; full: string }): JSX.Element {
  const live = view.value.range.live !== null
  return (
    <div role="columnheader" class="head head-now" title={`${full} ${live ? 'now' : 'at the end of the range'}`}>
      <span>{live ? 'now' : 'at end'}</span>
      <abbr>{label}</abbr>
    </div>
  )
}

const sorted = (sort: Sort): 'descending' | 'ascending' | undefined =>
  view.value.sort === sort ? (sort === 'name' ? 'ascending' : 'descending') : undefined

function SortButton({ sort, label }: { sort: Sort; label: string }): JSX.Element {
  const on = view.value.sort === sort
  return (
    <button type="button" class={on ? 'sort sort-on' : 'sort'} title={TITLES[sort]} aria-pressed={on} onClick={() => change({ sort: on ? 'need' : sort })}>
      {label}
      <span class="sort-mark" aria-hidden="true">{on ? (sort === 'name' ? '↑' : '↓') : ''}</span>
    </button>
  )
}

function TimeHead(): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const observer = new ResizeObserver((entries) => {
      stripWidth.value = Math.floor(entries[0]?.contentRect.width ?? 0)
    })
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  const window = axis.value
  const x = window ? scaleOf(window, stripWidth.value) : null
  return (
    <div role="columnheader" class="head head-time" ref={box}>
      <span class="head-range">{span.value ? `${spanText(span.value, zone.value, now.value)} ${zoneName(zone.value, span.value.to)}` : 'Runs'}</span>
      <span class="ticks" aria-hidden="true">
        {window && x &&
          ticksOf(window, stripWidth.value, zone.value).map((t) => (
            <span key={t.t} class={t.major ? 'tick tick-major' : 'tick'} style={{ left: `${x(t.t)}px` }}>
              {x(t.t) < stripWidth.value - LABEL_WIDTH && t.label}
            </span>
          ))}
        <CursorLabel />
      </span>
    </div>
  )
}

/** Left offset of a time in the strip; null when outside. */
function useOffset(time: () => number | null): number | null {
  return useComputed(() => {
    const [window, t] = [axis.value, time()]
    if (!window || t === null || t < window.from || t > window.to) return null
    return scaleOf(window, stripWidth.value)(t)
  }).value
}

function CursorLabel(): JSX.Element | null {
  const left = useOffset(() => cursor.value)
  if (left === null || cursor.value === null) return null
  return (
    <span class="tick tick-cursor" style={{ left: `${left}px` }}>
      {clockText(cursor.value, zone.value, false)}
    </span>
  )
}

/** Lines behind load and rows: ticks, now, pointer. */
export function Lines(): JSX.Element {
  const window = axis.value
  const x = window ? scaleOf(window, stripWidth.value) : null
  return (
    <div class="lines cols" aria-hidden="true">
      <div class="lines-time">
        {window && x &&
          ticksOf(window, stripWidth.value, zone.value).map((t) => (
            <i key={t.t} class={t.major ? 'line line-major' : 'line'} style={{ left: `${x(t.t)}px` }} />
          ))}
        <NowLine />
        <CursorLine />
      </div>
    </div>
  )
}

function NowLine(): JSX.Element | null {
  const left = useOffset(() => now.value)
  return left === null ? null : <i class="line line-now" style={{ left: `${left}px` }} />
}

function CursorLine(): JSX.Element | null {
  const left = useOffset(() => cursor.value)
  return left === null ? null : <i class="line line-cursor" style={{ left: `${left}px` }} />
}
