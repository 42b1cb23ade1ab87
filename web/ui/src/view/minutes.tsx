// The minutes of a run: one chart a series, one cursor over all.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import uPlot from 'uplot'
import type { Job, RunSeries } from '../api/types'
import { compactText, NOT_REPORTED, percentText } from '../model/format'
import { whyUnreported } from '../model/describe'
import { lastOf, peakOf } from '../model/load'
import { clockText, MINUTE } from '../model/time'
import { zone } from '../state/view'
import { Plot, token } from './plot'

interface SeriesSpec {
  key: 'executors' | 'cpu' | 'heap' | 'records_read'
  name: string
  color: string
  text: (v: number) => string
  /** Upper end of the scale; null: the greatest value. */
  top: number | null
}

const SERIES: SeriesSpec[] = [
  { key: 'executors', name: 'Executors active', color: '--series-executors', text: compactText, top: null },
  { key: 'cpu', name: 'CPU load', color: '--series-cpu', text: percentText, top: 1 },
  { key: 'heap', name: 'Heap used', color: '--series-heap', text: percentText, top: 1 },
  { key: 'records_read', name: 'Records read per minute', color: '--series-records', text: compactText, top: null },
]

export function Minutes({ series, job }: { series: RunSeries; job: Job | null }): JSX.Element {
  const times = useMemo(() => series.minutes.map((m) => Date.parse(m)), [series])
  const at = useSignal<number | null>(null)
  const sync = useMemo(() => uPlot.sync(`run-${series.run_id}`), [series.run_id])
  if (times.length === 0) return <p class="minute-none">This run reported no minutes.</p>
  return (
    <section class="minutes" aria-label="Minutes of the run">
      {SERIES.map((spec) => (
        <Minute key={spec.key} spec={spec} times={times} values={series[spec.key]} at={at.value} onCursor={(i) => (at.value = i)} sync={sync} job={job} />
      ))}
      <MinuteAxis times={times} />
      <MinuteTable series={series} times={times} />
    </section>
  )
}

/** Keeps the room of the charts while the minutes are asked for. */
export function MinutesSkeleton(): JSX.Element {
  return (
    <section class="minutes" aria-label="Minutes of the run" aria-busy="true">
      <p class="sr-only">Loading the minutes of the run…</p>
      {SERIES.map((spec) => (
        <div key={spec.key} class="minute">
          <p class="minute-head">
            <b>{spec.name}</b>
          </p>
          <span class="skeleton minute-skeleton" />
        </div>
      ))}
    </section>
  )
}

interface MinuteProps {
  spec: SeriesSpec
  times: number[]
  values: (number | null)[]
  at: number | null
  onCursor: (index: number | null) => void
  sync: uPlot.SyncPubSub
  job: Job | null
}

function Minute({ spec, times, values, at, onCursor, sync, job }: MinuteProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useSignal(0)
  useEffect(() => {
    const observer = new ResizeObserver((e) => (width.value = Math.floor(e[0]?.contentRect.width ?? 0)))
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  const data = useMemo(() => [times, values] as uPlot.AlignedData, [times, values])
  const peak = peakOf(values)
  const here = at === null ? lastOf(values) : (values[at] ?? null)
  return (
    <div class="minute" ref={box}>
      <p class="minute-head">
        <b>{spec.name}</b>
        {peak !== null && (
          <span>
            {here === null ? '–' : spec.text(here)} {at === null ? 'last' : `at ${clockText(times[at] ?? 0, zone.value, false)}`} · peak {spec.text(peak)}
          </span>
        )}
      </p>
      {peak === null ? (
        <p class="minute-none">{NOT_REPORTED}{spec.key === 'records_read' && job?.records_reason ? `: ${whyUnreported(job.records_reason)}` : ' by this run'}</p>
      ) : (
        <Plot options={(w, h) => minuteOptions(w, h, spec, sync, onCursor)} data={data} width={width.value} height={58} />
      )}
    </div>
  )
}

function minuteOptions(width: number, height: number, spec: SeriesSpec, sync: uPlot.SyncPubSub, onCursor: (i: number | null) => void): uPlot.Options {
  return {
    width, height, ms: 1, padding: [4, 0, 1, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false }, sync: { key: sync.key } },
    scales: {
      x: { time: false, range: (_u, min, max) => (max > min ? [min, max] : [min - MINUTE, min + MINUTE]) },
      y: { range: (_u, _min, max) => [0, Math.max(spec.top ?? 0, max > 0 ? max : 1)] },
    },
    axes: [
      { show: false },
      { show: true, size: 0, ticks: { show: false }, values: () => [], splits: (u) => [0, (u.scales['y']?.max ?? 1) / 2, u.scales['y']?.max ?? 1],
        grid: { stroke: () => token('--line'), width: 1 } },
    ],
    series: [{}, { stroke: () => token(spec.color), fill: () => token(`${spec.color}-fill`), width: 1.5, points: { show: (u) => u.data[0].length < 3, size: 5 } }],
    hooks: { setCursor: [(u) => onCursor((u.cursor.left ?? -1) < 0 ? null : (u.cursor.idx ?? null))] },
  }
}

function MinuteAxis({ times }: { times: number[] }): JSX.Element | null {
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined) return <p class="minute-none">No minute of this run is published yet.</p>
  return (
    <p class="minute-axis">
      <span>{clockText(first, zone.value, false)}</span>
      <span>{clockText(last, zone.value, false)}</span>
    </p>
  )
}

function MinuteTable({ series, times }: { series: RunSeries; times: number[] }): JSX.Element {
  return (
    <details class="minute-table">
      <summary>Minutes as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Minute</th>
            {SERIES.map((s) => <th key={s.key} scope="col">{s.name.replace(' per minute', '')}</th>)}
          </tr>
        </thead>
        <tbody>
          {times.map((t, i) => (
            <tr key={t}>
              <th scope="row">{clockText(t, zone.value, false)}</th>
              {SERIES.map((s) => <td key={s.key}>{cell(series[s.key][i], s)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

const cell = (v: number | null | undefined, spec: SeriesSpec): string => (v === null || v === undefined ? '–' : spec.text(v))
