package simulator

import (
	"fmt"
	"time"

	"limnograph"
)

// silentSpan bounds the seconds from the slot of a silent job to its last run's end.
const silentSpan = 4 * hour

// runs visits the job's runs that may have been started in [from, until), seconds since the epoch.
func (s *silentJob) runs(from, until int64, visit func(*RunTruth)) {
	if s.period == 0 {
		return
	}
	offset := int64(s.key % uint64(s.period))
	for slot := ceilDiv(from-silentSpan-offset, s.period); slot*s.period+offset < until; slot++ {
		s.slot(slot, slot*s.period+offset, visit)
	}
}

// slot visits the run of a slot, and Glue's retry of it when it failed.
func (s *silentJob) slot(slot, at int64, visit func(*RunTruth)) {
	name, ok := s.nameAt(at)
	if !ok {
		return
	}
	draw := source{key: fold(fold(s.key, keySlot), uint64(slot))}
	fate := s.fates[slot-floorDiv(slot, int64(len(s.fates)))*int64(len(s.fates))]
	t := s.run(name, at, fate, &draw)
	t.RunID = runID(draw.key)
	visit(&t)
	if t.State != limnograph.RunFailed {
		return
	}
	again := s.run(name, t.CompletedAt.Unix()+int64(draw.within(20, 60)), limnograph.RunSucceeded, &draw)
	again.RunID, again.PreviousRunID, again.Attempt = t.RunID+"_attempt_1", t.RunID, whole(1)
	visit(&again)
}

// nameAt is the name of the job that has a run at that time. A temporary job runs from its second hour on, and is deleted
// four hours after its last start at the earliest.
func (s *silentJob) nameAt(at int64) (string, bool) {
	if s.kind != kindTemporary {
		return s.name, true
	}
	life := s.temporary(floorDiv(at, temporaryEvery))
	begin := time.Unix(at, 0)
	return life.name, begin.After(life.created.Add(time.Hour)) && begin.Before(life.deleted.Add(-silentSpan*time.Second))
}

// run makes one run that is to end so.
func (s *silentJob) run(name string, at int64, fate limnograph.RunState, draw *source) RunTruth {
	t := RunTruth{Queueing: s.queueing(), NotifyAfter: s.notifyAfter()}
	t.JobKey = s.jobKey(name)
	t.Attempt, t.TriggerName, t.JobType, t.JobMode, t.LogGroup = whole(0), name+"-schedule", s.jobType, "SCRIPT", logGroup
	t.GlueVersion, t.WorkerType, t.TimeoutMin, t.MaxCapacity = s.version, s.workerType, whole(s.timeoutMin), fraction(s.capacity)
	if s.jobType == typeShell {
		t.LogGroup = "/aws-glue/python-jobs"
	} else {
		t.ExecutionClass, t.Workers = classStandard, whole(s.workers)
	}
	no := false
	t.AutoScaling = &no
	t.Arguments = map[string]string{"--run_date": time.Unix(at, 0).UTC().Format(time.DateOnly)}
	s.history(&t, at, fate, draw)
	s.explain(&t, draw)
	return t
}

// history makes the timeline.
func (s *silentJob) history(t *RunTruth, at int64, fate limnograph.RunState, draw *source) {
	next := time.Unix(at, int64(draw.within(1, 999))*int64(time.Millisecond)).UTC()
	enter := func(state limnograph.RunState, stay int) {
		t.Enter(state, next)
		next = next.Add(time.Duration(stay) * time.Second)
	}
	switch fate {
	case dequeued:
		enter(limnograph.RunWaiting, draw.within(120, 900))
		fate = limnograph.RunStopped
	case limnograph.RunExpired:
		enter(limnograph.RunWaiting, hour)
	case limnograph.RunError:
		enter(limnograph.RunStarting, draw.within(5, 60))
	default:
		s.work(t, fate, enter, draw)
	}
	enter(fate, 0)
}

// work takes a run through the states up to its end.
func (s *silentJob) work(t *RunTruth, fate limnograph.RunState, enter func(limnograph.RunState, int), draw *source) {
	if t.Queueing && draw.chance(0.5) {
		enter(limnograph.RunWaiting, draw.within(5, 400))
	}
	enter(limnograph.RunStarting, s.startup(draw))
	working := draw.within(s.seconds[0], s.seconds[1])
	if fate == limnograph.RunTimeout {
		working = int(s.timeoutMin)*60 + draw.within(0, 9)
	}
	enter(limnograph.RunRunning, working)
	if fate == limnograph.RunStopped {
		enter(limnograph.RunStopping, draw.within(3, 20))
	}
}

// startup is the seconds of STARTING: minutes before Glue 2.0.
func (s *silentJob) startup(draw *source) int {
	if s.version < "2.0" {
		return draw.within(240, 540)
	}
	return draw.within(10, 40)
}

// explain sets the error's text.
func (s *silentJob) explain(t *RunTruth, draw *source) {
	switch t.State {
	case limnograph.RunTimeout:
		t.ErrorCategory, t.ErrorMessage = errorTimeout, timeoutText(s.timeoutMin)
	case limnograph.RunError:
		t.ErrorCategory, t.ErrorMessage = "LAUNCH_ERROR", fmt.Sprintf("Entity Not Found: security configuration of job %s", t.JobName)
	case limnograph.RunExpired:
		t.ErrorMessage = "Job run expired in the queue"
	case limnograph.RunFailed:
		t.ErrorCategory = [...]string{"CONNECTION_ERROR", "PERMISSION_ERROR", "QUERY_ERROR"}[draw.within(0, 2)]
		t.ErrorMessage = errorText(t.ErrorCategory, t.JobName, draw)
	}
}
