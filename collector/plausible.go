package collector

import (
	"math"
	"time"

	"limnograph"
)

// What no answer about a run can truly say is as if it were not said: a record with such a field would be refused as a
// whole when it is read.

// plausible returns a statement about a run without what cannot be.
func plausible(r limnograph.JobRun, now time.Time) limnograph.JobRun {
	const longestState = 64
	for _, at := range []*time.Time{&r.ObservedAt, &r.StartedAt, &r.CompletedAt, &r.ModifiedAt} {
		*at = moderate(*at)
	}
	if now = now.UTC(); r.ObservedAt.IsZero() || r.ObservedAt.After(now) {
		r.ObservedAt = now // a clock that is ahead must not win over what comes later
	}
	for _, n := range []**int64{&r.Attempt, &r.ExecutionS, &r.Workers, &r.TimeoutMin} {
		*n = counted(*n)
	}
	for _, v := range []**float64{&r.DPUSeconds, &r.MaxCapacity} {
		*v = measured(*v)
	}
	if r.State == "" || len(r.State) > longestState {
		r.State = limnograph.RunUnknown
	}
	return r
}

// plausibleJob returns a statement about a job without what cannot be.
func plausibleJob(j limnograph.Job, now time.Time) limnograph.Job {
	for _, at := range []*time.Time{&j.ObservedAt, &j.CreatedAt, &j.ModifiedAt} {
		*at = moderate(*at)
	}
	if now = now.UTC(); j.ObservedAt.IsZero() || j.ObservedAt.After(now) {
		j.ObservedAt = now
	}
	for _, n := range []**int64{&j.Workers, &j.TimeoutMin, &j.MaxRetries, &j.MaxConcurrent} {
		*n = counted(*n)
	}
	j.MaxCapacity = measured(j.MaxCapacity)
	return j
}

// moderate returns a time, zero when Glue did not exist then or nobody will live to see it.
func moderate(at time.Time) time.Time {
	if year := at.UTC().Year(); year < 2010 || year > 2099 {
		return time.Time{}
	}
	return at
}

func counted(n *int64) *int64 {
	if n == nil || *n < 0 {
		return nil
	}
	return n
}

func measured(v *float64) *float64 {
	if v == nil || !(*v >= 0) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}
