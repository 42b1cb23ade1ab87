package collector

import (
	"cmp"
	"time"

	"limnograph"
)

// watched is a run that may have to be asked about.
type watched struct {
	open    OpenRun   // as Open told last
	isOpen  bool      // Open told of it at the last look
	ended   bool      // an event or a call said that it has ended, or asked for it
	first   time.Time // when it was watched first
	changed time.Time // when its last datapoint changed, as seen from here
	asked   time.Time // when the API answered last; zero: not in this watch
	again   int       // answers since it was said to have ended that say that it has not
	fails   int       // failures in a row
	retry   time.Time // after a failure: not before
	gone    bool      // Glue does not know it
	busy    bool      // it is being asked about
}

// backoff is how long after an answer that says that a run goes on, though it was said to have ended, it is asked about
// again; after the last one the sweep finds it.
func backoff(again int) (pause time.Duration, ok bool) {
	pauses := [...]time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute}
	if again < 1 || again > len(pauses) {
		return 0, false
	}
	return pauses[again-1], true
}

// see takes in what Open tells of a run.
func (w *watched) see(o OpenRun, now time.Time) {
	const old = 15 * time.Minute // a stream is never so late by itself
	switch {
	case o.LastDatapoint.IsZero():
		w.changed = time.Time{}
	case w.changed.IsZero() && now.Sub(o.LastDatapoint) > old:
		w.changed = o.LastDatapoint
	case !o.LastDatapoint.Equal(w.open.LastDatapoint):
		w.changed = now
	}
	w.open, w.isOpen = o, true
}

// isSaidToHaveEnded reports whether anybody but the API says that the run has ended.
func (w *watched) isSaidToHaveEnded() bool {
	return w.ended || w.open.Outcome != "" || w.open.State.IsTerminal()
}

// due tells since when the API is to be asked about the run, and how urgent it is; ok is false when it is not to be
// asked. early marks a run that just began.
func (w *watched) due(now time.Time, quietAfter time.Duration) (at time.Time, c class, early, ok bool) {
	switch {
	case w.busy || w.gone || w.isTooOld(now):
		return at, c, false, false
	case w.isSaidToHaveEnded() && w.again == 0:
		at, c = w.first, final
	case w.isSaidToHaveEnded():
		pause, more := backoff(w.again)
		if !more {
			return at, c, false, false
		}
		at, c = w.asked.Add(pause), extra
	case !w.changed.IsZero() && w.asked.Before(w.changed.Add(quietAfter)) && !now.Before(w.changed.Add(quietAfter)):
		at, c = w.changed.Add(quietAfter), extra
	case !w.open.Asked && w.asked.IsZero():
		at, c, early = w.first, extra, true
	default:
		return at, c, false, false
	}
	if w.retry.After(at) {
		at = w.retry
	}
	return at, c, early, !at.After(now)
}

// isTooOld reports whether asking is pointless: no run lives so long, in whatever state.
func (w *watched) isTooOld(now time.Time) bool { return isTooOld(w.open.Since, w.open.TimeoutMin, now) }

// isTooOld reports whether a run that began at a time must have ended: its timeout and a week are over.
func isTooOld(since time.Time, timeoutMin int64, now time.Time) bool {
	const longest, spare = 7 * 24 * time.Hour, 7 * 24 * time.Hour
	timeout := min(longest, time.Duration(cmp.Or(max(0, min(timeoutMin, 1<<20)), 1<<20))*time.Minute)
	return !since.IsZero() && now.Sub(since) > timeout+spare
}

// answered notes that the API told of the run, and that it has not ended.
func (w *watched) answered(now time.Time) {
	w.asked, w.fails, w.retry = now, 0, time.Time{}
	if w.isSaidToHaveEnded() {
		w.again++
	}
}

// failed notes that the API gave no answer.
func (w *watched) failed(err error, now time.Time) {
	const first, longest = 10 * time.Second, 10 * time.Minute
	if code := limnograph.ErrorCode(err); code == limnograph.CodeNotFound || code == limnograph.CodeInvalid {
		w.gone = true
		return
	}
	w.fails++
	w.retry = now.Add(min(longest, first<<min(w.fails-1, 8)))
}

// isNeeded reports whether the run must be remembered though Open does not tell of it: an event or a call was here, and
// what it told is not yet known to have arrived there.
func (w *watched) isNeeded(now time.Time) bool {
	const longest = 24 * time.Hour
	_, more := backoff(w.again)
	return w.ended && !w.gone && (w.again == 0 || more) && now.Sub(w.first) < longest
}
