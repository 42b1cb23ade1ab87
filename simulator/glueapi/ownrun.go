package glueapi

import (
	"strconv"
	"strings"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// ownRun is a run that a client started. It works for its time, and is seen RUNNING at least once before it ends.
type ownRun struct {
	simulator.RunTruth
	job     *known
	ends    []limnograph.RunState // of the attempts; the last one of all further ones
	seconds float64
	message string
	polled  time.Time // when it was first seen RUNNING; zero: never
	told    bool      // its end was told
}

// Arguments that say what becomes of a run.
const (
	argEnd     = "--end_state"   // how it ends; several with commas: its retries too
	argSeconds = "--run_seconds" // how long it works
	argMessage = "--error_message"
)

// script reads from the arguments of a run, or else of its job, what becomes of it.
func (r *ownRun) script(cfg *Config) error {
	argument := func(name string) string {
		if v, ok := r.Arguments[name]; ok {
			return v
		}
		return r.job.DefaultArguments[name]
	}
	r.ends, r.seconds, r.message = []limnograph.RunState{cfg.EndState}, cfg.RunSeconds, argument(argMessage)
	if text := argument(argEnd); text != "" {
		r.ends = nil
		for state := range strings.SplitSeq(text, ",") {
			r.ends = append(r.ends, limnograph.RunState(strings.TrimSpace(state)))
		}
	}
	for _, state := range r.ends {
		if !state.IsTerminal() {
			return invalid("%s: a run cannot end in state %s", argEnd, state)
		}
	}
	if text := argument(argSeconds); text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds >= 0 && seconds <= 1e6) {
			return invalid("%s: %s is no number of seconds", argSeconds, text)
		}
		r.seconds = seconds
	}
	return nil
}

// end is how this attempt ends.
func (r *ownRun) end() limnograph.RunState {
	return r.ends[min(int(*r.Attempt), len(r.ends)-1)]
}

// step moves the run on to now by one state, and reports whether it did. Free is whether a place for one more run is there.
func (r *ownRun) step(now time.Time, free bool, patience time.Duration) bool {
	next, at := r.next(now, free, patience)
	if next == "" || at.After(now) {
		return false
	}
	r.Enter(next, at.Truncate(time.Millisecond))
	if r.State.IsTerminal() {
		r.conclude()
	}
	return true
}

const (
	starting = time.Second // at most; a quarter of the run's time if that is less
	stopping = time.Second
)

// next is the state that comes next, and when.
func (r *ownRun) next(now time.Time, free bool, patience time.Duration) (limnograph.RunState, time.Time) {
	working := time.Duration(r.seconds * float64(time.Second))
	switch since := r.Timeline[len(r.Timeline)-1].At; r.State {
	case limnograph.RunWaiting:
		if free {
			return limnograph.RunStarting, now
		}
	case limnograph.RunStarting:
		return limnograph.RunRunning, since.Add(min(starting, working/4))
	case limnograph.RunRunning:
		end := since.Add(working)
		switch {
		case r.polled.IsZero():
			end = end.Add(patience)
		case r.polled.After(end):
			end = r.polled
		}
		return r.end(), end
	case limnograph.RunStopping:
		return limnograph.RunStopped, since.Add(stopping)
	}
	return "", time.Time{}
}

// conclude sets what is known at the end.
func (r *ownRun) conclude() {
	if r.State.HasFailed() {
		r.ErrorMessage = r.message
		if r.ErrorMessage == "" {
			r.ErrorMessage = map[limnograph.RunState]string{
				limnograph.RunFailed:  "Command failed with exit code 1",
				limnograph.RunTimeout: "Job run exceeded the timeout",
				limnograph.RunError:   "The job run could not be started",
				limnograph.RunExpired: "The job run expired in the queue",
			}[r.State]
		}
	}
	if r.ExecutionClass == "FLEX" || r.AutoScaling != nil && *r.AutoScaling {
		dpu := float64(*r.ExecutionS) * *r.MaxCapacity * 0.75
		r.DPUSeconds = &dpu
	}
}
