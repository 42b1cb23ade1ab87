package simulator

import (
	"cmp"
	"slices"
	"time"

	"limnograph"
)

// EventFaults are the shares, from 0 to 1, of events to which something happens on their way. EventBridge promises best
// effort alone.
type EventFaults struct {
	Lost       float64 // never arrives
	Late       float64 // arrives 10 minutes to 2 hours after it happened
	Duplicated float64 // arrives again under the same id, up to five minutes later
	Reordered  float64 // arrives half a minute to ten minutes after it happened, so that others overtake it
}

// longestDelay bounds the time from an event to its last arrival.
const longestDelay = 2*time.Hour + 10*time.Minute

// longestRun bounds the time from a run's StartedAt to its end.
const longestRun = 3 * hour

// Event is one delivery of an event by EventBridge.
type Event struct {
	At    time.Time // when it arrives
	Time  time.Time // when it happened
	Run   limnograph.RunKey
	State limnograph.RunState
	Body  []byte // the event as the target gets it: JSON
}

// Events lists the deliveries of what happened in [from, until), by arrival, which may be after until. An event of
// "Glue Job State Change" for each run that ends SUCCEEDED, FAILED, TIMEOUT or STOPPED; of "Glue Job Run Status" for each
// state of a run with NotifyDelayAfter that lasts beyond that delay. What happens to an event depends on the event alone.
func (f *Fleet) Events(from, until time.Time, faults EventFaults) []Event {
	var out []Event
	visit := func(r *RunTruth) {
		for _, e := range f.eventsOf(r) {
			if !e.Time.Before(from) && e.Time.Before(until) {
				out = append(out, f.deliveriesOf(e, &faults)...)
			}
		}
	}
	begin, end := from.Unix()-longestRun, ceilDiv(until.UnixMilli(), 1000)
	for i := range f.datasets {
		f.truthsOf(&f.datasets[i], begin, end, visit)
	}
	for i := range f.silent {
		f.silent[i].runs(begin, end, visit)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), a.Time.Compare(b.Time)) })
	return out
}

// eventsOf makes the events of a run as they happen, before anything happens to them.
func (f *Fleet) eventsOf(r *RunTruth) (all []Event) {
	key := fold(fold(f.key, keyEvent), textKey(r.AccountID+r.JobName+r.RunID))
	for i, change := range r.Timeline {
		at, id := change.At, fold(key, uint64(i))
		var body []byte
		if change.State.IsTerminal() {
			body = StateChangeEvent(r.JobRun, at, id)
		} else if at = r.notified(i); !at.IsZero() {
			body = RunStatusEvent(r.JobRun, change.State, r.NotifyAfter, at, id)
		}
		if body != nil {
			all = append(all, Event{At: at, Time: at, Run: r.RunKey, State: change.State, Body: body})
		}
	}
	return all
}

// notified is when a "Glue Job Run Status" tells of state i; zero: never. Glue tells of STARTING, RUNNING and STOPPING.
func (r *RunTruth) notified(i int) time.Time {
	if r.NotifyAfter == 0 || r.Timeline[i].State == limnograph.RunWaiting {
		return time.Time{}
	}
	at := r.StartedAt.Add(time.Duration(r.NotifyAfter) * time.Minute)
	if at.Before(r.Timeline[i].At) {
		at = r.Timeline[i].At
	}
	if !at.Before(r.Timeline[i+1].At) {
		return time.Time{}
	}
	return at
}

// deliveriesOf decides what happens to an event on its way.
func (f *Fleet) deliveriesOf(e Event, faults *EventFaults) []Event {
	s := source{key: fold(fold(f.key, keyEvent), textKey(string(e.Body)))}
	usual, overtaken, late, again := s.between(0.1, 3), s.between(30, 600), s.between(600, 7200), s.between(1, 300)
	if s.chance(faults.Lost) {
		return nil
	}
	delay := usual
	if s.chance(faults.Reordered) {
		delay = overtaken
	}
	if s.chance(faults.Late) {
		delay = late
	}
	e.At = e.Time.Add(time.Duration(delay * float64(time.Second)))
	out := []Event{e}
	if s.chance(faults.Duplicated) {
		e.At = e.At.Add(time.Duration(again * float64(time.Second)))
		out = append(out, e)
	}
	return out
}

// textKey hashes a text (FNV-1a).
func textKey(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
