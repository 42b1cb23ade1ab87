// Numbers as people read them. Null is said in words, never as zero.

export const NOT_REPORTED = 'not reported'
export const NO_RUNS = 'no runs'

/** "<1m", "42s", "7m 12s", "8m", "1h 04m", "2d 03h". Nothing measured is less than a minute, not zero. */
export function durationText(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s === 0) return '<1m'
  if (s < 60) return `${s}s`
  if (s < 3600) return s % 60 === 0 ? `${s / 60}m` : `${Math.floor(s / 60)}m ${pad(s % 60)}s`
  if (s < 86400) return `${Math.floor(s / 3600)}h ${pad(Math.floor((s % 3600) / 60))}m`
  return `${Math.floor(s / 86400)}d ${pad(Math.floor((s % 86400) / 3600))}h`
}

const pad = (n: number): string => String(n).padStart(2, '0')

const UNITS: [number, string][] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** Three significant digits: "980", "12.3 k", "1.23 M". */
export function compactText(n: number): string {
  const size = Math.abs(n)
  for (const [unit, letter] of UNITS) {
    // 999,500 rounds up to the next unit: "1.00 M", not "1000 k".
    if (size >= unit * 0.9995 && (unit > 1e3 || size >= 1e3)) return `${digits(n / unit)}\u202f${letter}`
  }
  return size >= 100 ? n.toFixed(0) : String(Math.round(n * 10) / 10)
}

function digits(x: number): string {
  const size = Math.abs(x)
  if (size >= 99.95) return x.toFixed(0)
  return size >= 9.995 ? x.toFixed(1) : x.toFixed(2)
}

/** "1 234 567" with thin spaces. */
export function exactText(n: number): string {
  const [whole, part] = String(n).split('.')
  const grouped = (whole as string).replace(/\B(?=(\d{3})+$)/g, '\u202f')
  return part === undefined ? grouped : `${grouped}.${part.slice(0, 2)}`
}

/** Compact, or "not reported". */
export function countText(n: number | null): string {
  return n === null ? NOT_REPORTED : compactText(n)
}

/** "41 %" of a share of 1. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)}\u202f%`
}

/** "1.8×" of the typical duration; null when there is no typical. */
export function ratioOf(duration: number, typical: number | null): number | null {
  return typical === null || typical <= 0 ? null : duration / typical
}

export function ratioText(ratio: number): string {
  return ratio >= 9.95 ? `${ratio.toFixed(0)}×` : `${ratio.toFixed(1)}×`
}

/** "1 run", "2 runs". */
export function plural(n: number, noun: string): string {
  return `${exactText(n)} ${noun}${n === 1 ? '' : 's'}`
}
