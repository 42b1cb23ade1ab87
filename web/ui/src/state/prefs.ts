// What the reader chose for this browser: the theme. Everything else is in the URL.

import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const KEY = 'limno.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

export const theme = signal<Theme>(current())

function current(): Theme {
  const chosen = document.documentElement.dataset['theme']
  if (chosen === 'light' || chosen === 'dark') return chosen
  return system.matches ? 'dark' : 'light'
}

/** Switches and remembers. Choosing what the system says forgets the choice, so that the page follows it again. */
export function toggleTheme(): void {
  const next: Theme = theme.value === 'dark' ? 'light' : 'dark'
  const follows = (next === 'dark') === system.matches
  if (follows) delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
  try {
    if (follows) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, next)
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
  theme.value = next
}

export function bindTheme(): void {
  system.addEventListener('change', () => {
    theme.value = current()
  })
}
