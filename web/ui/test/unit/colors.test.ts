import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contrast, deltaE, lab, parseHex, type Rgb } from './color'

const css = readFileSync(new URL('../../src/styles/tokens.css', import.meta.url), 'utf8')
const tokens = new Map([...css.matchAll(/(--[\w-]+): light-dark\((#\w{6})\w*, (#\w{6})\w*\)/g)].map((m) => [m[1] as string, [m[2], m[3]] as [string, string]]))

const color = (name: string, theme: number): Rgb => parseHex(tokens.get(name)?.[theme] ?? '')
const THEMES = [['light', 0], ['dark', 1]] as const
const STATES = ['--failed', '--succeeded', '--running', '--ended', '--stopped', '--slow', '--late']

describe.each(THEMES)('%s tokens', (_, theme) => {
  it('keep states apart, for deuteranopes too', () => {
    for (const [i, a] of STATES.entries()) {
      for (const b of STATES.slice(i + 1)) {
        for (const deutan of [false, true]) {
          const d = deltaE(lab(color(a, theme), deutan), lab(color(b, theme), deutan))
          expect(d, `${a} and ${b}${deutan ? ' under deuteranopia' : ''}`).toBeGreaterThan(10)
        }
      }
    }
  })
  it('draw states with a contrast of 3 at least', () => {
    for (const s of STATES) expect(contrast(color(s, theme), color('--surface', theme)), s).toBeGreaterThanOrEqual(3)
  })
  it('write text with a contrast of 4.5 at least', () => {
    const grounds = ['--ground', '--surface', '--raised']
    for (const ink of ['--ink', '--ink-2', '--ink-3', '--accent', '--failed-ink', '--slow-ink', '--late-ink', '--running-ink']) {
      for (const ground of grounds) expect(contrast(color(ink, theme), color(ground, theme)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
    for (const kind of ['failed', 'slow', 'late']) {
      expect(contrast(color(`--${kind}-ink`, theme), color(`--${kind}-soft`, theme)), kind).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast(color('--accent-ink', theme), color('--accent', theme))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(color('--accent', theme), color('--accent-soft', theme))).toBeGreaterThanOrEqual(4.5)
  })
})

describe('deltaE', () => {
  // Two pairs of the test data published with the formula (Sharma, Wu, Dalal 2005).
  it.each([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
  ])('agrees with published pairs', (a, b, d) => expect(deltaE(a as Rgb, b as Rgb)).toBeCloseTo(d as number, 4))
})
