// Pages and rows without data: each says why, and what to do next.

import type { ComponentChildren, JSX } from 'preact'
import type { ApiError } from '../api/client'
import { fleet, filtered, progress, span } from '../state/data'
import { refreshNow } from '../state/refresh'
import { change, clearFilters, view, zone } from '../state/view'
import { spanText } from '../model/time'
import { isFiltered } from '../model/url'
import { sentence } from './banners'

export function Empty({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="empty">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

export function FirstFailure({ error }: { error: ApiError }): JSX.Element {
  return (
    <Empty title={sentence(error.message)}>
      {error.hint && <p>{error.hint}</p>}
      <p class="empty-code">
        <code>{error.code}</code>
      </p>
      <button type="button" class="strong-button" onClick={refreshNow}>
        Try again
      </button>
    </Empty>
  )
}

export function NoDataYet(): JSX.Element {
  const p = progress.value
  if (p) {
    return (
      <Empty title="The first data is on its way">
        <p>
          {p.label}: {p.detail}. Rows appear here as soon as the first object is sealed.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="No data yet">
      <p>The server runs, and nothing has been delivered to it. Two ways to change that:</p>
      <ol class="steps">
        <li>
          <b>Point a Firehose at it.</b> HTTP endpoint <code>{location.origin}/firehose/v1/glue</code> with one of the configured access keys,
          as destination of a CloudWatch metric stream with the JSON format and the namespace <code>Glue</code>.
        </li>
        <li>
          <b>See it with a simulated fleet.</b> <code>limno demo</code> starts a server of its own with a day of history.
        </li>
      </ol>
      <p class="empty-note">This page looks again every few seconds.</p>
    </Empty>
  )
}

/** In place of the rows. */
export function NoRows(): JSX.Element {
  const { needs } = view.value
  if (isFiltered(view.value)) {
    const onlyNeeds = needs.length > 0 && filtered.value.length > 0
    return (
      <Empty title="No job matches the filters">
        <p>{onlyNeeds ? `${filtered.value.length} jobs are in none of the chosen states (${needs.join(', ')}).` : filterText()}</p>
        <button type="button" class="strong-button" onClick={clearFilters}>
          Clear the filters
        </button>
      </Empty>
    )
  }
  return (
    <Empty title="No runs in this range">
      <p>
        {span.value ? `No datapoint of a job lies in ${spanText(span.value, zone.value)} ${zone.value === 'utc' ? 'UTC' : 'local time'}.` : ''}{' '}
        {fleet.value?.newest_datapoint ? 'There is data outside of it.' : ''}
      </p>
      <button type="button" class="strong-button" onClick={() => change({ range: { live: '24h' } })}>
        Show the last 24 hours
      </button>
    </Empty>
  )
}

function filterText(): string {
  const { account, dataset, job } = view.value
  const parts = [account && `account ${account}`, dataset && `a dataset that begins with “${dataset}”`, job && `a name that holds “${job}”`]
  return `Asked for: ${parts.filter(Boolean).join(', ')}.`
}
