import { expect, jobCount, open, panel, pointAtRun, REAL, rows, test } from './page'

test('shows the fleet with its age, summary, load and rows', async ({ page }) => {
  await open(page)
  await expect(page.locator('.as-of')).toContainText(/as of \d\d:\d\d:\d\d/)
  expect(await jobCount(page)).toBeGreaterThan(0)
  await expect(page.locator('.load canvas')).toHaveCount(2)
  await expect(rows(page).first().locator('.strip-svg path').first()).toBeAttached()
  if (!REAL) expect(await jobCount(page)).toBe(60)
})

test('sorts rows by need unless asked otherwise', async ({ page }) => {
  await open(page)
  const needs = await page.locator('.row').evaluateAll((all) => all.map((r) => /row-(\w+)/.exec(r.className)?.[1] ?? ''))
  const order = ['failing', 'late', 'slow', 'running', 'fine', 'quiet']
  expect(needs).toEqual([...needs].sort((a, b) => order.indexOf(a) - order.indexOf(b)))
  await page.getByRole('button', { name: 'Job', exact: true }).click()
  await expect(page).toHaveURL(/sort=name/)
  const names = await page.locator('.row').evaluateAll((all) => all.map((r) => (r as HTMLElement).dataset['job'] ?? ''))
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')))
})

test('tells a run under the pointer and opens it in the panel', async ({ page }) => {
  await open(page)
  const at = await pointAtRun(page)
  await expect(page.getByRole('tooltip')).toContainText(/read|runs/)
  await page.mouse.click(at.x, at.y)
  await expect(panel(page)).toBeVisible()
  await expect(page).toHaveURL(/run=/)
  await expect(panel(page).locator('.facts')).toContainText('First datapoint')
  await expect(panel(page).locator('.minute').first()).toContainText('Executors active')
  await panel(page).getByRole('button', { name: 'Close run' }).click()
  await expect(panel(page)).toBeHidden()
  await expect(page).not.toHaveURL(/run=/)
})

test('brushes the load to zoom, and goes back by the back button', async ({ page }) => {
  await open(page)
  const over = page.locator('.load .u-over').first()
  const box = await over.boundingBox()
  if (!box) throw new Error('no load chart')
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 5 })
  await page.mouse.up()
  await expect(page).toHaveURL(/from=.+&to=.+/)
  await expect(page.locator('.connection')).toHaveText('fixed range')
  const query = new URL(page.url()).searchParams
  const hours = (Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')) / 3_600_000
  expect(hours).toBeGreaterThan(4)
  expect(hours).toBeLessThan(6)
  await page.goBack()
  await expect(page).not.toHaveURL(/from=/)
  await expect(page.locator('.connection')).toHaveText('live')
})

test('filters by need chip and by account', async ({ page }) => {
  await open(page)
  const fine = page.getByRole('button', { name: /^fine/ })
  const count = Number((await fine.innerText()).replace(/\D/g, ''))
  await fine.click()
  await expect(page).toHaveURL(/need=fine/)
  await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', String(count + 1))
  await fine.click()
  const account = await page.locator('#filter-account option').nth(1).innerText()
  await page.locator('#filter-account').selectOption(account)
  await expect(page).toHaveURL(new RegExp(`account=${account}`))
  await expect(page.locator('.job-account').first()).toHaveText(account)
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(page).not.toHaveURL(/account=/)
})

test('shows the load as a table', async ({ page }) => {
  await open(page)
  await page.getByRole('button', { name: 'Load table' }).click()
  await expect(page.getByRole('columnheader', { name: 'Executors active' })).toBeVisible()
  expect(await page.locator('.load-table tbody tr').count()).toBeGreaterThan(5)
})

test('takes a fixed range from the form', async ({ page }) => {
  await open(page)
  await page.locator('#range-fixed').click()
  await page.getByLabel('From').fill('2026-01-02T03:00')
  await page.getByLabel('To', { exact: true }).fill('2026-01-02T02:00')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.locator('.popover-note')).toHaveText('The end must be after the start.')
  await page.getByLabel('To', { exact: true }).fill('2026-01-02T09:00')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page).toHaveURL(/from=2026-01-02T03:00:00Z&to=2026-01-02T09:00:00Z/)
})

test('draws only the rows on screen', async ({ page }) => {
  await open(page)
  const count = await jobCount(page)
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await expect(page.locator(`.row[aria-rowindex="${count + 1}"]`)).toBeVisible()
  expect(await rows(page).count()).toBeLessThan(50)
})
