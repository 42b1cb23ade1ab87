// What is open on the page and belongs to no URL.

import { signal } from '@preact/signals'

export const helpOpen = signal(false)
export const rangeOpen = signal(false)
export const loadTable = signal(false)
