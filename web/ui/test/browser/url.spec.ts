import { expect, open, panel, rows, test } from './page'

test('filters, range, clock, order and open run survive a reload', async ({ page }) => {
  await open(page, 'range=12h&tz=local&sort=name')
  const name = (await rows(page).first().getAttribute('data-job')) as string
  await page.locator('#filter-job').fill(name)
  await expect(page).toHaveURL(/job=/)
  await expect(rows(page).first()).toHaveAttribute('data-job', name)
  await rows(page).first().getByRole('rowheader').click()
  await expect(panel(page)).toBeVisible()
  const url = page.url()
  await page.reload()
  await expect(panel(page)).toBeVisible()
  await expect(panel(page).locator('.facts')).toBeVisible()
  expect(page.url()).toBe(url)
  await expect(page.locator('#filter-job')).toHaveValue(name)
  await expect(page.getByRole('button', { name: 'Last 12 hours' })).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByRole('button', { name: 'Local' })).toHaveAttribute('aria-pressed', 'true')
})

test('values that are not known leave the address and are told once', async ({ page }) => {
  await open(page, 'range=99z&sort=zzz&need=fine')
  await expect(page).toHaveURL(/\?need=fine$/)
  await expect(page.locator('.banner')).toContainText('range=99z sort=zzz')
  await page.getByRole('button', { name: 'Dismiss' }).click()
  await expect(page.locator('.banner')).toBeHidden()
})

test('finds the job of a run that is given by its id alone', async ({ page }) => {
  await open(page)
  await rows(page).first().getByRole('rowheader').click()
  await expect(panel(page).locator('.facts')).toBeVisible()
  const query = new URL(page.url()).searchParams
  await open(page, `run=${query.get('run')}`)
  await expect(panel(page).locator('.facts')).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`run_job=${query.get('run_job')}`))
})

test('the back button undoes one step at a time', async ({ page }) => {
  await open(page)
  await page.getByRole('button', { name: 'Last hour' }).click()
  await expect(page).toHaveURL(/range=1h/)
  await page.getByRole('button', { name: 'Local' }).click()
  await expect(page).toHaveURL(/tz=local/)
  await page.goBack()
  await expect(page).toHaveURL(/range=1h$/)
  await expect(page.getByRole('button', { name: 'UTC' })).toHaveAttribute('aria-pressed', 'true')
  await page.goBack()
  await expect(page.getByRole('button', { name: 'Last 24 hours' })).toHaveAttribute('aria-pressed', 'true')
})
