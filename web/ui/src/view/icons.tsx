// Drawn signs. All are decoration: the words stand beside them or in a label.

import type { JSX } from 'preact'
import type { Need, Phase, Run } from '../api/types'
import { NEED_GLYPH } from '../model/need'
import { markOf } from '../model/phase'

export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <rect width="20" height="20" rx="4.5" class="mark-ground" />
      <path d="M3 12.5c2 0 2-5 4-5s2 7 4 7 2-9.5 4-9.5 1.5 2 2 2" class="mark-trace" />
      <path d="M3 16.5h14" class="mark-level" />
    </svg>
  )
}

export function NeedGlyph({ need }: { need: Need }): JSX.Element {
  const glyph = NEED_GLYPH[need] ?? NEED_GLYPH.quiet
  return (
    <svg class={`glyph need-${need}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {glyph.fill && <path class="glyph-fill" d={glyph.fill} />}
      {glyph.cut && <path class="glyph-cut" d={glyph.cut} />}
      {glyph.stroke && <path class="glyph-stroke" d={glyph.stroke} />}
    </svg>
  )
}

const SAMPLE: Record<Phase, string> = {
  succeeded: 'M3 5.5h8v9H3z',
  stopped: 'M3 6.5h8v9H3z',
  ended: 'M3.5 6h7v8h-7z',
  running: 'M3.5 6h7v8h-7z',
  starting: 'M3.5 7h7v6h-7z',
  queued: 'M3.5 8h7v4h-7z',
  failed: 'M3 6.5h8v11H3z',
}

/** A run as the matrix draws it, for the legend and the panel. Without a state it is the usual one of the phase. */
export function StateSample({ phase, state = phase.toUpperCase() }: { phase: Phase; state?: string }): JSX.Element {
  const mark = markOf({ phase, state })
  return (
    <svg class="sample" viewBox="0 0 14 18" width="14" height="18" aria-hidden="true">
      <path class={`bar bar-${phase}`} d={SAMPLE[phase] ?? SAMPLE.ended} />
      {mark && <path class={phase === 'failed' ? 'cross' : 'stop'} d={`M7 3${mark}`} />}
    </svg>
  )
}

export function RunSample({ run }: { run: Pick<Run, 'phase' | 'state'> }): JSX.Element {
  return <StateSample phase={run.phase} state={run.state} />
}

export function LeadSample(): JSX.Element {
  return (
    <svg class="sample" viewBox="0 0 14 18" width="14" height="18" aria-hidden="true">
      <path class="bar bar-lead" d="M0 8h6v4H0z" />
      <path class="bar bar-succeeded" d="M6 5.5h8v9H6z" />
    </svg>
  )
}

export function SlowSample(): JSX.Element {
  return (
    <svg class="sample" viewBox="0 0 14 18" width="14" height="18" aria-hidden="true">
      <path class="bar bar-succeeded" d="M1 3.5h5v9H1z" />
      <path class="bar bar-over" d="M6 3.5h7v9H6z" />
      <path class="wedge" d="M7 13.5l3 4h-6z" />
    </svg>
  )
}

const PATHS = {
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  older: 'M10 3L5 8l5 5',
  newer: 'M6 3l5 5-5 5',
  table: 'M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 3v10',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v2.5M10.5 2v2.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  warn: 'M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.8v.1',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2',
} as const

export function Icon({ name }: { name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
