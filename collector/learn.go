package collector

import (
	"cmp"
	"context"
	"time"

	"limnograph"
)

// answer is one answer about a run, ready to be landed.
type answer struct {
	limnograph.JobRun
	digest uint64 // of what the API said
}

// learn takes in answers of the API about runs: it lands those that say something new, and sees to the custom metrics of
// the ones that have ended. What began before settled has ended and has landed, as far as memory does not know better.
// It returns how many were landed.
func (t *target) learn(ctx context.Context, answers []answer, c class, settled time.Time) (landed int, err error) {
	var news []answer
	var runs []limnograph.JobRun
	for _, a := range answers {
		if a.JobName != "" && a.RunID != "" && t.isNew(a, settled) {
			news, runs = append(news, a), append(runs, a.JobRun)
		}
	}
	if err := t.c.landRuns(ctx, runs); err != nil {
		return 0, err
	}
	for _, a := range news {
		t.remember(a, c)
	}
	return len(news), nil
}

// read fills in what an answer about a run of a job lacks, and takes out what it must not carry further. What the job
// says now must not make an old answer look new: the digest tells only whether there was something to fill in.
func (t *target) read(r limnograph.JobRun, name string) answer {
	r.AccountID, r.Region, r.JobName, r.Source = t.at.account, t.at.region, cmp.Or(r.JobName, name), limnograph.FromAPI
	r = withoutSecrets(plausible(r, t.c.cfg.Now()))
	a := answer{r, digestOf(r)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if j := t.jobs[r.JobName]; j != nil {
		a.JobType = cmp.Or(r.JobType, j.facts.Type)
		a.AutoScaling = cmp.Or(r.AutoScaling, j.facts.AutoScaling)
		if a.JobType != r.JobType || a.AutoScaling != r.AutoScaling {
			a.digest ^= 1 << 63
		}
	}
	return a
}

func (t *target) isNew(a answer, settled time.Time) bool {
	k, ok := t.c.memory.get(idOf(a.RunKey))
	if !ok || k.api == 0 {
		return !a.State.IsTerminal() || a.StartedAt.IsZero() || !a.StartedAt.Before(settled)
	}
	if k.ended != 0 && !a.State.IsTerminal() {
		return false // an answer that was long on its way
	}
	return k.api != a.digest
}

// remember notes what was landed of a run.
func (t *target) remember(a answer, c class) {
	first := false
	t.c.memory.update(idOf(a.RunKey), func(k *known) {
		if k.api = a.digest; a.State.IsTerminal() {
			first, k.ended = k.ended == 0, endOf(a.JobRun).UnixMilli()
		}
	})
	t.c.dirty.Store(true)
	if !a.State.IsTerminal() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watch, a.RunKey)
	if first && c != history {
		t.ended++
		t.budget.runEnded()
	}
	t.enqueue(a.JobRun, c)
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
