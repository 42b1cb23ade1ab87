// Screenshots into a folder: npm run shots -- FOLDER [NAME...]. Against BASE_URL and TOKEN, or the mock.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { launch, target } from './browser.mjs'

const folder = process.argv[2] ?? 'shots'
const only = process.argv.slice(3)

const MIDDLE = { width: 768, height: 1024 }
const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 844 }

const openRun = async (page) => {
  await page.getByRole('rowheader').first().click()
  await page.locator('.minute .u-over, .minute-none').first().waitFor()
}
const help = (page) => page.keyboard.press('?')
const hover = async (page) => {
  const box = await page.locator('.row .strip').nth(2).boundingBox()
  for (let x = box.x + box.width - 8; x > box.x; x -= 4) {
    await page.mouse.move(x, box.y + box.height / 2)
    if (await page.getByRole('tooltip').isVisible()) return
  }
}
const focus = async (page) => {
  for (const key of ['j', 'j', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key)
}

const offline = async (page) => {
  await page.route(/api\/v1/, (route) => route.abort())
  await page.locator('.banner').waitFor()
}

const SHOTS = [
  { name: 'fleet-light', theme: 'light', size: WIDE },
  { name: 'fleet-dark', theme: 'dark', size: WIDE },
  { name: 'fleet-light-narrow', theme: 'light', size: NARROW },
  { name: 'fleet-dark-narrow', theme: 'dark', size: NARROW },
  { name: 'run-light', theme: 'light', size: WIDE, act: openRun },
  { name: 'run-dark', theme: 'dark', size: WIDE, act: openRun },
  { name: 'run-light-narrow', theme: 'light', size: NARROW, act: openRun },
  { name: 'run-dark-narrow', theme: 'dark', size: NARROW, act: openRun },
  { name: 'fleet-light-768', theme: 'light', size: MIDDLE },
  { name: 'fleet-dark-768', theme: 'dark', size: MIDDLE },
  { name: 'silent-light', theme: 'light', size: WIDE, query: 'need=quiet' },
  { name: 'silent-dark-narrow', theme: 'dark', size: NARROW, query: 'need=quiet' },
  { name: 'timeout-dark', theme: 'dark', size: WIDE, query: 'state=TIMEOUT', act: openRun },
  { name: 'failed-light', theme: 'light', size: WIDE, query: 'has=failed&tz=local' },
  { name: 'failed-dark', theme: 'dark', size: WIDE, query: 'has=failed,slow&sort=zzz' },
  { name: 'refused-light', theme: 'light', size: WIDE, query: 'from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z' },
  { name: 'computing-light', theme: 'light', size: WIDE, early: true },
  { name: 'computing-dark-narrow', theme: 'dark', size: NARROW, early: true },
  { name: 'fleet-light-1920', theme: 'light', size: { width: 1920, height: 1080 } },
  { name: 'fleet-dark-1280', theme: 'dark', size: { width: 1280, height: 800 } },
  { name: 'fleet-light-900', theme: 'light', size: { width: 900, height: 800 } },
  { name: 'hours-light', theme: 'light', size: WIDE, query: 'range=3h', act: hover },
  { name: 'week-dark', theme: 'dark', size: WIDE, query: 'range=7d', act: focus },
  { name: 'filtered-light', theme: 'light', size: WIDE, query: 'dataset=orders&job=zzz' },
  { name: 'help-light', theme: 'light', size: WIDE, act: help },
  { name: 'help-dark-narrow', theme: 'dark', size: NARROW, act: help },
  { name: 'scrolled-narrow', theme: 'light', size: NARROW, act: (page) => page.evaluate(() => scrollTo(0, 900)) },
  { name: 'range-light', theme: 'light', size: WIDE, query: 'from=2026-11-24T01:00:00Z&to=2026-11-24T05:00:00Z', act: (page) => page.keyboard.press('t') },
  { name: 'offline-dark', theme: 'dark', size: WIDE, act: offline },
  { name: 'table-light', theme: 'light', size: WIDE, act: (page) => page.getByRole('button', { name: 'Load table' }).click() },
  { name: 'signin-light', theme: 'light', size: WIDE, anonymous: true },
  { name: 'empty-dark', theme: 'dark', size: WIDE, empty: true },
]

async function shoot(browser, server, shot) {
  const context = await browser.newContext({ viewport: shot.size, colorScheme: shot.theme, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log(`${shot.name}: console ${m.type()}: ${m.text()}`))
  page.on('pageerror', (err) => console.log(`${shot.name}: ${err.stack}`))
  if (shot.empty) await page.route('**/api/v1/{fleet,status}*', emptyAnswer)
  if (shot.early) await page.route('**/api/v1/fleet*', emptyAnswer)
  const token = shot.anonymous ? '' : `token=${server.token}&`
  await page.goto(`${server.base}/?${token}${shot.query ?? ''}`)
  await page.locator('.row, .empty').first().waitFor()
  await page.waitForLoadState('networkidle')
  await shot.act?.(page)
  await page.waitForTimeout(250)
  await page.screenshot({ path: join(folder, `${shot.name}.png`), animations: 'disabled' })
  await context.close()
}

async function emptyAnswer(route) {
  const from = new Date(Date.now() - 86_400_000).toISOString()
  const json = { version: 'mock', as_of: null, newest_datapoint: null, progress: null, from, to: new Date().toISOString(), accounts: [], datasets: [], jobs: [], next_page_token: null,
    summary: { jobs: 0, runs: 0, failed: 0, running: 0, queued: 0, slow: 0, late: 0, records_read: null, records_written: null } }
  await route.fulfill({ json })
}

await mkdir(folder, { recursive: true })
const server = await target({ silent: true })
const browser = await chromium.launch(launch)
for (const shot of SHOTS) if (only.length === 0 || only.includes(shot.name)) await shoot(browser, server, shot)
await browser.close()
await server.stop()
