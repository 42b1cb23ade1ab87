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
	phase     Phase
	byMetrics bool // only datapoints tell the phase
	start     time.Time
	end       time.Time
	lead      time.Duration // before it executed
	knowsLead bool
	cut       bool // begins where the rows begin: may have started earlier
	typical   time.Duration
	baseline  int // number of earlier runs behind typical
	slow      bool
}

// duration is how long it used resources: as Glue tells, else what lies between its ends but for its lead.
func (r *run) duration() time.Duration {
	if r.ExecutionS != nil && !r.phase.isActive() {
		return fromSeconds(*r.ExecutionS)
	}
	return r.end.Sub(r.start) - r.lead
}

// teaches reports whether the run's duration says how long a good run takes.
func (r *run) teaches() bool {
	return !r.cut && (r.phase == Succeeded || r.phase == Ended)
}

// isRepeat reports whether Glue started it because the run before had failed: that says nothing about a schedule.
func (r *run) isRepeat() bool { return r.Attempt != nil && *r.Attempt > 0 }

// newRun judges one row. at is the horizon of its account.
func newRun(row RunRow, at time.Time, m Moment) run {
	r := run{RunRow: row, start: beginOf(row)}
	r.phase, r.byMetrics = phaseOf(row, at)
	r.end = later(r.start, endOf(row, r.phase, r.byMetrics, earlier(later(m.AsOf, at), m.To)))
	r.lead, r.knowsLead = leadOf(row, r.phase, r.start, r.end)
	r.cut = row.Begins.IsZero() && !r.start.After(m.ReadFrom.Add(period))
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
	starts := regularStarts(runs)
	if len(starts) < lateMinRuns {
		return schedule{}, false
	}
	intervals := make([]time.Duration, 0, len(starts)-1)
	for i := 1; i < len(starts); i++ {
		intervals = append(intervals, starts[i].Sub(starts[i-1]))
	}
	slices.Sort(intervals)
	every := median(intervals)
	if every < lateMinGrace || !regular(intervals, every) {
		return schedule{}, false
	}
	last := starts[len(starts)-1]
	return schedule{every: every, expected: last.Add(every), grace: max(lateMinGrace, every/4)}, true
}

// regularStarts leaves out the starts that only repeat a failed run.
func regularStarts(runs []run) (starts []time.Time) {
	for i := range runs {
		if !runs[i].isRepeat() {
			starts = append(starts, runs[i].start)
		}
	}
	return starts
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
