package panel

import (
	"slices"
	"time"
)

// Limits of what is called slow or late. They are wide on purpose: a page that cries wolf is not read.
const (
	slowMinRuns  = 5
	slowFactor   = 1.5
	slowMargin   = time.Minute
	lateMinRuns  = 4
	lateMinGrace = 10 * time.Minute
)

// run is a run with what its job's history says about it.
type run struct {
	RunRow
	state    State
	start    time.Time
	end      time.Time // end of the last reported minute
	cut      bool      // begins where the rows begin: may have started earlier
	typical  time.Duration
	baseline int // number of earlier runs behind typical
	slow     bool
}

func (r *run) duration() time.Duration { return r.end.Sub(r.start) }

// teaches reports whether the run's duration says how long a good run takes.
func (r *run) teaches() bool {
	return !r.cut && (r.state == Succeeded || r.state == Ended)
}

// newRun judges one row. at is the horizon of its account.
func newRun(row RunRow, at, readFrom time.Time) run {
	r := run{RunRow: row, start: row.First, end: row.Last.Add(period), cut: !row.First.After(readFrom.Add(period))}
	switch {
	case row.Failed:
		r.state = Failed
	case row.Succeeded:
		r.state = Succeeded
	case !row.Last.Before(at.Add(-runningGap)):
		r.state = Running
	default:
		r.state = Ended
	}
	return r
}

// learn walks the runs of one job in the order of their start and gives each the median of those before it.
func learn(runs []run) {
	var durations []time.Duration // sorted
	for i := range runs {
		r := &runs[i]
		r.baseline, r.typical = len(durations), median(durations)
		r.slow = r.baseline >= slowMinRuns && r.duration() > slowLimit(r.typical)
		if r.teaches() {
			at, _ := slices.BinarySearch(durations, r.duration())
			durations = slices.Insert(durations, at, r.duration())
		}
	}
}

func slowLimit(typical time.Duration) time.Duration {
	return max(time.Duration(slowFactor*float64(typical)), typical+slowMargin)
}

// median of a sorted slice; 0 when it is empty.
func median(sorted []time.Duration) time.Duration {
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// typicalDuration is the median of the finished runs of a job; ok is false when there is none.
func typicalDuration(runs []run) (d time.Duration, ok bool) {
	var durations []time.Duration
	for i := range runs {
		if runs[i].teaches() {
			durations = append(durations, runs[i].duration())
		}
	}
	slices.Sort(durations)
	return median(durations), len(durations) > 0
}

// schedule is what the starts of a job's runs say about its next one.
type schedule struct {
	every    time.Duration
	expected time.Time
	grace    time.Duration
}

// expect derives the next start from the median interval of the starts. ok is false when there are too few runs, or
// when fewer than two thirds of the intervals are near the median: then the job keeps no schedule.
func expect(runs []run) (s schedule, ok bool) {
	if len(runs) < lateMinRuns {
		return schedule{}, false
	}
	intervals := make([]time.Duration, 0, len(runs)-1)
	for i := 1; i < len(runs); i++ {
		intervals = append(intervals, runs[i].start.Sub(runs[i-1].start))
	}
	slices.Sort(intervals)
	every := median(intervals)
	if every < lateMinGrace || !regular(intervals, every) {
		return schedule{}, false
	}
	last := runs[len(runs)-1].start
	return schedule{every: every, expected: last.Add(every), grace: max(lateMinGrace, every/4)}, true
}

func regular(intervals []time.Duration, every time.Duration) bool {
	near := 0
	for _, d := range intervals {
		if (d - every).Abs() <= max(every/5, 2*period) {
			near++
		}
	}
	return 3*near >= 2*len(intervals)
}
