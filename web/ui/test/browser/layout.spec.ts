import { expect, open, panel, rows, test } from './page'

for (const width of [390, 768, 1024, 1280, 1440, 1920]) {
  test(`fits a screen ${width} wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 })
    await open(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
    const [chart, strip] = [await page.locator('.load .plot').first().boundingBox(), await rows(page).first().locator('.strip').boundingBox()]
    expect(Math.abs((chart?.x ?? 0) - (strip?.x ?? 1))).toBeLessThan(1)
    expect(Math.abs((chart?.width ?? 0) - (strip?.width ?? 9))).toBeLessThan(2)
    await rows(page).first().getByRole('rowheader').click()
    await expect(panel(page)).toBeInViewport({ ratio: 0.95 })
  })
}

test('does not shift while it refreshes', async ({ page }) => {
  await open(page)
  await page.evaluate(() => {
    const shifts: number[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) shifts.push((e as unknown as { value: number }).value)
    }).observe({ type: 'layout-shift' })
  })
  await page.waitForResponse((r) => r.url().includes('/api/v1/load'))
  await page.waitForResponse((r) => r.url().includes('/api/v1/load'))
  const total = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0))
  expect(total).toBeLessThan(0.02)
})
