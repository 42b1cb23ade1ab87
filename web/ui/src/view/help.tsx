// The keyboard, and what the signs mean.

import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { KEY_GROUPS } from '../keys'
import { NEED_MEANING, NEEDS } from '../model/need'
import { PHASE_LABEL, STATE } from '../model/phase'
import { signedOut, status } from '../state/data'
import { signOut } from '../state/refresh'
import { helpOpen } from '../state/ui'
import { Icon, LeadSample, NeedGlyph, SlowSample, StateSample } from './icons'

export function Help(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = helpOpen.value
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal()
    if (!open && dialog.current?.open) dialog.current.close()
  }, [open])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}
      onClick={(e) => e.target === dialog.current && (helpOpen.value = false)}>
      {open && <HelpBody />}
    </dialog>
  )
}

function leave(): void {
  helpOpen.value = false
  void signOut()
}

function HelpBody(): JSX.Element {
  return (
    <div class="help-body">
      <div class="help-head">
        <h2 id="help-title">Keyboard and signs</h2>
        <button type="button" class="quiet-button" aria-label="Close help" onClick={() => (helpOpen.value = false)}>
          <Icon name="close" />
        </button>
      </div>
      <div class="help-columns">
        {KEY_GROUPS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl class="keys">
              {group.keys.map(({ keys, does }) => (
                <div key={does}>
                  <dt>{keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Jobs, most urgent first</h3>
          <ul class="signs">
            {NEEDS.map((need) => (
              <li key={need}>
                <NeedGlyph need={need} /> <b>{need}</b> {NEED_MEANING[need]}
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3>Runs, in the states of Glue</h3>
          <ul class="signs">
            {Object.entries(STATE).map(([state, { phase, label }]) => (
              <li key={state}>
                <StateSample phase={phase} state={state} /> {label}
              </li>
            ))}
            <li>
              <StateSample phase="ended" /> {PHASE_LABEL.ended}
            </li>
            <li>
              <LeadSample /> the lighter part: waiting and starting
            </li>
            <li>
              <SlowSample /> slow, marked from the typical duration on
            </li>
          </ul>
        </section>
      </div>
      <p class="help-note">
        <b>Not reported</b> means that the job publishes no such metric; it never means zero. Drag over the load to zoom in, double-click to
        go back. {status.value ? `Limnograph ${status.value.version}` : ''}
      </p>
      {!signedOut.value && (
        <button type="button" class="text-button sign-out" onClick={leave}>
          Sign out
        </button>
      )}
    </div>
  )
}
