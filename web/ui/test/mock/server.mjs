// Stands in for the Go server while the page is developed: same endpoints, cookie, ETags and CSP, fixture data.
// node test/mock/server.mjs [port]; MOCK_SCALE=10 for 600 jobs.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { Answers } from './answers.mjs'

const DIST = new URL('../../../dist/', import.meta.url)
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export function serve({ port = 0, token = 'mock-token', scale = 1, silent = false } = {}) {
  const answers = new Answers({ scale, silent })
  const server = createServer((req, res) => {
    handle(req, res, answers, token).catch((err) => send(res, 500, problem('internal', String(err), '')))
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

async function handle(req, res, answers, token) {
  const url = new URL(req.url, 'http://mock')
  res.setHeader('content-security-policy', CSP)
  if (url.pathname === '/' && url.searchParams.has('token')) return signIn(res, url, token)
  if (!url.pathname.startsWith('/api/v1/')) return file(res, url.pathname)
  const path = url.pathname.slice('/api/v1/'.length)
  if (path === 'session') return session(req, res, token)
  if (!(req.headers.cookie ?? '').includes(`limno_session=${token}`)) {
    return send(res, 401, problem('unauthenticated', 'no session', 'Open the address that the server printed.'))
  }
  if (tooLong(url.searchParams)) return send(res, 400, problem('invalid', 'the range is longer than 31 days', 'ask for a shorter range'))
  const body = answerFor(path, url.searchParams, answers)
  return body ? json(req, res, body) : send(res, 404, problem('not_found', 'no such run', 'It may be older than the kept history.'))
}

const tooLong = (q) => Date.parse(q.get('to') ?? '') - Date.parse(q.get('from') ?? '') > 31 * 86_400_000

function answerFor(path, q, answers) {
  if (path === 'status') return answers.status()
  if (path === 'fleet') return answers.fleet(q)
  if (path === 'load') return answers.load(q)
  return path.startsWith('runs/') ? answers.run(decodeURIComponent(path.slice(5)), q) : null
}

function signIn(res, url, token) {
  const good = url.searchParams.get('token') === token
  url.searchParams.delete('token')
  res.writeHead(303, { location: url.pathname + url.search, ...(good ? { 'set-cookie': cookie(token) } : {}) })
  res.end()
}

const cookie = (token) => `limno_session=${token}; HttpOnly; SameSite=Strict; Path=/`

async function session(req, res, token) {
  if (req.method === 'DELETE') return res.writeHead(204, { 'set-cookie': cookie('') }).end()
  let body = ''
  for await (const chunk of req) body += chunk
  if (JSON.parse(body || '{}').token !== token) return send(res, 401, problem('unauthenticated', 'the token is not right', 'It is in the file admin-token of the data directory.'))
  res.writeHead(204, { 'set-cookie': cookie(token) })
  res.end()
}

const problem = (code, message, hint) => ({ code, message, hint })

function json(req, res, body) {
  const text = JSON.stringify(body)
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  res.setHeader('etag', etag)
  if (req.headers['if-none-match'] === etag) return res.writeHead(304).end()
  return send(res, 200, text)
}

function send(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function file(res, pathname) {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1)
  if (!/^[\w.-]+$/.test(name)) return send(res, 404, problem('not_found', 'no such file', ''))
  try {
    const bytes = await readFile(new URL(name, DIST))
    res.writeHead(200, { 'content-type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream' })
    res.end(bytes)
  } catch {
    send(res, 404, problem('not_found', 'no such file', ''))
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const server = await serve({ port: Number(process.argv[2] ?? 8099), scale: Number(process.env.MOCK_SCALE ?? 1) })
  console.log(`http://127.0.0.1:${server.address().port}/?token=mock-token`)
}
