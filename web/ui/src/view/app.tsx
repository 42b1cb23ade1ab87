// The page: fleet.

import { computed } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { fleet, failure, signedOut, virgin } from '../state/data'
import { openRun } from '../state/view'
import { Banners, Ignored } from './banners'
import { Board } from './board'
import { FirstFailure, NoDataYet } from './empty'
import { Filters } from './filters'
import { Header } from './header'
import { Help } from './help'
import { RunPanel } from './panel'
import { SignIn } from './signin'
import { Tiles } from './tiles'
import { Tip } from './tip'

/** True when the page shows runs, and not why it can't. */
const boarded = computed(() => !signedOut.value && !virgin.value && (fleet.value !== null || failure.value === null))

export function App(): JSX.Element {
  return (
    <>
      {boarded.value && (
        <a class="skip" href="#runs">
          Skip to the runs
        </a>
      )}
      <Header />
      <Content />
      <Help />
    </>
  )
}

function Content(): JSX.Element {
  if (boarded.value) return <Fleet />
  if (signedOut.value) return <Page><SignIn /></Page>
  if (virgin.value) return <Page><Banners /><NoDataYet /></Page>
  return (
    <>
      <Filters />
      <Page>
        <Ignored />
        {failure.value && <FirstFailure error={failure.value} />}
      </Page>
    </>
  )
}

function Fleet(): JSX.Element {
  return (
    <>
      <Filters />
      <Page>
        <Ignored />
        <Banners />
        <Tiles />
        <Board />
        <Tip />
      </Page>
      {openRun.value && <RunPanel />}
    </>
  )
}

function Page({ children }: { children: ComponentChildren }): JSX.Element {
  return <main id="main">{children}</main>
}
