// What every browser test starts from: a signed-in page whose console is watched.

import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Page } from '@playwright/test'
import { target } from '../browser.mjs'

export const REAL = process.env['REAL'] === '1'
const TOKEN = process.env['TOKEN'] ?? 'mock-token'

/** Fails the test on any console error, warning or uncaught exception, CSP violations included. */
export const test = base.extend<{ complaints: string[] }, { server: string }>({
  server: [
    async ({}, use) => {
      const { base: url, stop } = await target()
      await use(url)
      await stop()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server),
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = []
      page.on('console', (m) => ['error', 'warning'].includes(m.type()) && complaints.push(m.text()))
      page.on('pageerror', (err) => complaints.push(String(err)))
      await use(complaints)
      expect(complaints).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** Opens the page as the printed address does, and waits for rows. */
export async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`/?token=${encodeURIComponent(TOKEN)}${query ? `&${query}` : ''}`)
  await expect(page).not.toHaveURL(/token=/)
  await expect(page.locator('.row, .board .empty').first()).toBeVisible()
  await expect(page.locator('.board')).toHaveAttribute('aria-busy', 'false')
}

export const rows = (page: Page) => page.locator('.row')
/** Rows of jobs that have metrics: their runs have minutes. */
export const measured = (page: Page) => rows(page).filter({ hasNotText: 'no metrics:' })
export const panel = (page: Page) => page.getByRole('dialog', { name: /.+/ }).and(page.locator('[data-panel]'))

/** Number of jobs that the summary tells. */
export async function jobCount(page: Page): Promise<number> {
  const text = await page.locator('.tile').first().locator('.tile-value').innerText()
  return Number(text.replace(/\D/g, ''))
}

/** Moves the pointer over a strip until it is over a run; returns where. */
export async function pointAtRun(page: Page, row = 0): Promise<{ x: number; y: number }> {
  const box = await rows(page).nth(row).locator('.strip').boundingBox()
  if (!box) throw new Error('the row has no strip')
  const y = box.y + box.height / 2
  for (let x = box.x + box.width - 3; x > box.x; x -= 5) {
    await page.mouse.move(x, y)
    if (await page.getByRole('tooltip').isVisible()) return { x, y }
  }
  throw new Error('no run found in the row')
}

export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']).analyze()
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`)).toEqual([])
}
