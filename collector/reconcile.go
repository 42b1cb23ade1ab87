package collector

import (
	"context"
	"fmt"
	"time"

	"limnograph"
)

// mostWatched bounds the runs that a target watches; further ones are found by the sweep.
const mostWatched = 20_000

// look loads the checkpoint the first time, and then asks for open runs when that is due.
func (c *Collector) look(ctx context.Context) error {
	c.tending.Lock()
	defer c.tending.Unlock()
	if err := c.load(ctx); err != nil {
		return err
	}
	now := c.cfg.Now()
	if !c.looked.IsZero() && now.Sub(c.looked) < c.cfg.OpenEvery {
		return nil
	}
	c.looked = now
	var open []OpenRun
	if c.cfg.Open != nil {
		var err error
		if open, err = c.cfg.Open(ctx); err != nil {
			return fmt.Errorf("look for open runs: %w", err)
		}
	}
	byTarget := make(map[place][]OpenRun)
	for _, o := range open {
		byTarget[placeOf(o.JobKey)] = append(byTarget[placeOf(o.JobKey)], o)
	}
	for _, t := range c.targets {
		t.see(byTarget[t.at], now)
	}
	return nil
}

// see takes in all open runs of a target.
func (t *target) see(open []OpenRun, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.watch {
		w.isOpen = false
	}
	for _, o := range open {
		if o.RunID == "" || o.RunID == allRuns || o.JobName == "" || t.hasEnded(o.RunKey) {
			continue
		}
		if w := t.watchRun(o.RunKey, now); w != nil {
			w.see(o, now)
		}
		t.meet(o.JobName, now)
	}
	for key, w := range t.watch {
		if !w.isOpen && !w.isNeeded(now) {
			delete(t.watch, key)
		}
	}
}

// hasEnded reports whether the API has told the end of a run, though Open does not know yet.
func (t *target) hasEnded(key limnograph.RunKey) bool {
	k, _ := t.c.memory.get(idOf(key))
	return k.ended != 0
}

// watchRun returns the watch over a run; nil when there is no room for another one. The caller holds mu.
func (t *target) watchRun(key limnograph.RunKey, now time.Time) *watched {
	w := t.watch[key]
	if w == nil && len(t.watch) < mostWatched {
		w = &watched{first: now}
		t.watch[key] = w
	}
	return w
}

// nextAsk picks the run that is to be asked about next. The caller holds mu.
func (t *target) nextAsk(now time.Time) (unit, bool) {
	var best struct {
		key   limnograph.RunKey
		at    time.Time
		class class
		found bool
	}
	if t.held(getRun, now) {
		return unit{}, false
	}
	for key, w := range t.watch {
		at, c, early, ok := w.due(now, t.c.cfg.QuietAfter)
		if !ok || c == extra && !t.budget.hasCredit(early) {
			continue
		}
		if !best.found || c < best.class || c == best.class && (at.Before(best.at) || at.Equal(best.at) && key.RunID < best.key.RunID) {
			best.key, best.at, best.class, best.found = key, at, c, true
		}
	}
	return unit{best.class, func(ctx context.Context) error { return t.askAgain(ctx, best.key, best.class) }}, best.found
}

// askAgain asks about a watched run. Its error is one of landing.
func (t *target) askAgain(ctx context.Context, key limnograph.RunKey, c class) error {
	if !t.claim(key) {
		return nil // an event was faster
	}
	defer t.release(key)
	_, _, err := t.ask(ctx, key, c)
	if isAnswer(err) {
		return nil // noted, and tried again when it is time
	}
	return err
}

func (t *target) claim(key limnograph.RunKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.watch[key]
	if w == nil || w.busy {
		return false
	}
	w.busy = true
	return true
}

// glueError is an error of the Glue API, in contrast to one of landing.
type glueError struct{ error }

func (e glueError) Unwrap() error { return e.error }

// isAnswer reports whether an error came from Glue.
func isAnswer(err error) bool {
	_, ok := err.(glueError) //nolint:errorlint // it is made one call below and never wrapped
	return ok
}

// ask asks the API about a run, within what was taken from the budget, lands the answer and notes it. It returns the
// answer and how many records landed. Errors: glueError, and those of landing.
func (t *target) ask(ctx context.Context, key limnograph.RunKey, c class) (r limnograph.JobRun, landed int, err error) {
	err = t.call(c, getRun, func() (err error) {
		r, err = t.Glue.Run(ctx, key.JobName, key.RunID)
		return err
	})
	if err != nil {
		t.noteFailure(key, err)
		return r, 0, glueError{err}
	}
	a := t.read(r, key.JobName)
	a.RunKey = key
	if landed, err = t.learn(ctx, []answer{a}, c, time.Time{}); err != nil {
		return a.JobRun, 0, err
	}
	t.noteAnswer(key, a.JobRun)
	return a.JobRun, landed, nil
}

func (t *target) noteFailure(key limnograph.RunKey, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.watch[key]; w != nil {
		w.failed(err, t.c.cfg.Now())
		t.c.dirty.Store(true)
	}
}

func (t *target) noteAnswer(key limnograph.RunKey, r limnograph.JobRun) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w := t.watch[key]; w != nil && !r.State.IsTerminal() {
		w.answered(t.c.cfg.Now())
		w.open.Asked = true
		t.c.dirty.Store(true)
	} else if w != nil {
		delete(t.watch, key)
	}
}
