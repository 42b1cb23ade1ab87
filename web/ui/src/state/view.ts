// The view, bound to the address bar: what is in it is in the URL.

import { computed, signal } from '@preact/signals'
import { DEFAULT_VIEW, formatView, parseView, unknownParts, type OpenRun, type View } from '../model/url'

export const view = signal<View>(parseView(location.search))

export const zone = computed(() => view.value.zone)
export const openRun = computed<OpenRun | null>(() => view.value.run)

/** Changes the view. `push` makes a step for the back button, `replace` does not. */
export function change(patch: Partial<View>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...view.value, ...patch }
  const url = location.pathname + formatView(next) + location.hash
  if (url !== location.pathname + location.search + location.hash) {
    history[how === 'push' ? 'pushState' : 'replaceState'](null, '', url)
  }
  view.value = next
}

/** Clears the filters; range, clock and order stay. */
export function clearFilters(): void {
  const { account, dataset, job, needs, state, has } = DEFAULT_VIEW
  change({ account, dataset, job, needs, state, has })
}

/** Parts of the address that say nothing known, until the reader has seen them. */
export const ignored = signal<string[]>([])

/** Follows the back button, and takes out of the address what must not or need not stay: a token, unknown values. */
export function bindHistory(): void {
  addEventListener('popstate', () => {
    view.value = parseView(location.search)
  })
  ignored.value = unknownParts(location.search)
  if (ignored.value.length > 0 || new URLSearchParams(location.search).has('token')) {
    history.replaceState(null, '', location.pathname + formatView(view.value))
  }
}
