import type { ApiErrorBody } from './types'

/** A refusal by the server, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message)
  }
}

/** No answer at all: the server is down or the network is. */
export class Unreachable extends Error {}

export interface Answer<T> {
  value: T
  /** False when the server said 304: value is the same object as last time. */
  changed: boolean
  /** The server's clock, when it sent one. */
  date: number | null
}

interface Kept {
  etag: string
  value: unknown
}

const KEEP = 48

/** Client asks the API by GET with ETags and keeps the last answers for a 304. */
export class Client {
  private readonly kept = new Map<string, Kept>()

  constructor(
    private readonly base: string,
    private readonly fetcher: typeof fetch,
  ) {}

  async get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
    const kept = this.kept.get(path)
    const headers: Record<string, string> = { accept: 'application/json' }
    if (kept) headers['if-none-match'] = kept.etag
    const res = await this.send(path, { headers, cache: 'no-store', ...(signal ? { signal } : {}) })
    const date = parseDate(res.headers.get('date'))
    if (res.status === 304 && kept) return { value: kept.value as T, changed: false, date }
    if (!res.ok) throw await failure(res)
    const value = (await res.json()) as T
    this.keep(path, res.headers.get('etag'), value)
    return { value, changed: true, date }
  }

  async post(path: string, body: unknown): Promise<void> {
    const res = await this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!res.ok) throw await failure(res)
  }

  async delete(path: string): Promise<void> {
    const res = await this.send(path, { method: 'DELETE' })
    if (!res.ok) throw await failure(res)
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetcher(this.base + path, { ...init, credentials: 'same-origin' })
    } catch (err) {
      if (init.signal?.aborted) throw err
      throw new Unreachable('the server did not answer')
    }
  }

  private keep(path: string, etag: string | null, value: unknown): void {
    this.kept.delete(path)
    if (etag) this.kept.set(path, { etag, value })
    while (this.kept.size > KEEP) this.kept.delete(this.kept.keys().next().value as string)
  }
}

function parseDate(text: string | null): number | null {
  const t = text ? Date.parse(text) : NaN
  return Number.isNaN(t) ? null : t
}

async function failure(res: Response): Promise<ApiError> {
  let body: Partial<ApiErrorBody> = {}
  try {
    body = (await res.json()) as Partial<ApiErrorBody>
  } catch {
    // Not JSON: a proxy answered. The status has to do.
  }
  return new ApiError(
    res.status,
    body.code ?? `http_${res.status}`,
    body.message ?? `the server answered ${res.status}`,
    body.hint ?? (res.status >= 500 ? 'The log of the server names the cause.' : ''),
  )
}
