package panel

import (
	"cmp"
	"slices"
	"time"
)

// jobKey names one job of the fleet.
type jobKey struct{ account, region, name string }

// job gathers what the rows say about one job.
type job struct {
	key     jobKey
	dataset string
	layer   string
	runs    []run // by start, also those before the window
	shown   []run // those that touch the window
	total   *RunRow
	listed  *JobRow   // its row of the inventory; nil: none
	past    PastRow   // its runs in all; without rows the zero value
	at      time.Time // horizon of its account, or the end of the window when that is earlier
	quietAt time.Time // newest end of a run before the window; zero: none
}

// gather turns rows into judged jobs, in no particular order.
func gather(rows Rows, m Moment) []*job {
	newest := newestByAccount(rows.Runs)
	jobs := make(map[jobKey]*job)
	for _, row := range rows.Runs {
		at := m.horizon(newest[row.AccountID])
		j := jobOf(jobs, jobKey{row.AccountID, row.Region, row.JobName}, earlier(at, m.To))
		if row.Total {
			j.total = &row
			continue
		}
		j.runs = append(j.runs, newRun(row, at, m))
	}
	for _, row := range rows.Jobs {
		at := m.horizon(newest[row.AccountID])
		jobOf(jobs, jobKey{row.AccountID, row.Region, row.JobName}, earlier(at, m.To)).listed = &row
	}
	for _, row := range rows.Past {
		if j, ok := jobs[jobKey{row.AccountID, row.Region, row.JobName}]; ok {
			j.past = row
		}
	}
	return judged(jobs, m)
}

func judged(jobs map[jobKey]*job, m Moment) []*job {
	out := make([]*job, 0, len(jobs))
	for _, j := range jobs {
		j.judge(m)
		out = append(out, j)
	}
	return out
}

func newestByAccount(rows []RunRow) map[string]time.Time {
	newest := make(map[string]time.Time)
	for i := range rows {
		if r := &rows[i]; r.Last.After(newest[r.AccountID]) {
			newest[r.AccountID] = r.Last
		}
	}
	return newest
}

func jobOf(jobs map[jobKey]*job, key jobKey, at time.Time) *job {
	j, ok := jobs[key]
	if !ok {
		j = &job{key: key, at: at}
		j.dataset, j.layer = DatasetOf(key.name)
		jobs[key] = j
	}
	return j
}

func (j *job) judge(m Moment) {
	slices.SortFunc(j.runs, func(a, b run) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.RunID, b.RunID))
	})
	learn(j.runs)
	for _, r := range j.runs {
		switch {
		case m.within(r.start, r.end):
			j.shown = append(j.shown, r)
		case r.end.After(j.quietAt) && !r.start.After(m.From):
			j.quietAt = r.end
		}
	}
}

// lastFinished returns the newest finished run that is shown.
func (j *job) lastFinished() (run, bool) {
	for _, r := range slices.Backward(j.shown) {
		if !r.phase.isActive() {
			return r, true
		}
	}
	return run{}, false
}

// active returns the runs that have not ended, oldest first.
func (j *job) active() []run { return j.which(func(r run) bool { return r.phase.isActive() }) }

// running returns the runs that execute, oldest first.
func (j *job) running() []run { return j.which(isRunning) }

func (j *job) which(is func(run) bool) (out []run) {
	for _, r := range j.shown {
		if is(r) {
			out = append(out, r)
		}
	}
	return out
}

func (j *job) count(is func(run) bool) int { return len(j.which(is)) }

func isFailed(r run) bool  { return r.phase == Failed }
func isRunning(r run) bool { return r.phase == Running }
func isWaiting(r run) bool { return r.phase == Queued || r.phase == Starting }
func isSlow(r run) bool    { return r.slow }

// isDeleted reports whether the inventory misses the job.
func (j *job) isDeleted() bool { return j.listed != nil && j.listed.Deleted }

// silence says why the job has no metrics; nil when it has some, or when the inventory does not know it.
func (j *job) silence() *SilenceNote {
	if j.listed == nil {
		return nil
	}
	past := j.past
	past.Runs = max(past.Runs, int64(len(j.runs)))
	for i := range j.runs {
		r := &j.runs[i]
		if !r.First.IsZero() {
			past.Measured++
		}
		if r.phase == Succeeded {
			past.Succeeded++
		}
	}
	reason, remedy := Silence(*j.listed, past)
	if reason == "" {
		return nil
	}
	return &SilenceNote{Reason: reason, Remedy: remedy}
}
