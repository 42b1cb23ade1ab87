package collector

import (
	"cmp"
	"context"
	"time"
)

// pastOf is how far the history of a job was read. Only done outlives a restart: pages are named by tokens that Glue
// forgets.
type pastOf struct {
	done  bool
	pages int
	token string
	retry time.Time // after a failure: not before
	fails int
}

// progress is how far history was read, over all jobs of a target.
type progress struct {
	runs   int64     // read
	oldest time.Time // start of the oldest one; zero: none
}

// nextHistory picks the job whose history is read next: of all jobs the newest page first. The caller holds mu.
func (t *target) nextHistory(now time.Time) (unit, bool) {
	if t.c.cfg.NoBackfill || t.held(getRuns, now) {
		return unit{}, false
	}
	var name string
	var best *job
	for each, j := range t.jobs {
		if j.past.done || j.past.retry.After(now) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(j.past.pages, best.past.pages), cmp.Compare(each, name)) < 0 {
			name, best = each, j
		}
	}
	return unit{history, func(ctx context.Context) error { return t.historyPage(ctx, name) }}, best != nil
}

// historyPage reads one page of the history of a job.
func (t *target) historyPage(ctx context.Context, name string) error {
	r := &reading{job: name, token: t.tokenOf(name)}
	answers, next, err := t.readPage(ctx, history, r)
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.jobs[name]
	switch {
	case err != nil && !isAnswer(err):
		return err // the same page comes again when landing works
	case j == nil:
		return nil
	case err != nil:
		j.past = pastOf{fails: j.past.fails + 1, retry: now.Add(min(time.Hour, time.Minute<<min(j.past.fails, 8)))} // its token may be too old
		return nil
	}
	r.note(answers, now)
	t.past.runs += int64(len(answers))
	if !r.oldest.IsZero() && (t.past.oldest.IsZero() || r.oldest.Before(t.past.oldest)) {
		t.past.oldest = r.oldest
	}
	j.readPast(r, next, now, t.c.cfg.SweepEvery)
	t.c.dirty.Store(true)
	return nil
}

// readPast notes a page of history. The first one is as good as a sweep.
func (j *job) readPast(r *reading, next string, now time.Time, every time.Duration) {
	if j.past.pages == 0 {
		j.mark, j.due = r.mark(now), now.Add(every/2+spread(r.job, every))
	} else if !r.open.IsZero() && r.open.Before(j.mark) {
		j.mark = r.open
	}
	j.past = pastOf{done: next == "", pages: j.past.pages + 1, token: next}
}

func (t *target) tokenOf(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if j := t.jobs[name]; j != nil {
		return j.past.token
	}
	return ""
}
