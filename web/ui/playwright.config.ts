// Browser tests. With LIMNO_BIN they drive the demo of that binary, with BASE_URL and TOKEN a running server
// (REAL=1: its data is not the fixture), else each worker starts the mock.

import { defineConfig } from '@playwright/test'
import { launch } from './test/browser.mjs'

export default defineConfig({
  globalSetup: './test/demo.ts',
  testDir: 'test/browser',
  outputDir: 'test-results',
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  retries: 1, // the real fleet lives: a row can move between two keys; what fails twice is broken
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env['CI'] ? [['list'], ['junit', { outputFile: 'test-results/junit.xml' }]] : 'list',
  use: {
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
    trace: 'retain-on-failure',
    launchOptions: launch,
  },
})
