package collector

import (
	"cmp"
	"context"
	"time"

	"limnograph"
)

// learn takes in answers of the API about runs: it lands those that say something new, and sees to the custom metrics of
// the ones that have ended. settled is a time: what began before it has ended and has landed, as far as memory does not
// know better. It returns how many were landed.
func (t *target) learn(ctx context.Context, runs []limnograph.JobRun, c class, settled time.Time) (landed int, err error) {
	var news []limnograph.JobRun
	for _, r := range runs {
		if r = t.complete(r); r.JobName != "" && r.RunID != "" && t.isNew(r, settled) {
			news = append(news, r)
		}
	}
	if err := t.c.landRuns(ctx, news); err != nil {
		return 0, err
	}
	for _, r := range news {
		t.remember(r, c)
	}
	return len(news), nil
}

// complete fills in what the answer about a run lacks, and takes out what it must not carry further.
func (t *target) complete(r limnograph.JobRun) limnograph.JobRun {
	r.AccountID, r.Region, r.Source = t.at.account, t.at.region, limnograph.FromAPI
	if now := t.c.cfg.Now().UTC(); r.ObservedAt.IsZero() || r.ObservedAt.After(now) {
		r.ObservedAt = now
	}
	r.State = cmp.Or(r.State, limnograph.RunUnknown)
	t.mu.Lock()
	if j := t.jobs[r.JobName]; j != nil {
		r.JobType = cmp.Or(r.JobType, j.facts.Type)
		r.AutoScaling = cmp.Or(r.AutoScaling, j.facts.AutoScaling)
	}
	t.mu.Unlock()
	return withoutSecrets(r)
}

func (t *target) isNew(r limnograph.JobRun, settled time.Time) bool {
	k, ok := t.c.memory.get(idOf(r.RunKey))
	if !ok || k.api == 0 {
		return !r.State.IsTerminal() || r.StartedAt.IsZero() || !r.StartedAt.Before(settled)
	}
	if k.ended != 0 && !r.State.IsTerminal() {
		return false // an answer that was long on its way
	}
	return k.api != digestOf(r)
}

// remember notes what was landed of a run.
func (t *target) remember(r limnograph.JobRun, c class) {
	first := false
	t.c.memory.update(idOf(r.RunKey), func(k *known) {
		if k.api = digestOf(r); r.State.IsTerminal() {
			first, k.ended = k.ended == 0, endOf(r).UnixMilli()
		}
	})
	t.c.dirty.Store(true)
	if !r.State.IsTerminal() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watch, r.RunKey)
	if first && c != history {
		t.ended++
		t.budget.runEnded()
	}
	t.enqueue(r, c)
}

// endOf is when a run ended, as far as its answer tells.
func endOf(r limnograph.JobRun) time.Time {
	for _, at := range []time.Time{r.CompletedAt, r.ModifiedAt} {
		if !at.IsZero() {
			return at.UTC()
		}
	}
	return r.ObservedAt.UTC()
}
