// Sign in by token.

import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { ApiError } from '../api/client'
import { client, refreshNow } from '../state/refresh'
import { signedOut } from '../state/data'
import { Empty } from './empty'
import { sentence } from './banners'

export function SignIn(): JSX.Element {
  const [error, setError] = useState('')
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
      setError(err instanceof ApiError ? `${sentence(err.message)} ${err.hint}` : 'The server does not answer.')
    }
    setBusy(false)
  }
  return (
    <Empty title="Sign in">
      <p>
        The server printed an address with a token when it started. The token is also in the file <code>admin-token</code> of its data
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
