import { describe, expect, it } from 'vitest'
import { ApiError, Client, Unreachable } from '../../src/api/client'

/** A fetch that answers from a list and remembers what it was asked. */
function answering(...answers: (Response | Error)[]) {
  const asked: { url: string; init: RequestInit }[] = []
  const fetcher = (async (url: string, init: RequestInit) => {
    asked.push({ url, init })
    const next = answers.shift()
    if (!next || next instanceof Error) throw next ?? new Error('asked too often')
    return next
  }) as unknown as typeof fetch
  return { asked, client: new Client('/api/v1/', fetcher) }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => new Response(JSON.stringify(body), { status, headers })

describe('get', () => {
  it('sends the ETag of the last answer and gives the same object on 304', async () => {
    const { client, asked } = answering(json({ n: 1 }, 200, { etag: '"a"' }), new Response(null, { status: 304 }))
    const first = await client.get<{ n: number }>('status')
    const second = await client.get<{ n: number }>('status')
    expect(second.value).toBe(first.value)
    expect([first.changed, second.changed]).toEqual([true, false])
    expect(asked.map((a) => (a.init.headers as Record<string, string>)['if-none-match'])).toEqual([undefined, '"a"'])
  })
  it('does not send the ETag of another address', async () => {
    const { client, asked } = answering(json({}, 200, { etag: '"a"' }), json({}))
    await client.get('fleet?from=1')
    await client.get('fleet?from=2')
    expect((asked[1]?.init.headers as Record<string, string>)['if-none-match']).toBeUndefined()
  })
  it('forgets the oldest answers', async () => {
    const { client, asked } = answering(...Array.from({ length: 52 }, () => json({}, 200, { etag: '"a"' })))
    for (let i = 0; i < 51; i++) await client.get(`fleet?from=${i}`)
    await client.get('fleet?from=0')
    expect((asked[51]?.init.headers as Record<string, string>)['if-none-match']).toBeUndefined()
  })
  it('reports the clock of the server', async () => {
    const { client } = answering(json({}, 200, { date: 'Tue, 24 Nov 2026 06:00:00 GMT' }), json({}))
    expect((await client.get('status')).date).toBe(Date.parse('2026-11-24T06:00:00Z'))
    expect((await client.get('status')).date).toBeNull()
  })
})

describe('failures', () => {
  it('carry the words of the server', async () => {
    const { client } = answering(json({ code: 'invalid', message: 'no such range', hint: 'use from before to' }, 400))
    await expect(client.get('fleet')).rejects.toMatchObject({ status: 400, code: 'invalid', message: 'no such range', hint: 'use from before to' })
  })
  it('are still told when a proxy answers in HTML', async () => {
    const { client } = answering(new Response('<h1>Bad gateway</h1>', { status: 502 }))
    const err = await client.get('fleet').catch((e: unknown) => e)
    expect(err).toBeInstanceOf(ApiError)
    expect((err as ApiError).code).toBe('http_502')
    expect((err as ApiError).hint).not.toBe('')
  })
  it('tell no answer apart from a refusal', async () => {
    const { client } = answering(new TypeError('Failed to fetch'))
    await expect(client.get('status')).rejects.toBeInstanceOf(Unreachable)
  })
  it('leave an aborted question alone', async () => {
    const abort = new AbortController()
    abort.abort()
    const { client } = answering(new DOMException('aborted', 'AbortError'))
    await expect(client.get('status', abort.signal)).rejects.toThrow('aborted')
  })
})

describe('post', () => {
  it('sends JSON', async () => {
    const { client, asked } = answering(new Response(null, { status: 204 }))
    await client.post('session', { token: 't' })
    expect(asked[0]).toMatchObject({ url: '/api/v1/session', init: { method: 'POST', body: '{"token":"t"}' } })
  })
})
