// Sign in by token.

import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { ApiError } from '../api/client'
import { client, refreshNow } from '../state/refresh'
import { greeted, signedOut } from '../state/data'
import { Empty } from './empty'
import { sentence } from './banners'

const REFUSED = 'The token in the address was refused. It may be of another server, or of another data directory.'

/** The server takes a token out of the address by a redirect, good or not: arriving by one and being signed out means that it was not. */
function refused(): boolean {
  if (greeted.value) return false
  const [arrival] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return arrival?.type === 'navigate' && arrival.redirectCount > 0
}

export function SignIn(): JSX.Element {
  const [error, setError] = useState(refused() ? REFUSED : '')
  const [busy, setBusy] = useState(false)
  const submit = async (e: SubmitEvent): Promise<void> => {
    e.preventDefault()
    const token = String(new FormData(e.currentTarget as HTMLFormElement).get('token')).trim()
    setBusy(true)
    try {
      await client.post('session', { token })
      signedOut.value = false
      refreshNow()
    } catch (err) {
      setError(err instanceof ApiError ? `${sentence(err.message)} ${sentence(err.hint)}` : 'The server does not answer.')
    }
    setBusy(false)
  }
  return (
    <Empty title="Sign in">
      <p>
        With the admin token: printed by <code>limno demo</code> with its address, or in the file <code>admin-token</code> of the data
        directory.
      </p>
      <form class="sign-in" onSubmit={(e) => void submit(e)}>
        <label class="stacked">
          Token
          <input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="token-error" />
        </label>
        <button type="submit" class="strong-button" disabled={busy}>
          Sign in
        </button>
      </form>
      <p id="token-error" class="form-error" role="alert">
        {error}
      </p>
    </Empty>
  )
}
