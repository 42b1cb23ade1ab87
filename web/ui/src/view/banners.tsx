// What is wrong right now, above the data that is still there.

import type { JSX } from 'preact'
import { clockText } from '../model/time'
import { failure, fleet, offlineSince } from '../state/data'
import { refreshNow } from '../state/refresh'
import { zone } from '../state/view'
import { Icon } from './icons'

export function Banners(): JSX.Element | null {
  const since = offlineSince.value
  if (since !== null) {
    const rest = fleet.value ? 'What you see is from before; the page asks again every few seconds.' : 'The page asks again every few seconds.'
    return <Banner title={`The server does not answer since ${clockText(since, zone.value)}.`} text={rest} />
  }
  const error = failure.value
  return error ? <Banner title={`${sentence(error.message)}`} text={error.hint} code={error.code} /> : null
}

function Banner({ title, text, code }: { title: string; text: string; code?: string }): JSX.Element {
  return (
    <div class="banner" role="alert">
      <Icon name="warn" />
      <p>
        <b>{title}</b> {text} {code && <code>{code}</code>}
      </p>
      <button type="button" class="text-button" onClick={refreshNow}>
        Try now
      </button>
    </div>
  )
}

/** The server's lower-case message as a sentence. */
export function sentence(text: string): string {
  const s = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(s) ? s : `${s}.`
}
