// What the browser tests and the screenshots share: how Chromium is started, and which server they talk to.

import { serve } from './mock/server.mjs'

export const launch = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
}

/** The server of BASE_URL and TOKEN, or a mock of our own. */
export async function target({ scale = 1, silent = false } = {}) {
  const token = process.env.TOKEN ?? 'mock-token'
  if (process.env.BASE_URL) return { base: process.env.BASE_URL.replace(/\/$/, ''), token, stop: async () => {} }
  const server = await serve({ token, scale, silent })
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    token,
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  }
}
