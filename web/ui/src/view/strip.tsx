// The runs of one job over time. Drawn in a few paths; the row with the focus also has a button for each target.

import type { JSX, TargetedMouseEvent, TargetedPointerEvent } from 'preact'
import type { Job } from '../api/types'
import { describeRuns, stripText } from '../model/describe'
import { jobKey } from '../model/jobs'
import { hitAt, type Hit } from '../model/spans'
import { STRIP_HEIGHT, stripPaths, type StripPaths } from '../model/shapes'
import { axis, now } from '../state/data'
import { active, cursor, hover, runsAt, stripOf, stripWidth, type Strip } from '../state/grid'
import { openHit } from '../state/open'
import { openRun, zone } from '../state/view'
import { hideTip, showTip } from './tip'

export function StripCell({ job }: { job: Job }): JSX.Element {
  const strip = stripOf(job)
  const key = jobKey(job)
  return (
    <div role="gridcell" class="strip" onPointerMove={(e) => onMove(e, job, strip)} onPointerLeave={leave} onClick={(e) => onClick(e, job, strip)}>
      <span class="sr-only">{stripText(strip.runs)}</span>
      {strip.runs.length > 0 ? <Drawing job={job} strip={strip} /> : axis.value && <NoRuns job={job} />}
      <Outline jobKey={key} job={job} strip={strip} />
      {active.value?.job === key && strip.hits.map((hit, i) => <RunButton key={i} job={job} strip={strip} hit={hit} index={i} />)}
    </div>
  )
}

const drawn = new WeakMap<Strip, StripPaths>()

function Drawing({ job, strip }: { job: Job; strip: Strip }): JSX.Element | null {
  const [window, width] = [axis.value, stripWidth.value]
  if (!window) return null
  const paths = drawn.get(strip) ?? stripPaths(strip.runs, window, width, job.typical_duration_s)
  drawn.set(strip, paths)
  return (
    <svg class="strip-svg" width={width} height={STRIP_HEIGHT} aria-hidden="true">
      {paths.ended && <path class="bar bar-ended" d={paths.ended} />}
      {paths.lead && <path class="bar bar-lead" d={paths.lead} />}
      {paths.queued && <path class="bar bar-queued" d={paths.queued} />}
      {paths.starting && <path class="bar bar-starting" d={paths.starting} />}
      {paths.dense && <path class="bar bar-dense" d={paths.dense} />}
      {paths.succeeded && <path class="bar bar-succeeded" d={paths.succeeded} />}
      {paths.stopped && <path class="bar bar-stopped" d={paths.stopped} />}
      {paths.running && <path class="bar bar-running" d={paths.running} />}
      {paths.over && <path class="bar bar-over" d={paths.over} />}
      {paths.failed && <path class="bar bar-failed" d={paths.failed} />}
      {paths.stops && <path class="stop" d={paths.stops} />}
      {paths.crosses && <path class="cross" d={paths.crosses} />}
      {paths.wedges && <path class="wedge" d={paths.wedges} />}
    </svg>
  )
}

/** What stands in a strip without runs; for a job that never reports, what to do about it. */
function NoRuns({ job }: { job: Job }): JSX.Element {
  const remedy = job.silence?.remedy
  return remedy ? <span class="strip-none strip-remedy" title={remedy}>{remedy}</span> : <span class="strip-none">no runs in range</span>
}

/** A frame around the target under the pointer and around the open run. */
function Outline({ jobKey: key, job, strip }: { jobKey: string; job: Job; strip: Strip }): JSX.Element {
  const under = hover.value?.job === key ? strip.hits[hover.value.hit] : undefined
  const open = openRun.value
  const shown = open && open.job === job.job_name && (open.account === '' || open.account === job.account_id)
    ? strip.hits.find((h) => strip.runs.slice(h.first, h.last + 1).some((r) => r.run.run_id === open.id))
    : undefined
  return (
    <>
      {under && <span class="outline" style={frame(under)} />}
      {shown && <span class="outline outline-open" style={frame(shown)} />}
    </>
  )
}

const frame = (hit: Hit): { left: string; width: string } => ({ left: `${hit.x0 - 2.5}px`, width: `${hit.x1 - hit.x0 + 5}px` })

interface RunButtonProps {
  job: Job
  strip: Strip
  hit: Hit
  index: number
}

function RunButton({ job, strip, hit, index }: RunButtonProps): JSX.Element {
  const { title, lines } = describeRuns(job, runsAt(strip, index), zone.value, now.value)
  const here = active.value?.hit === index
  return (
    <button type="button" id={`active-run-${index}`} class="run-button" style={frame(hit)} tabIndex={here ? 0 : -1} aria-label={`${title}; ${lines.join('; ')}`}
      onFocus={(e) => onFocus(e.currentTarget, job, index)} onBlur={hideTip}
      onClick={(e) => {
        e.stopPropagation()
        openHit(job, index)
      }} />
  )
}

function onFocus(button: HTMLElement, job: Job, index: number): void {
  if (active.value?.hit !== index) active.value = { job: jobKey(job), hit: index }
  if (button.matches(':focus-visible')) showTip(job, index, button.getBoundingClientRect())
}

type Pointer = TargetedPointerEvent<HTMLElement> | TargetedMouseEvent<HTMLElement>

function offsetIn(e: Pointer): { x: number; box: DOMRect } {
  const box = e.currentTarget.getBoundingClientRect()
  return { x: e.clientX - box.left, box }
}

function onMove(e: TargetedPointerEvent<HTMLElement>, job: Job, strip: Strip): void {
  const window = axis.value
  if (e.pointerType === 'touch' || !window) return
  const { x, box } = offsetIn(e)
  cursor.value = window.from + (x / box.width) * (window.to - window.from)
  const index = hitAt(strip.hits, x)
  const hit = strip.hits[index]
  if (!hit) return leaveRun()
  const key = jobKey(job)
  if (hover.value?.job === key && hover.value.hit === index) return
  hover.value = { job: key, hit: index }
  showTip(job, index, new DOMRect(box.left + hit.x0, box.top, hit.x1 - hit.x0, box.height))
}

function leaveRun(): void {
  if (!hover.value) return
  hover.value = null
  hideTip()
}

function leave(): void {
  cursor.value = null
  leaveRun()
}

function onClick(e: TargetedMouseEvent<HTMLElement>, job: Job, strip: Strip): void {
  const index = hitAt(strip.hits, offsetIn(e).x, 14)
  if (index >= 0) openHit(job, index)
}
