package simulator

import (
	"cmp"
	"slices"
)

// tally counts what the runs of one job did in the delivered minutes of a day.
func tally(runs []Run, delivered minutes, today span) LedgerRow {
	job := runs[0].Job
	row := LedgerRow{
		Day: minuteTime(today.from), AccountID: job.AccountID, Region: job.Region, JobName: job.Name,
		OutcomeReported: job.Observability, RecordsWrittenReported: job.ReportsWritten,
	}
	var lives []life
	for i := range runs {
		row.addRun(&runs[i], delivered, today)
		lives = append(lives, runs[i].lives()...)
	}
	for _, l := range lives {
		row.Datapoints += l.series * delivered.count(l.in(today))
	}
	row.DatapointsTotal = union(lives, delivered, today)
	return row
}

func (row *LedgerRow) addRun(r *Run, delivered minutes, today span) {
	whole := r.minutesOf(1, r.reports)
	if first, ok := delivered.first(whole); ok && today.contains(first) {
		row.RunsStarted++
	}
	end := whole.until - 1
	if r.Failed && today.contains(end) && delivered.contains(end) {
		row.RunsFailed++
	}
	for s := range delivered.within(today) {
		if first, last := r.reportsIn(s.from, s.until); first <= last {
			row.RecordsRead += r.readBy(last) - r.readBy(first-1)
		}
	}
	row.RecordsWritten += r.writtenIn(delivered, today)
}

// writtenIn compares the running total at the last delivered report of the day with the one before the day.
func (r *Run) writtenIn(delivered minutes, today span) int64 {
	whole := r.minutesOf(1, r.reports)
	at, ok := delivered.last(whole.in(today))
	if !ok {
		return 0
	}
	return r.writtenAt(at, true) - r.writtenAt(delivered.last(whole.in(span{whole.from, today.from})))
}

// writtenAt is the running total at the last report of a minute.
func (r *Run) writtenAt(minute int64, ok bool) int64 {
	if !ok {
		return 0
	}
	_, last := r.reportsIn(minute, minute+1)
	return r.writtenBy(last)
}

// life is the time during which a group of series of a run has a datapoint each minute. Groups of the same kind
// have the same series in every run of the job.
type life struct {
	span
	kind   int
	series int64 // how many series
}

// The kinds of life; executor e (from 1) is kindExecutor + e.
const (
	kindAlways = iota
	kindSucceeded
	kindFailed
	kindCategory // + index of the category
	kindExecutor = kindCategory + categories
)

// lives says how long each series of the run is there.
func (r *Run) lives() []life {
	last := r.minutesOf(r.reports, r.reports)
	all := []life{{r.minutesOf(1, r.reports), kindAlways, r.Job.steadySeries()}}
	switch {
	case !r.Job.Observability:
	case r.Failed:
		names := errorCategories()
		category := slices.Index(names[:], r.Error)
		all = append(all, life{last, kindFailed, 1}, life{last, kindCategory + category, 1})
	default:
		all = append(all, life{last, kindSucceeded, 1})
	}
	for e := 1; e <= r.executors; e++ {
		after, until := r.window(e)
		all = append(all, life{r.minutesOf(after+1, until), kindExecutor + e, 5})
	}
	return all
}

// steadySeries counts the series that every run of the job has from its first report to its last: 12 of the driver,
// 5 each of the driver and of all executors; with observability 27 more, 4 for each source and for ALL, and 3 each
// for the sink and for ALL.
func (j *Job) steadySeries() int64 {
	n := int64(12 + 5 + 5)
	if j.Observability {
		n += 27 + 4*int64(len(j.sources)+1)
	}
	if j.ReportsWritten {
		n += 3 * 2
	}
	return n
}

// minutesOf are the minutes of the reports first to last.
func (r *Run) minutesOf(first, last int) span {
	at := func(k int) int64 { return floorDiv(r.start+int64(k)*reportEvery, secondsPerMinute) }
	return span{at(first), at(last) + 1}
}

// union counts the minutes in which any run had a series of the kind: the twin has one datapoint for all of them.
func union(lives []life, delivered minutes, today span) (n int64) {
	slices.SortFunc(lives, func(a, b life) int { return cmp.Or(a.kind-b.kind, cmp.Compare(a.from, b.from)) })
	for len(lives) > 0 {
		kind, series, set := lives[0].kind, lives[0].series, minutes(nil)
		for len(lives) > 0 && lives[0].kind == kind {
			set.add(lives[0].in(today))
			lives = lives[1:]
		}
		for _, s := range set {
			n += series * delivered.count(s)
		}
	}
	return n
}

func (s span) in(r span) span { return span{max(s.from, r.from), min(s.until, r.until)} }

func (s span) contains(minute int64) bool { return s.from <= minute && minute < s.until }

func compareRows(a, b LedgerRow) int {
	return cmp.Or(
		cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region), cmp.Compare(a.JobName, b.JobName),
	)
}
