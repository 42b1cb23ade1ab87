// The load of the range, on the time axis of the matrix. Dragging over it zooms.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import uPlot from 'uplot'
import { compactText, NO_RUNS, NOT_REPORTED } from '../model/format'
import { brushed, lastOf, loadAt, peakOf, perMinute, stepText, timesOf } from '../model/load'
import { clockText, MINUTE, momentText } from '../model/time'
import { axis, computing, load, now } from '../state/data'
import { cursor, stripWidth } from '../state/grid'
import { loadTable } from '../state/ui'
import { change, zone } from '../state/view'
import { Plot, token } from './plot'

const HEIGHT = 46

export function LoadRows(): JSX.Element {
  const l = computing.value ? null : load.value
  const times = useMemo(() => (l ? timesOf(l) : []), [l])
  const records = useMemo(() => (l ? perMinute(l.records_read, l.step_s) : []), [l])
  return (
    <div class="load">
      <LoadRow name="Executors active" unit={l ? `mean over ${stepText(l.step_s)}` : 'mean'} color="--series-executors" times={times} values={l?.executors ?? []} />
      <LoadRow name="Records read" unit="per minute" color="--series-records" times={times} values={records} />
      {loadTable.value && <LoadTable times={times} records={records} />}
    </div>
  )
}

interface LoadRowProps {
  name: string
  unit: string
  color: string
  times: number[]
  values: (number | null)[]
}

function LoadRow({ name, unit, color, times, values }: LoadRowProps): JSX.Element {
  const at = cursor.value
  const here = at === null ? lastOf(values) : loadAt(times, values, at)
  const peak = peakOf(values)
  return (
    <div class="load-row cols">
      <div class="load-name">
        <b>{name}</b>
        <span>{unit}</span>
      </div>
      <LoadPlot color={color} times={times} values={values} />
      <p class="load-facts">
        <span>
          <b>{here === null ? '–' : compactText(here)}</b> {at === null ? 'latest' : `at ${clockText(at, zone.value, false)}`}
        </span>
        <span class="load-peak">{peak === null ? absentText() : `peak ${compactText(peak)}`}</span>
      </p>
    </div>
  )
}

function LoadPlot({ color, times, values }: Omit<LoadRowProps, 'name' | 'unit'>): JSX.Element {
  const plot = useRef<uPlot | null>(null)
  const data = useMemo(() => [times, values] as uPlot.AlignedData, [times, values])
  const window = axis.value
  useEffect(() => plot.current?.setData(data), [window])
  return (
    <div class="load-plot" onDblClick={() => change({ range: { live: '24h' } })}>
      <Plot options={(w, h) => loadOptions(w, h, color)} data={data} width={stripWidth.value} height={HEIGHT} onPlot={(p) => (plot.current = p)} />
    </div>
  )
}

function loadOptions(width: number, height: number, color: string): uPlot.Options {
  return {
    width, height, ms: 1, padding: [5, 0, 1, 0],
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 5 } },
    scales: {
      x: { time: false, range: () => [axis.value?.from ?? 0, axis.value?.to ?? 1] },
      y: { range: (_u, _min, max) => [0, max > 0 ? max : 1] },
    },
    axes: [{ show: false }, { show: false }],
    series: [{}, {
      stroke: () => token(color), fill: () => token(`${color}-fill`), width: 1.25, points: { show: false },
      paths: (u, i, a, b) => (uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder)(u, i, a, b),
    }],
    hooks: { setSelect: [zoom], setCursor: [point] },
  }
}

function point(u: uPlot): void {
  const left = u.cursor.left ?? -1
  cursor.value = left >= 0 ? u.posToVal(left, 'x') : null
}

/** The brushed stretch becomes the range. */
function zoom(u: uPlot): void {
  const { left, width } = u.select
  if (width <= 0) return
  const minute = (px: number, round: (x: number) => number): number => round(u.posToVal(px, 'x') / MINUTE) * MINUTE
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  change({ range: { live: null, ...brushed(minute(left, Math.floor), minute(left + width, Math.ceil), now.peek()) } })
}

function LoadTable({ times, records }: { times: number[]; records: (number | null)[] }): JSX.Element {
  const l = computing.value ? null : load.value
  return (
    <div class="load-table" tabIndex={0} role="region" aria-label="Load as a table">
      <table>
        <caption class="sr-only">Executors active, records read and runs over the range</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Executors active</th>
            <th scope="col">Records read per minute</th>
            <th scope="col">Runs</th>
          </tr>
        </thead>
        <tbody>
          {times.map((t, i) => (
            <tr key={t}>
              <th scope="row">{momentText(t, zone.value, now.value)}</th>
              <td>{cell(l?.executors[i], l?.runs[i])}</td>
              <td>{cell(records[i], l?.runs[i])}</td>
              <td>{cell(l?.runs[i], null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function cell(n: number | null | undefined, runs: number | null | undefined): string {
  if (n !== null && n !== undefined) return compactText(n)
  return runs === 0 ? NO_RUNS : NOT_REPORTED
}

/** What stands for a peak where there is no value: the load is not known yet, nothing ran, or nothing was reported. */
function absentText(): string {
  const l = computing.value ? null : load.value
  if (!l) return ''
  return l.runs.some((n) => n !== null && n > 0) ? NOT_REPORTED : NO_RUNS
}
