// The page: fleet.

import type { ComponentChildren, JSX } from 'preact'
import { fleet, failure, signedOut, virgin } from '../state/data'
import { openRun } from '../state/view'
import { Banners } from './banners'
import { Board } from './board'
import { FirstFailure, NoDataYet } from './empty'
import { Filters } from './filters'
import { Header } from './header'
import { Help } from './help'
import { RunPanel } from './panel'
import { SignIn } from './signin'
import { Tiles } from './tiles'
import { Tip } from './tip'

export function App(): JSX.Element {
  return (
    <>
      <a class="skip" href="#runs">
        Skip to the runs
      </a>
      <Header />
      <Content />
      <Help />
    </>
  )
}

function Content(): JSX.Element {
  if (signedOut.value) return <Page><SignIn /></Page>
  if (!fleet.value && failure.value) return <Page><FirstFailure error={failure.value} /></Page>
  if (virgin.value) return <Page><Banners /><NoDataYet /></Page>
  return (
    <>
      <Filters />
      <Page>
        <Banners />
        <Tiles />
        <Board />
      </Page>
      <Tip />
      {openRun.value && <RunPanel />}
    </>
  )
}

function Page({ children }: { children: ComponentChildren }): JSX.Element {
  return <main id="main">{children}</main>
}
