// The time axis: windows, scales, ticks and clock texts. Times are milliseconds since the epoch.

export type Zone = 'utc' | 'local'

export interface Span {
  from: number
  to: number
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((m) => m * MINUTE)

/** Offset to add to a time so that its UTC fields read as the zone's clock. */
export function offsetOf(t: number, zone: Zone): number {
  return zone === 'utc' ? 0 : -new Date(t).getTimezoneOffset() * MINUTE
}

/** A function from time to pixels over the window. */
export function scaleOf(span: Span, width: number): (t: number) => number {
  const k = width / Math.max(1, span.to - span.from)
  return (t) => (t - span.from) * k
}

export interface Tick {
  t: number
  label: string
  /** First tick of a day: labelled with the date. */
  major: boolean
}

/** Round ticks, at least `gap` pixels apart, aligned to the zone's midnight. */
export function ticksOf(span: Span, width: number, zone: Zone, gap = 62): Tick[] {
  const perPixel = (span.to - span.from) / Math.max(1, width)
  const step = STEPS.find((s) => s >= perPixel * gap) ?? (STEPS[STEPS.length - 1] as number)
  const first = Math.ceil((span.from + offsetOf(span.from, zone)) / step) * step
  const ticks: Tick[] = []
  for (let local = first; ; local += step) {
    const t = local - offsetOf(local - offsetOf(local, zone), zone)
    if (t > span.to || ticks.length > 500) return ticks
    const major = local % DAY === 0
    ticks.push({ t, major, label: major ? dayText(t, zone) : clockText(t, zone, false) })
  }
}

function shifted(t: number, zone: Zone): Date {
  return new Date(t + offsetOf(t, zone))
}

const two = (n: number): string => String(n).padStart(2, '0')

/** "09:41:23", or "09:41" without seconds. */
export function clockText(t: number, zone: Zone, seconds = true): string {
  const d = shifted(t, zone)
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
  return seconds ? `${hm}:${two(d.getUTCSeconds())}` : hm
}

/** "24 Nov". */
export function dayText(t: number, zone: Zone): string {
  const d = shifted(t, zone)
  return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]}`
}

/** The clock, with the day in front when it is not the day of `today`. */
export function momentText(t: number, zone: Zone, today: number, seconds = false): string {
  const day = dayText(t, zone)
  const clock = clockText(t, zone, seconds)
  return day === dayText(today, zone) ? clock : `${day} ${clock}`
}

function yearOf(t: number, zone: Zone): number {
  return shifted(t, zone).getUTCFullYear()
}

/** "24 Nov 09:41 – 11:02", the day repeated only when it changes, the year told when an end lies outside of this one. */
export function spanText(span: Span, zone: Zone, today: number): string {
  const far = [span.from, span.to].some((t) => yearOf(t, zone) !== yearOf(today, zone))
  const [a, b] = [span.from, span.to].map((t) => (far ? `${dayText(t, zone)} ${yearOf(t, zone)}` : dayText(t, zone)))
  const to = clockText(span.to, zone, false)
  return `${a} ${clockText(span.from, zone, false)} – ${a === b ? to : `${b} ${to}`}`
}

/** "UTC", or what people call the local zone at that time: "CET", "GMT+5:30". */
export function zoneName(zone: Zone, t: number): string {
  if (zone === 'utc') return 'UTC'
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(t)
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? 'local'
}

const SAID = new RegExp(`(?:(\\d{1,2}) (${MONTHS.join('|')}) )?(\\d\\d):(\\d\\d) UTC`, 'g')

/** Text of the server with its times, "11:35 UTC" and "2 Jan 11:35 UTC", told by the zone's clock. `at` is when it was written. */
export function inZone(text: string, zone: Zone, at: number): string {
  if (zone === 'utc') return text
  return text.replace(SAID, (_, day: string | undefined, month: string | undefined, hour: string, minute: string) => {
    const today = new Date(at)
    const date = day && month ? [MONTHS.indexOf(month), Number(day)] as const : [today.getUTCMonth(), today.getUTCDate()] as const
    const t = Date.UTC(today.getUTCFullYear(), ...date, Number(hour), Number(minute))
    // Written in January about December.
    const meant = day && t > at + 31 * DAY ? Date.UTC(today.getUTCFullYear() - 1, ...date, Number(hour), Number(minute)) : t
    return momentText(meant, zone, at)
  })
}

/** Value of a datetime-local input, "2026-11-24T09:41". */
export function inputText(t: number, zone: Zone): string {
  return shifted(t, zone).toISOString().slice(0, 16)
}

/** The time that a datetime-local value means in the zone; null when it is not one. */
export function parseInput(text: string, zone: Zone): number | null {
  const local = Date.parse(`${text}Z`)
  if (Number.isNaN(local)) return null
  return local - offsetOf(local - offsetOf(local, zone), zone)
}

/** "just now", "42 s", "12 min", "3 h", "2 d": how long a stretch of time is, roughly. */
export function roughly(ms: number): string {
  if (ms < 10 * SECOND) return 'moments'
  if (ms < 90 * SECOND) return `${Math.round(ms / SECOND)} s`
  if (ms < 90 * MINUTE) return `${Math.round(ms / MINUTE)} min`
  if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`
  return `${Math.round(ms / DAY)} d`
}
