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
	at      time.Time // horizon of its account, or the end of the window when that is earlier
	quietAt time.Time // newest end of a run before the window; zero: none
}

// gather turns rows into judged jobs, in no particular order.
func gather(rows []RunRow, m Moment) []*job {
	newest := newestByAccount(rows)
	jobs := make(map[jobKey]*job)
	for _, row := range rows {
		j := jobOf(jobs, row)
		at := m.horizon(newest[row.AccountID])
		j.at = earlier(at, m.To)
		if row.Total {
			j.total = &row
			continue
		}
		j.runs = append(j.runs, newRun(row, at, m.ReadFrom))
	}
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

func jobOf(jobs map[jobKey]*job, row RunRow) *job {
	key := jobKey{row.AccountID, row.Region, row.JobName}
	j, ok := jobs[key]
	if !ok {
		j = &job{key: key}
		j.dataset, j.layer = DatasetOf(row.JobName)
		jobs[key] = j
	}
	return j
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
		if r.state != Running {
			return r, true
		}
	}
	return run{}, false
}

// running returns the runs that are under way, oldest first.
func (j *job) running() []run {
	var out []run
	for _, r := range j.shown {
		if r.state == Running {
			out = append(out, r)
		}
	}
	return out
}

func (j *job) count(is func(run) bool) int {
	n := 0
	for _, r := range j.shown {
		if is(r) {
			n++
		}
	}
	return n
}

func isFailed(r run) bool { return r.state == Failed }
func isSlow(r run) bool   { return r.slow }
