// With LIMNO_BIN the browser tests drive the demo of that binary: a real server, a day of a simulated fleet.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const patience = 60_000

/** Starts the demo, waits until the page has its whole history, and returns what ends it. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const binary = process.env['LIMNO_BIN']
  if (!binary || process.env['BASE_URL']) return undefined
  const data = mkdtempSync(join(tmpdir(), 'limno-page-'))
  const demo = spawn(binary, ['demo', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => demo.once('exit', () => resolve()))
  const stop = async () => {
    demo.kill('SIGINT')
    await ended
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const { base, token } = await address(demo)
    await complete(base, token)
    Object.assign(process.env, { BASE_URL: base, TOKEN: token, REAL: '1' })
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

/** Reads the line with the address and the token. */
function address(demo: ChildProcess): Promise<{ base: string; token: string }> {
  return new Promise((resolve, reject) => {
    let text = ''
    demo.stdout?.on('data', (chunk: Buffer) => {
      const found = /(https?:\/\/\S+)\/\?token=(\S+)/.exec((text += chunk.toString()))
      if (found?.[1] && found[2]) resolve({ base: found[1], token: found[2] })
    })
    demo.once('exit', (code) => reject(new Error(`limno demo ended with ${code} before it printed its address`)))
    demo.once('error', reject)
  })
}

async function complete(base: string, token: string): Promise<void> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
    const answer = await fetch(`${base}/api/v1/fleet`, { headers: { Authorization: `Bearer ${token}` } })
    const fleet = (await answer.json()) as { progress: unknown; summary?: { jobs: number } }
    if (answer.ok && fleet.progress === null && (fleet.summary?.jobs ?? 0) >= 60) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`the demo did not show its whole history within ${patience / 1000} s`)
}
