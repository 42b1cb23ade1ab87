// Pages and rows without data: each says why, and what to do next.

import type { ComponentChildren, JSX } from 'preact'
import type { ApiError } from '../api/client'
import { computing, fleet, filtered, now, progress, span, status } from '../state/data'
import { refreshNow } from '../state/refresh'
import { change, clearFilters, view, zone } from '../state/view'
import { spanText, zoneName } from '../model/time'
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
      {error.hint && <p>{sentence(error.hint)}</p>}
      {error.status === 400 ? (
        <LastDay />
      ) : (
        <button type="button" class="strong-button" onClick={refreshNow}>
          Try again
        </button>
      )}
    </Empty>
  )
}

export function NoDataYet(): JSX.Element {
  const p = progress.value
  if (p) {
    return (
      <Empty title="The first data is on its way">
        <p>
          {sentence(`${p.label}: ${p.detail}`)} Rows appear here as soon as the first object is sealed.
        </p>
      </Empty>
    )
  }
  if (status.value?.waits_for) {
    return (
      <Empty title="No data yet">
        <p>{sentence(status.value.waits_for)}</p>
        <p class="empty-note">This page looks again every few seconds.</p>
      </Empty>
    )
  }
  return (
    <Empty title="No data yet">
      <p>The server runs, and nothing has been delivered to it. Two ways to change that:</p>
      <ol class="steps">
        <li>
          <b>Point a Firehose at it.</b> HTTP endpoint <code>{location.origin}/firehose/v1/glue</code> with the access key of the file{' '}
          <code>firehose-access-key</code> in the data directory (or one of your configuration), as destination of a CloudWatch metric stream with the JSON format and the namespace <code>Glue</code>.
        </li>
        <li>
          <b>See it with a simulated fleet.</b> <code>limno demo --listen 127.0.0.1:8081</code> starts a server of its own with a day of history.
        </li>
      </ol>
      <p class="empty-note">This page looks again every few seconds.</p>
    </Empty>
  )
}

/** In place of the rows. */
export function NoRows(): JSX.Element {
  if (computing.value) return <FirstRows />
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
        {span.value ? `No datapoint of a job lies in ${spanText(span.value, zone.value, now.value)} ${zoneName(zone.value, span.value.to)}.` : ''}{' '}
        {fleet.value?.newest_datapoint ? 'There is data outside of it.' : ''}
      </p>
      <LastDay />
    </Empty>
  )
}

function LastDay(): JSX.Element {
  return (
    <button type="button" class="strong-button" onClick={() => change({ range: { live: '24h' } })}>
      Show the last 24 hours
    </button>
  )
}

function FirstRows(): JSX.Element {
  const p = progress.value
  return (
    <Empty title="First rows are being computed">
      <p role="status">{p ? `${sentence(`${p.label}: ${p.detail}`)} Rows appear as soon as the first part is published.` : 'The data has arrived; rows appear within seconds.'}</p>
    </Empty>
  )
}

function filterText(): string {
  const { account, dataset, job, has } = view.value
  const parts = [account && `account ${account}`, dataset && `a dataset that begins with “${dataset}”`, job && `a name that holds “${job}”`,
    has.length > 0 && `runs that are ${has.join(' or ')}`]
  return `Asked for: ${parts.filter(Boolean).join(', ')}.`
}
