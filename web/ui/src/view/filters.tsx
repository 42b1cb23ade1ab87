// Which jobs: account, dataset, name.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { fleet } from '../state/data'
import { change, clearFilters, view } from '../state/view'
import { STATES } from '../model/phase'
import { isFiltered } from '../model/url'
import { Icon } from './icons'
import { RangePicker } from './range'

const TYPING_PAUSE = 250

export function Filters(): JSX.Element {
  return (
    <search class="filters" aria-label="Filters">
      <AccountSelect />
      <StateSelect />
      <TextFilter id="filter-dataset" label="Dataset" field="dataset" list={fleet.value?.datasets ?? []} />
      <TextFilter id="filter-job" label="Job" field="job" hint="/" list={[]} />
      {isFiltered(view.value) && (
        <button type="button" class="text-button" onClick={clearFilters}>
          Clear
        </button>
      )}
      <RangePicker />
    </search>
  )
}

function AccountSelect(): JSX.Element {
  const chosen = view.value.account
  const known = fleet.value?.accounts ?? []
  const accounts = chosen && !known.includes(chosen) ? [chosen, ...known] : known
  return (
    <label class="field">
      <span class="field-label">Account</span>
      <select id="filter-account" value={chosen} onChange={(e) => change({ account: e.currentTarget.value })}>
        <option value="">all</option>
        {accounts.map((a) => (
          <option key={a} value={a} selected={a === chosen}>
            {a}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The states of Glue: only jobs that have such a run in range. */
function StateSelect(): JSX.Element {
  const chosen = view.value.state
  return (
    <label class="field">
      <span class="field-label">State</span>
      <select id="filter-state" value={chosen} onChange={(e) => change({ state: e.currentTarget.value })}>
        <option value="">all</option>
        {STATES.map((s) => (
          <option key={s} value={s} selected={s === chosen}>
            {s}
          </option>
        ))}
      </select>
    </label>
  )
}

interface TextProps {
  id: string
  label: string
  field: 'dataset' | 'job'
  list: string[]
  hint?: string
}

/** Takes effect when the typing pauses, so that neither the address nor the server sees every key. */
function TextFilter({ id, label, field, list, hint }: TextProps): JSX.Element {
  const value = view.value[field]
  const [text, setText] = useState(value)
  const timer = useRef(0)
  useEffect(() => {
    setText(value)
  }, [value])
  const commit = (next: string): void => {
    setText(next)
    clearTimeout(timer.current)
    timer.current = window.setTimeout(() => change({ [field]: next.trim() }, 'replace'), TYPING_PAUSE)
  }
  return (
    <label class="field field-text">
      <span class="field-label">{label}</span>
      {field === 'job' && <Icon name="search" />}
      <input id={id} type="text" value={text} list={list.length ? `${id}-list` : undefined} autocomplete="off" spellcheck={false}
        placeholder={field === 'dataset' ? 'any prefix' : 'any part of the name'} onInput={(e) => commit(e.currentTarget.value)} />
      {hint && text === '' && <kbd class="field-key" aria-hidden="true">{hint}</kbd>}
      {list.length > 0 && (
        <datalist id={`${id}-list`}>
          {list.map((v) => (
            <option key={v} value={v} />
          ))}
        </datalist>
      )}
    </label>
  )
}
