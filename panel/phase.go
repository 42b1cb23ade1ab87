package panel

import (
	"time"

	"limnograph"
)

// phaseOf tells how far a run is at a moment, and whether only datapoints say so. A state that Glue adds one day is
// taken for one of a run under way.
func phaseOf(r RunRow, at time.Time) (p Phase, byMetrics bool) {
	switch {
	case r.State == limnograph.RunSucceeded:
		return Succeeded, false
	case r.State == limnograph.RunStopped:
		return Stopped, false
	case r.State.HasFailed():
		return Failed, false
	case r.Outcome == limnograph.RunFailed:
		return Failed, true
	case r.Outcome == limnograph.RunSucceeded:
		return Succeeded, true
	case r.State == "" || r.State == limnograph.RunUnknown:
		return byDatapoints(r, at), true
	case !r.EndedAt.IsZero() || isForgotten(r, at):
		return Ended, false
	default:
		return underWay(r.State), false
	}
}

func underWay(s limnograph.RunState) Phase {
	switch s {
	case limnograph.RunWaiting:
		return Queued
	case limnograph.RunStarting:
		return Starting
	}
	return Running
}

func byDatapoints(r RunRow, at time.Time) Phase {
	if r.Last.Before(at.Add(-runningGap)) {
		return Ended
	}
	return Running
}

// isForgotten reports whether a run was under way when it was last heard of, and must have ended since: Glue stops each one
// at its timeout.
func isForgotten(r RunRow, at time.Time) bool {
	limit := MaxRun
	if r.TimeoutMin != nil && *r.TimeoutMin > 0 {
		limit = min(limit, time.Duration(*r.TimeoutMin)*time.Minute)
	}
	return at.Sub(beginOf(r)) > limit+forgottenAfter && at.Sub(later(r.ObservedAt, r.Last)) > forgottenAfter
}

// beginOf is when a run was queued or started, as far as is known.
func beginOf(r RunRow) time.Time {
	switch told := first(r.QueuedAt, r.StartedAt); {
	case !told.IsZero():
		return told
	case !r.First.IsZero():
		return first(r.Begins, r.First)
	case r.Last.IsZero() && r.EndedAt.IsZero():
		return r.Begins
	}
	end := r.EndedAt // published as a custom metric alone, in the minute in which the run ended
	if end.IsZero() {
		end = r.Last.Add(period)
	}
	if r.ExecutionS != nil {
		end = end.Add(-fromSeconds(*r.ExecutionS))
	}
	return end
}

// endOf is when a run ended; of one under way up to when it is known to go on. live is the moment itself.
func endOf(r RunRow, p Phase, byMetrics bool, live time.Time) time.Time {
	reported := time.Time{}
	if !r.Last.IsZero() {
		reported = r.Last.Add(period)
	}
	switch {
	case p.isActive() && !byMetrics:
		return later(reported, live)
	case p.isActive():
		return reported
	case !r.EndedAt.IsZero() && r.Begins.IsZero(): // known to the minute
		return later(r.EndedAt, reported)
	case !r.EndedAt.IsZero():
		return r.EndedAt
	case r.ExecutionS != nil && !r.StartedAt.IsZero():
		return later(reported, r.StartedAt.Add(fromSeconds(*r.ExecutionS)))
	case !reported.IsZero():
		return reported
	default:
		return r.ObservedAt
	}
}

// leadOf is the time before a run executed: in the queue, and starting up. ok is false when it is not known.
func leadOf(r RunRow, p Phase, start, end time.Time) (lead time.Duration, ok bool) {
	switch {
	case p == Queued || p == Starting:
		return end.Sub(start), true
	case r.WaitingS != nil || r.StartupS != nil:
		for _, s := range [...]*float64{r.WaitingS, r.StartupS} {
			if s != nil {
				lead += fromSeconds(*s)
			}
		}
	case r.ExecutionS != nil && !r.StartedAt.IsZero() && !r.EndedAt.IsZero():
		lead = end.Sub(start) - fromSeconds(*r.ExecutionS)
	default:
		return 0, false
	}
	return min(max(0, lead), end.Sub(start)), true
}

// fromSeconds keeps absurd numbers within what a run can last.
func fromSeconds(s float64) time.Duration {
	return time.Duration(min(max(0, s), maxSeconds) * float64(time.Second))
}

const maxSeconds = 366 * 24 * 3600

// first is the earlier of two times that may be unknown.
func first(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
