// The durations of a job's runs in range, oldest to newest, against the typical one.

import type { JSX } from 'preact'
import type { Job } from '../api/types'
import { durationText } from '../model/format'
import { trendOf } from '../model/trend'
import { open, openIndex, siblings } from '../state/open'

const WIDTH = 432
const HEIGHT = 52

export function Trend({ job }: { job: Job }): JSX.Element {
  const { bars, typicalY, max, first } = trendOf(siblings.value, job.typical_duration_s, openIndex.value, WIDTH, HEIGHT)
  const shown = siblings.value.slice(first, first + bars.length)
  return (
    <figure class="trend">
      <figcaption>
        <b>{bars.length === siblings.value.length ? 'Durations in range' : `Durations of ${bars.length} runs`}</b>
        <span>{job.typical_duration_s !== null && <>typical {durationText(job.typical_duration_s)} (dashed), </>}longest {durationText(max)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img"
        aria-label={`Durations from oldest to newest: ${shown.map((r) => durationText(r.run.duration_s)).join(', ')}`}>
        {bars.map((b, i) => {
          const run = shown[i]?.run
          if (!run) return null
          const tone = `trend-bar trend-${run.phase}${first + i === openIndex.value ? ' trend-open' : ''}`
          return (
            <g key={run.run_id} onClick={() => open(job, run.run_id)}>
              <rect class="trend-target" x={b.x - 1} y={0} width={b.width + 2} height={HEIGHT} />
              <rect class={tone} x={b.x} y={HEIGHT - b.height} width={b.width} height={b.height} />
            </g>
          )
        })}
        {typicalY !== null && <path class="trend-typical" d={`M0 ${typicalY}H${WIDTH}`} />}
      </svg>
    </figure>
  )
}
