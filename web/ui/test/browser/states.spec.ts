import type { Page, Route } from '@playwright/test'
import { expect, jobCount, open, rows, test } from './page'

/** Changes the real answers of status and fleet on their way to the page. */
async function amend(page: Page, change: (body: Record<string, unknown>) => void): Promise<void> {
  await page.route(/\/api\/v1\/(fleet|status)/, async (route: Route) => {
    const res = await route.fetch()
    if (res.status() !== 200) return route.fulfill({ response: res })
    const body = (await res.json()) as Record<string, unknown>
    change(body)
    const { etag: _, ...headers } = res.headers()
    await route.fulfill({ status: 200, headers, json: body })
  })
}

test('without a session it asks for the token, and says when it is wrong', async ({ page, complaints }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await page.getByLabel('Token').fill('not the token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('.form-error')).not.toBeEmpty()
  await page.getByLabel('Token').fill(process.env['TOKEN'] ?? 'mock-token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('.board')).toBeVisible()
  expect(complaints.every((c) => c.includes('401'))).toBe(true)
  complaints.length = 0
})

test('says how to begin when nothing was ever delivered', async ({ page }) => {
  await amend(page, (body) => Object.assign(body, { as_of: null, newest_datapoint: null, progress: null, jobs: [], accounts: [], datasets: [], next_page_token: null }))
  await page.goto(`/?token=${process.env['TOKEN'] ?? 'mock-token'}`)
  await expect(page.getByRole('heading', { name: 'No data yet' })).toBeVisible()
  await expect(page.locator('.empty')).toContainText('/firehose/v1/')
  await expect(page.locator('.empty')).toContainText('limno demo')
})

test('says that the token of the address was refused', async ({ page, complaints }) => {
  await page.goto('/?token=wrong')
  await expect(page.locator('.form-error')).toContainText('The token in the address was refused.')
  await expect(page).not.toHaveURL(/token=/)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(page.locator('.form-error')).toBeEmpty()
  complaints.length = 0 // the browser itself reports the 401
})

test('signs out', async ({ page, complaints }) => {
  await open(page)
  await page.keyboard.press('?')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(page.locator('.form-error')).toBeEmpty()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  complaints.length = 0 // the browser itself reports the 401
})

test('draws nothing as zero until the first rows are computed', async ({ page }) => {
  let early = true
  await page.route(/\/api\/v1\/fleet/, async (route: Route) => {
    const res = await route.fetch()
    const body = (await res.json()) as Record<string, unknown>
    const none = { as_of: null, jobs: [], accounts: [], datasets: [], next_page_token: null, summary: { jobs: 0, runs: 0, failed: 0, running: 0, queued: 0, slow: 0, late: 0, records_read: null, records_written: null } }
    await route.fulfill({ json: early ? { ...body, ...none } : body })
  })
  await page.goto(`/?token=${process.env['TOKEN'] ?? 'mock-token'}`)
  await expect(page.getByRole('heading', { name: 'First rows are being computed' })).toBeVisible()
  await expect(page.locator('.board .empty')).toContainText('within seconds')
  await expect(page.locator('.tiles .skeleton')).toHaveCount(8)
  await expect(page.locator('.tiles, .chips, .load').getByText(/\b0\b/)).toHaveCount(0)
  early = false
  await expect(rows(page).first()).toBeVisible({ timeout: 3000 })
  await expect(page.locator('.tiles .skeleton')).toHaveCount(0)
})

test('waits for the list before it says that a run is not in it', async ({ page }) => {
  await open(page)
  await rows(page).first().getByRole('rowheader').click()
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(/\/api\/v1\/fleet/, async (route: Route) => {
    await held
    await route.continue()
  })
  await page.reload()
  await expect(page.locator('.panel-note')).toHaveText('Loading the run…')
  release()
  await expect(page.locator('.panel .facts')).toBeVisible()
})

test('keeps the filters when the range is refused, and offers another', async ({ page, complaints }) => {
  await page.goto(`/?token=${process.env['TOKEN'] ?? 'mock-token'}&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z`)
  const button = page.getByRole('button', { name: 'Show the last 24 hours' })
  await expect(button).toBeVisible()
  await expect(page.locator('#range-fixed')).toContainText('1 Jan')
  await button.click()
  await expect(rows(page).first()).toBeVisible()
  await expect(page).not.toHaveURL(/from=/)
  complaints.length = 0 // the browser itself reports the 400
})

test('speaks of the end of a fixed range, not of now', async ({ page }) => {
  const to = Math.floor(Date.now() / 3_600_000) * 3_600_000
  const iso = (t: number): string => new Date(t).toISOString()
  await open(page, `from=${iso(to - 3 * 3_600_000)}&to=${iso(to)}`)
  await expect(page.getByRole('button', { name: /^Running/ })).toContainText(`at ${iso(to).slice(11, 16)}`)
  await expect(page.locator('.head-now').first()).toContainText('at end')
})

test('shows the progress of history', async ({ page }) => {
  await amend(page, (body) => Object.assign(body, { progress: { label: 'history', done: 0.42, detail: '10 of 24 hours' } }))
  await open(page)
  await expect(page.locator('.progress-text')).toHaveText('history 10 of 24 hours')
  await expect(page.getByRole('progressbar')).toHaveAttribute('value', '0.42')
})

test('warns when no new data arrives', async ({ page }) => {
  await amend(page, (body) => Object.assign(body, { newest_datapoint: new Date(Date.now() - 3 * 3_600_000).toISOString() }))
  await open(page)
  await expect(page.locator('.as-of-stale')).toContainText('nothing new for 3 h')
})

test('offers to clear filters that match no job', async ({ page }) => {
  await open(page, 'job=no-such-job-anywhere')
  await expect(page.getByRole('heading', { name: 'No job matches the filters' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await expect(rows(page).first()).toBeVisible()
})

test('says when the range holds no runs', async ({ page }) => {
  await open(page, 'from=2001-01-01T00:00:00Z&to=2001-01-01T06:00:00Z')
  await expect(page.getByText(/no runs in (this )?range/i).first()).toBeVisible()
})

test('says "not reported" and never zero', async ({ page }) => {
  await amend(page, (body) => {
    const fleet = body as { summary?: { records_written: null }; jobs?: { records_read: null; records_reason: string }[] }
    if (fleet.summary) fleet.summary.records_written = null
    fleet.jobs?.forEach((job) => Object.assign(job, { records_read: null, records_reason: 'observability metrics are off' }))
  })
  await open(page)
  await expect(page.locator('.tile').last()).toContainText('not reported')
  const cell = rows(page).first().locator('.num-read')
  await expect(cell).toHaveText('not reported')
  await expect(cell).toHaveAttribute('title', 'observability metrics are off')
})

test('tells an error in the words of the server, with its hint, and recovers', async ({ page, complaints }) => {
  await page.route(/\/api\/v1\/fleet/, (route) =>
    route.fulfill({ status: 503, json: { code: 'unavailable', message: 'the engine is starting', hint: 'Wait a moment.' } }),
  )
  await page.goto(`/?token=${process.env['TOKEN'] ?? 'mock-token'}`)
  await expect(page.getByRole('heading', { name: 'The engine is starting.' })).toBeVisible()
  await expect(page.locator('.empty')).toContainText('Wait a moment.')
  await page.unroute(/\/api\/v1\/fleet/)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(rows(page).first()).toBeVisible()
  complaints.length = 0
})

test('keeps the data when the server goes away, says since when, and recovers', async ({ page, complaints }) => {
  await open(page)
  const jobs = await jobCount(page)
  await page.route(/\/api\/v1\//, (route) => route.abort('connectionrefused'))
  await expect(page.getByRole('alert')).toContainText(/does not answer since \d\d:\d\d:\d\d/)
  await expect(page.locator('.connection')).toContainText('offline since')
  expect(await jobCount(page)).toBe(jobs)
  await expect(rows(page).first()).toBeVisible()
  await page.unroute(/\/api\/v1\//)
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByRole('alert')).toBeHidden()
  complaints.length = 0
})

test('polls while live, and not on a fixed range', async ({ page }) => {
  let asked = 0
  page.on('request', (req) => {
    if (req.url().includes('/api/v1/status')) asked++
  })
  await open(page)
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  await page.locator('#range-fixed').click()
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.locator('.connection')).toHaveText('fixed range')
  await page.waitForLoadState('networkidle')
  const before = asked
  await page.waitForTimeout(7000)
  expect(asked).toBe(before)
})

test('shows a job without metrics with its reason and remedy', async ({ page }) => {
  await amend(page, (body) => {
    const [first] = (body['jobs'] ?? []) as Record<string, unknown>[]
    if (!first) return
    const silence = { reason: 'its metrics are off', remedy: 'add the default argument --enable-metrics' }
    body['jobs'] = [{ ...first, job_name: 'silent', need: 'failing', reason: 'no run in this range', now: null, runs: [], silence, deleted: false }, ...(body['jobs'] as unknown[]).slice(1)]
  })
  await open(page)
  const row = page.locator('.row[data-job="silent"]')
  await expect(row.locator('.job-reason')).toContainText('no metrics: its metrics are off')
  await expect(row.locator('.strip')).toContainText('--enable-metrics')
})

test('shows each state of a run in the panel, and filters by it', async ({ page }) => {
  const states = ['WAITING', 'STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED']
  const phase: Record<string, string> = { WAITING: 'queued', STARTING: 'starting', RUNNING: 'running', STOPPING: 'running', STOPPED: 'stopped', SUCCEEDED: 'succeeded' }
  await amend(page, (body) => {
    const jobs = (body['jobs'] ?? []) as { runs: Record<string, unknown>[] }[]
    const job = jobs.find((j) => j.runs.length >= 2)
    if (!job) return
    const to = Date.parse(String(body['to']))
    const at = (i: number): string => new Date(to - (states.length - i) * 3_600_000).toISOString()
    const runs = states.map((state, i) => ({ ...job.runs[0], run_id: `jr_${state}`, start: at(i), end: at(i + 0.5), state, phase: phase[state] ?? 'failed', by_metrics: false, slow: false }))
    body['jobs'] = [{ ...job, job_name: 'every-state', need: 'failing', runs }, ...jobs.filter((j) => j !== job)]
  })
  await page.route(/\/api\/v1\/runs\//, (route: Route) => route.fulfill({ json: { run_id: 'other', minutes: [], cpu: [], heap: [], executors: [], records_read: [], facts: null } }))
  await open(page)
  const row = page.locator('.row[data-job="every-state"]')
  for (const kind of ['queued', 'starting', 'running', 'stopped', 'succeeded', 'failed']) await expect(row.locator(`.bar-${kind}`)).toBeAttached()
  await row.getByRole('rowheader').click()
  const verdict = page.locator('.panel .verdict')
  const seen: string[] = []
  for (let i = 0; i < states.length; i++) {
    seen.push(await verdict.locator('.state-name').innerText())
    const older = page.getByRole('button', { name: 'Older run' })
    if (await older.isEnabled()) await older.click()
  }
  expect(new Set(seen)).toEqual(new Set(states))
  await page.keyboard.press('Escape')
  await page.locator('#filter-state').selectOption('TIMEOUT')
  await expect(page).toHaveURL(/state=TIMEOUT/)
  await expect(row).toBeVisible()
  await expect(page.locator('.row').first().locator('.bar-failed')).toBeAttached()
})
