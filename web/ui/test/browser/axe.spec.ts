import { expect, expectAccessible, measured, open, panel, test } from './page'

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme })

    test('the fleet has no violation', async ({ page }) => {
      await open(page)
      await expectAccessible(page)
    })

    test('nor has it with a run in focus and the load table', async ({ page }) => {
      await open(page) // over a day the first row has a run, whatever it needs
      await page.getByRole('button', { name: 'Load table' }).click()
      await page.keyboard.press('j')
      await page.keyboard.press('ArrowLeft')
      await expect(page.locator('.run-button:focus')).toBeVisible()
      await expectAccessible(page)
    })

    test('nor has the open panel', async ({ page }) => {
      await open(page)
      await measured(page).first().getByRole('rowheader').click()
      await expect(panel(page).locator('.minute').first()).toBeVisible()
      await panel(page).locator('summary').click()
      await expectAccessible(page)
    })

    test('nor have help, range form and empty state', async ({ page }) => {
      await open(page, 'job=no-such-job')
      await page.keyboard.press('t')
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await expect(page.getByRole('dialog', { name: 'Keyboard and signs' })).toBeVisible()
      await expectAccessible(page)
    })

    test('nor has the narrow page', async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 })
      await open(page)
      await expectAccessible(page)
    })

    test('nor has the sign-in form', async ({ page, complaints }) => {
      await page.goto('/')
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
      complaints.length = 0 // the browser itself reports the 401
      await expectAccessible(page)
    })
  })
}
