package simulator

import (
	"time"

	"limnograph"
)

// Transition is a change of a run's state.
type Transition struct {
	State limnograph.RunState
	At    time.Time
}

// RunTruth is what really happened to a run: what the Glue API says of it once nothing changes any more, and when each
// state began. It is a value; its slices, maps and pointers are not to be changed.
//
// Source and ObservedAt are empty. Arguments holds every argument of the run, secrets too, and ErrorMessage is not
// redacted: both as Glue keeps them. Attempt counts from 0, as Glue does; Run.Attempt counts from 1.
type RunTruth struct {
	limnograph.JobRun
	Timeline    []Transition // in order; the first is StartedAt, the last is terminal
	Queueing    bool         // JobRunQueuingEnabled
	NotifyAfter int64        // NotifyDelayAfter in minutes; 0: none
	DPUAt       time.Time    // when Glue began to report DPUSeconds; zero: with the end
	Metrics     bool         // it is one of Fleet.Runs, whose datapoints are in the stream
}

// At returns what the API answers about the run at t, and false before the run is there. Of a run that has not ended it
// tells neither the end, the error nor DPUSeconds, and the ExecutionTime so far.
func (r *RunTruth) At(t time.Time) (limnograph.JobRun, bool) {
	now, ok := r.stateAt(t)
	if !ok {
		return limnograph.JobRun{}, false
	}
	out := r.JobRun
	out.Source, out.ObservedAt, out.State, out.ModifiedAt = limnograph.FromAPI, t, now.State, now.At
	switch {
	case !now.State.IsTerminal():
		out.CompletedAt, out.ErrorMessage, out.ErrorCategory, out.DPUSeconds = time.Time{}, "", "", nil
		out.ExecutionS = whole(r.executedBy(t))
	case t.Before(r.DPUAt):
		out.DPUSeconds = nil
	default:
		out.ModifiedAt = r.ModifiedAt
	}
	return out, true
}

// stateAt is the last transition up to t.
func (r *RunTruth) stateAt(t time.Time) (now Transition, ok bool) {
	for _, change := range r.Timeline {
		if change.At.After(t) {
			break
		}
		now, ok = change, true
	}
	return now, ok
}

// Began returns when the run entered a state; zero: never.
func (r *RunTruth) Began(state limnograph.RunState) time.Time {
	for _, change := range r.Timeline {
		if change.State == state {
			return change.At
		}
	}
	return time.Time{}
}

// executedBy is the whole seconds of work by t.
func (r *RunTruth) executedBy(t time.Time) int64 {
	began := r.Began(limnograph.RunRunning)
	if began.IsZero() || t.Before(began) {
		return 0
	}
	return int64(t.Sub(began) / time.Second)
}

// Enter adds a state to the timeline. The first one starts the run, a terminal one ends it; both set what follows from that.
func (r *RunTruth) Enter(state limnograph.RunState, at time.Time) {
	if len(r.Timeline) == 0 {
		r.StartedAt = at
	}
	r.Timeline = append(r.Timeline, Transition{State: state, At: at})
	r.State, r.ModifiedAt = state, at
	if state.IsTerminal() {
		r.CompletedAt, r.ExecutionS = at, whole(r.executedBy(at))
	}
}

func whole(v int64) *int64 { return &v }

func fraction(v float64) *float64 { return &v }
