// The line that is always on screen: what this is, how old the data is, how the connection is.

import type { JSX } from 'preact'
import { roughly, clockText, momentText, MINUTE, zoneName } from '../model/time'
import { percentText } from '../model/format'
import { asOf, newest, now, offlineSince, progress, signedOut, stale } from '../state/data'
import { theme, toggleTheme } from '../state/prefs'
import { helpOpen } from '../state/ui'
import { view, zone } from '../state/view'
import { Icon, Mark } from './icons'

export function Header(): JSX.Element {
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <span class="brand-name">Limnograph</span>
        <h1>Fleet</h1>
      </div>
      <AsOf />
      <div class="top-end">
        <ProgressText />
        <Connection />
        <button type="button" class="quiet-button" onClick={toggleTheme} aria-label={`Switch to ${other()} theme`} title={`${capital(other())} theme (d)`}>
          <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button type="button" class="quiet-button" onClick={() => (helpOpen.value = true)} aria-label="Keyboard help" title="Keyboard help (?)">
          <kbd>?</kbd>
        </button>
      </div>
      <ProgressBar />
    </header>
  )
}

const other = (): string => (theme.value === 'dark' ? 'light' : 'dark')
const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)

function AsOf(): JSX.Element {
  const [at, newestAt] = [asOf.value, newest.value]
  if (at === null) return <p class="as-of as-of-none">{signedOut.value ? '' : 'no data yet'}</p>
  const late = stale.value && view.value.range.live !== null
  return (
    <p class={late ? 'as-of as-of-stale' : 'as-of'}>
      {late && <Icon name="warn" />}
      <span>
        <span class="wide-only">data </span>as of <b>{momentText(at, zone.value, now.value, true)}</b> {zoneName(zone.value, at)}
      </span>
      {newestAt !== null && (
        <span class="as-of-more">
          newest datapoint {clockText(newestAt, zone.value, false)}
          {late ? `, nothing new for ${roughly(now.value - newestAt)}` : ageText(now.value - newestAt)}
        </span>
      )}
    </p>
  )
}

const ageText = (age: number): string => (age < MINUTE ? '' : `, ${roughly(age)} old`)

function Connection(): JSX.Element {
  const since = offlineSince.value
  const kind = since !== null ? 'off' : signedOut.value ? 'out' : view.value.range.live === null ? 'still' : 'live'
  const text = { off: `offline since ${clockText(since ?? 0, zone.value, false)}`, out: 'signed out', still: 'fixed range', live: 'live' }[kind]
  return (
    <p class={`connection connection-${kind}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </p>
  )
}

function ProgressText(): JSX.Element | null {
  const p = progress.value
  if (!p) return null
  return (
    <p class="progress-text">
      <b>{p.label}</b> {p.detail || percentText(p.done)}
    </p>
  )
}

function ProgressBar(): JSX.Element | null {
  const p = progress.value
  if (!p) return null
  return <progress class="progress" max={1} value={p.done} aria-label={`${p.label}: ${p.detail}`} />
}
