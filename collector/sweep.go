package collector

import (
	"cmp"
	"context"
	"hash/fnv"
	"io"
	"time"

	"limnograph"
)

const (
	slack       = 10 * time.Minute // how far before a job's mark a sweep reads
	longestRead = 200              // pages of one sweep
	lateCounts  = 2 * time.Hour    // how long after its end DPU-seconds of a run may come
)

// job is what a target knows of a job and how far its runs were read.
type job struct {
	facts   limnograph.Job
	digest  uint64    // of the statement that was landed last; 0: none
	landed  time.Time // when
	changed bool      // there is a statement to land
	tagged  time.Time // when its tags were read; zero: they are to be read

	mark  time.Time // what began before it has ended and has landed
	due   time.Time // of the next sweep
	fails int       // sweeps in a row that failed

	past pastOf // how far its history was read
}

// reading is one sweep over the runs of a job, or one page of its history.
type reading struct {
	job    string
	token  string
	pages  int
	oldest time.Time // start of the oldest run that was read; zero: none
	open   time.Time // start of the oldest run that has not ended for good; zero: all have
	newest time.Time // start of the newest run
}

// note takes in a page.
func (r *reading) note(answers []answer, now time.Time) {
	r.pages++
	for _, run := range answers {
		at := run.StartedAt
		if at.IsZero() {
			at = now
		}
		if r.oldest.IsZero() || at.Before(r.oldest) {
			r.oldest = at
		}
		if at.After(r.newest) {
			r.newest = at
		}
		if !isSettled(run.JobRun, now) && (r.open.IsZero() || at.Before(r.open)) {
			r.open = at
		}
	}
}

// mark returns the new mark of the job: nothing that began before it will change.
func (r *reading) mark(now time.Time) time.Time {
	mark := now
	for _, at := range []time.Time{r.newest, r.open} {
		if !at.IsZero() && at.Before(mark) {
			mark = at
		}
	}
	return mark
}

// isSettled reports whether the answer about a run will not change any more: it has ended, with its DPU-seconds where
// they come late, or is so old that it must have.
func isSettled(r limnograph.JobRun, now time.Time) bool {
	if !r.State.IsTerminal() {
		return isTooOld(r.StartedAt, minutesOf(r), now)
	}
	counts := r.ExecutionClass == "FLEX" || r.AutoScaling != nil && *r.AutoScaling
	return !counts || r.DPUSeconds != nil || now.Sub(endOf(r)) > lateCounts
}

func minutesOf(r limnograph.JobRun) int64 {
	if r.TimeoutMin == nil {
		return 0
	}
	return *r.TimeoutMin
}

// spread is a share of a time that is the job's own, so that jobs are not swept all at once.
func spread(job string, over time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = io.WriteString(h, job)
	return time.Duration(h.Sum64() % uint64(max(1, over)))
}

// nextSweep picks the job that is swept next, or the next page of the sweep that is under way. The caller holds mu.
func (t *target) nextSweep(now time.Time) (unit, bool) {
	if t.held(getRuns, now) {
		return unit{}, false
	}
	if t.reading == nil {
		name, found := t.dueJob(now)
		if !found {
			return unit{}, false
		}
		t.reading = &reading{job: name}
	}
	return unit{sweep, t.sweepPage}, true
}

func (t *target) dueJob(now time.Time) (name string, found bool) {
	var at time.Time
	for each, j := range t.jobs {
		if j.due.After(now) {
			continue
		}
		if !found || cmp.Or(j.due.Compare(at), cmp.Compare(each, name)) < 0 {
			name, at, found = each, j.due, true
		}
	}
	return name, found
}

// sweepPage reads one page of the sweep that is under way.
func (t *target) sweepPage(ctx context.Context) error {
	r := t.reading
	answers, next, err := t.readPage(ctx, sweep, r)
	now := t.c.cfg.Now()
	switch {
	case isAnswer(err):
		t.sweepFailed(r, now)
		return nil
	case err != nil:
		return err // the same page comes again when landing works
	}
	r.note(answers, now)
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.jobs[r.job]
	if j == nil {
		t.reading = nil // it vanished meanwhile
		return nil
	}
	if r.token = next; next == "" || r.pages >= longestRead || r.oldest.Before(j.mark.Add(-slack)) && !r.oldest.IsZero() {
		j.mark, j.due, j.fails = r.mark(now), now.Add(t.c.cfg.SweepEvery), 0
		t.reading, t.swept = nil, now
		t.c.dirty.Store(true)
	}
	return nil
}

// readPage reads one page of runs and lands what is new in it. Errors: glueError, and those of landing.
func (t *target) readPage(ctx context.Context, c class, r *reading) (answers []answer, next string, err error) {
	var runs []limnograph.JobRun
	err = t.call(c, getRuns, func() (err error) {
		runs, next, err = t.Glue.Runs(ctx, r.job, r.token)
		return err
	})
	if err != nil {
		return nil, "", glueError{err}
	}
	for _, run := range runs {
		answers = append(answers, t.read(run, r.job))
	}
	if next == r.token {
		next = "" // it would be the same page for ever
	}
	_, err = t.learn(ctx, answers, c, t.settled(r.job))
	return answers, next, err
}

// settled returns the time before which runs of a job need no second look.
func (t *target) settled(name string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.jobs[name]
	if j == nil || !j.past.done && !t.c.cfg.NoBackfill {
		return time.Time{}
	}
	return j.mark.Add(-slack)
}

// sweepFailed gives a sweep up; the job is swept from its newest run again, later with each failure.
func (t *target) sweepFailed(r *reading, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = nil
	if j := t.jobs[r.job]; j != nil {
		j.fails++
		j.due = now.Add(min(t.c.cfg.SweepEvery, time.Minute<<min(j.fails-1, 8)))
	}
}
