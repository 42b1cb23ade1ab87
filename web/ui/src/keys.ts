// The keyboard: one listener, one table of keys.

import { active, moveRow, moveRun, moveToEnd } from './state/grid'
import { closeRun, openActive, stepRun } from './state/open'
import { toggleTheme } from './state/prefs'
import { helpOpen, rangeOpen } from './state/ui'
import { change, openRun, view } from './state/view'

export interface KeyHelp {
  keys: string[]
  does: string
}

export const KEY_GROUPS: { title: string; keys: KeyHelp[] }[] = [
  {
    title: 'Matrix',
    keys: [
      { keys: ['j', 'k'], does: 'next and previous job' },
      { keys: ['←', '→'], does: 'older and newer run of the job' },
      { keys: ['Home', 'End'], does: 'first and last run' },
      { keys: ['Enter'], does: 'open the run' },
      { keys: ['Esc'], does: 'close what is open' },
    ],
  },
  {
    title: 'View',
    keys: [
      { keys: ['/'], does: 'filter by job name' },
      { keys: ['t'], does: 'time range' },
      { keys: ['u'], does: 'UTC or local time' },
      { keys: ['d'], does: 'dark or light' },
      { keys: ['?'], does: 'this help' },
    ],
  },
]

const PLAIN: Record<string, () => void> = {
  '/': () => focusId('filter-job'),
  t: () => {
    rangeOpen.value = !rangeOpen.value
  },
  d: toggleTheme,
  u: () => change({ zone: view.value.zone === 'utc' ? 'local' : 'utc' }),
  '?': () => {
    helpOpen.value = !helpOpen.value
  },
  j: () => moveRow(1),
  k: () => moveRow(-1),
}

const IN_GRID: Record<string, () => void> = {
  ArrowDown: () => moveRow(1),
  ArrowUp: () => moveRow(-1),
  ArrowLeft: () => moveRun(-1),
  ArrowRight: () => moveRun(1),
  Home: () => moveToEnd(false),
  End: () => moveToEnd(true),
  PageDown: () => moveRow(10),
  PageUp: () => moveRow(-10),
  Enter: openActive,
}

const IN_PANEL: Record<string, () => void> = {
  ArrowLeft: () => stepRun(-1),
  ArrowRight: () => stepRun(1),
}

export function bindKeys(): void {
  document.addEventListener('keydown', onKey)
}

function onKey(e: KeyboardEvent): void {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return
  const target = e.target as HTMLElement
  const act = e.key === 'Escape' ? escape : isTyping(target) ? undefined : actionFor(e.key, target)
  if (!act) return
  if (act !== escape) e.preventDefault()
  act()
}

function actionFor(key: string, target: HTMLElement): (() => void) | undefined {
  if (target.closest('dialog.help')) return key === '?' ? PLAIN['?'] : undefined
  if (target.closest('[data-grid]')) return IN_GRID[key] ?? PLAIN[key]
  if (target.closest('[data-panel]')) return IN_PANEL[key] ?? PLAIN[key]
  // The row of the last key may not have the focus yet.
  if (key === 'Enter') return target === document.body && active.value ? openActive : undefined
  return PLAIN[key]
}

/** Closes the topmost thing. In a filter it leaves the field. */
function escape(): void {
  if (helpOpen.value) helpOpen.value = false
  else if (rangeOpen.value) rangeOpen.value = false
  else if (isTyping(document.activeElement)) (document.activeElement as HTMLElement).blur()
  else if (openRun.value) closeRun()
}

function isTyping(el: Element | null): boolean {
  return el instanceof HTMLInputElement || el instanceof HTMLSelectElement || el instanceof HTMLTextAreaElement
}

function focusId(id: string): void {
  const el = document.getElementById(id)
  el?.focus()
  if (el instanceof HTMLInputElement) el.select()
}
