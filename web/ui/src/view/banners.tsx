// What is wrong right now, above the data that is still there.

import type { JSX } from 'preact'
import { clockText } from '../model/time'
import { failure, fleet, offlineSince } from '../state/data'
import { refreshNow } from '../state/refresh'
import { change, ignored, zone } from '../state/view'
import { Icon } from './icons'

export function Banners(): JSX.Element | null {
  const since = offlineSince.value
  if (since !== null) {
    const rest = fleet.value ? 'What you see is from before; the page asks again every few seconds.' : 'The page asks again every few seconds.'
    return <Banner title={`The server does not answer since ${clockText(since, zone.value)}.`} text={rest} />
  }
  const error = failure.value
  return error ? <Banner title={sentence(error.message)} text={sentence(error.hint)} day={error.status === 400} /> : null
}

/** `day`: asking again does not help, another range does. */
function Banner({ title, text, day }: { title: string; text: string; day?: boolean }): JSX.Element {
  return (
    <div class="banner" role="alert">
      <Icon name="warn" />
      <p>
        <b>{title}</b> {text}
      </p>
      {day ? (
        <button type="button" class="text-button" onClick={() => change({ range: { live: '24h' } })}>
          Show the last 24 hours
        </button>
      ) : (
        <button type="button" class="text-button" onClick={refreshNow}>
          Try now
        </button>
      )}
    </div>
  )
}

/** What the address asked for in vain. */
export function Ignored(): JSX.Element | null {
  if (ignored.value.length === 0) return null
  return (
    <div class="banner banner-note" role="status">
      <p>
        The address holds values that are not known, so they are left out: <code>{ignored.value.join(' ')}</code>
      </p>
      <button type="button" class="text-button" onClick={() => (ignored.value = [])}>
        Dismiss
      </button>
    </div>
  )
}

/** The server's lower-case message as a sentence. */
export function sentence(text: string): string {
  if (text === '') return ''
  const s = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(s) ? s : `${s}.`
}
