// Arithmetic on the buckets of the load.

import type { Load } from '../api/types'
import { MINUTE, type Span } from './time'

const SHORTEST = 5 * MINUTE

export function timesOf(load: Load): number[] {
  const from = Date.parse(load.from)
  return load.executors.map((_, i) => from + i * load.step_s * 1000)
}

/** A sum of each bucket as a rate, so that ranges with other bucket sizes compare. */
export function perMinute(values: readonly (number | null)[], stepSeconds: number): (number | null)[] {
  return values.map((v) => (v === null ? null : (v * 60) / stepSeconds))
}

export function peakOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((a, v) => (v !== null && (a === null || v > a) ? v : a), null)
}

export function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((v) => v !== null) ?? null
}

/** Value of the bucket that holds t; null outside the buckets or where nothing was reported. */
export function loadAt(times: readonly number[], values: readonly (number | null)[], t: number): number | null {
  const step = (times[1] ?? 0) - (times[0] ?? 0)
  const i = times.findLastIndex((x) => x <= t)
  if (i < 0 || (step > 0 && t >= (times[i] as number) + step)) return null
  return values[i] ?? null
}

/** A brushed stretch as a range: not past now, and at least five minutes long. */
export function brushed(from: number, to: number, now: number): Span {
  const present = Math.ceil(now / MINUTE) * MINUTE
  const end = Math.min(Math.max(to, from + SHORTEST), present)
  return { from: Math.min(from, end - SHORTEST), to: end }
}

/** "1 min", "15 min", "3 h". */
export function stepText(stepSeconds: number): string {
  return stepSeconds < 3600 ? `${Math.round(stepSeconds / 60)} min` : `${Math.round(stepSeconds / 3600)} h`
}
