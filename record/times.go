package record

import "limnograph"

// ended returns when the run ended: as the API tells, else when the event came that told of the end that stands. An event
// from before the start has a wrong clock.
func (f *facts) ended() (int64, bool) {
	if at, ok := f.long(runCompleted); ok {
		return at, true
	}
	told := limnograph.RunState(f.text(runState))
	at, ok := f.states.find(told)
	started, _ := f.long(runStarted)
	return at, ok && told.IsTerminal() && at >= started
}

func (f *facts) endedValue() any {
	if at, ok := f.ended(); ok {
		return at
	}
	return nil
}

func (f *facts) queuedAt() any {
	if at, ok := f.states.find(limnograph.RunWaiting); ok {
		return at
	}
	return nil
}

// waiting is the time from the first sight of WAITING to the first of what comes after it.
func (f *facts) waiting() any {
	from, ok := f.states.find(limnograph.RunWaiting)
	if !ok {
		return nil
	}
	to, ok := f.ended()
	for _, state := range []limnograph.RunState{limnograph.RunStarting, limnograph.RunRunning} {
		if at, seen := f.states.find(state); seen && (!ok || at < to) {
			to, ok = at, true
		}
	}
	return seconds(from, to, ok)
}

// startup is the time from the first sight of STARTING to that of RUNNING. Whoever saw a run running after its end had
// an old answer.
func (f *facts) startup() any {
	from, ok := f.states.find(limnograph.RunStarting)
	to, running := f.states.find(limnograph.RunRunning)
	if end, ended := f.ended(); ended && to > end {
		running = false
	}
	return seconds(from, to, ok && running)
}

// seconds is NULL where clocks that differ make it negative.
func seconds(from, to int64, known bool) any {
	if !known || to < from {
		return nil
	}
	return float64(to-from) / 1000
}

// runTS is when the run began. What Glue says goes before what others saw, whose clocks may be wrong.
func (f *facts) runTS() int64 {
	if started, ok := f.long(runStarted); ok {
		if queued, ok := f.states.find(limnograph.RunWaiting); ok && queued < started && queued >= started-day {
			return queued
		}
		return started
	}
	if first, ok := f.rolled.at(slotFirst).(int64); ok {
		return first
	}
	if at, ok := f.states.earliest(); ok {
		return at
	}
	if at, ok := f.long(runObserved); ok {
		return at
	}
	last, _ := f.rolled.at(slotLast).(int64)
	return last
}
