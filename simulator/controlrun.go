package simulator

import (
	"time"

	"limnograph"
)

const (
	longestWait = 20 * 60 // seconds that a FLEX run waits for capacity at most
	ahead       = longestWait + 60
)

// truthsOf visits the runs of a dataset that may have been started in [from, until), seconds since the epoch.
func (f *Fleet) truthsOf(d *dataset, from, until int64, visit func(*RunTruth)) {
	var p pipeline
	for slot := d.firstSlot(from - maxSpan); d.slotTime(slot) < until+ahead; slot++ {
		f.plan(d, slot, &p)
		p.truths(visit)
	}
}

// truths visits what the control plane says of the runs of a pipeline. Each starts when the one before it has ended.
func (p *pipeline) truths(visit func(*RunTruth)) {
	var before *RunTruth
	for i := range p.runs {
		t := p.runs[i].truth(before)
		visit(&t)
		before = &t
	}
}

// truth derives the control plane's side of a run from its own key. Before is the run before it in the pipeline, or nil.
func (r *Run) truth(before *RunTruth) RunTruth {
	c, s := r.Job.contract(), source{key: fold(r.key, controlKey)}
	t := RunTruth{Metrics: true, Queueing: c.queueing, NotifyAfter: c.notifyAfter}
	t.RunKey = limnograph.RunKey{JobKey: r.Job.truthKey(), RunID: r.ID}
	t.describe(r.Job, &c)
	t.Arguments = r.arguments(&s)
	t.link(r, before)
	r.history(&t, &c, before, &s)
	r.charge(&t, &c, &s)
	t.trouble(r, &s)
	return t
}

// describe copies what a run has from its job.
func (r *RunTruth) describe(j *Job, c *contract) {
	scaling := j.AutoScaling
	r.MaxCapacity, r.Workers, r.WorkerType = fraction(j.capacity()), whole(j.workers()), string(j.WorkerType)
	r.ExecutionClass, r.GlueVersion, r.JobType, r.JobMode = c.class, c.version, typeSpark, c.mode
	r.TimeoutMin, r.AutoScaling, r.SecurityProfile, r.LogGroup = whole(c.timeoutMin), &scaling, c.security, logGroup
}

// link says who started the run: a schedule, the layer before, Glue's retry of a failed run, or a person after a run that
// was stopped or timed out, which Glue does not retry.
func (r *RunTruth) link(run *Run, before *RunTruth) {
	r.Attempt = whole(0)
	again := before != nil && before.JobName == run.Job.Name
	switch {
	case again && before.State == limnograph.RunFailed:
		r.Attempt, r.PreviousRunID, r.TriggerName = whole(*before.Attempt+1), before.RunID, before.TriggerName
	case again:
	case run.Job.Layer == RawToStaged:
		r.TriggerName = run.Job.Dataset + "-schedule"
	default:
		r.TriggerName = run.Job.Dataset + "-after-" + (run.Job.Layer - 1).String()
	}
}

// history makes the timeline: RUNNING from the run's start to its end, what comes before within the pause after the run
// before it.
func (r *Run) history(t *RunTruth, c *contract, before *RunTruth, s *source) {
	pause := int64(longestWait + 60)
	if before != nil {
		pause = r.start - before.CompletedAt.Unix()
	}
	starting := int64(s.within(8, int(min(40, pause-5))))
	waiting := r.waits(c, before != nil, pause-starting-3, s)
	at := func(seconds int64) time.Time {
		return time.Unix(seconds, int64(s.within(1, 999))*int64(time.Millisecond)).UTC()
	}
	if waiting > 0 {
		t.Enter(limnograph.RunWaiting, at(r.start-starting-waiting-1))
	}
	t.Enter(limnograph.RunStarting, at(r.start-starting-1))
	t.Enter(limnograph.RunRunning, r.Start())
	final := r.finalState(s)
	if final == limnograph.RunStopped {
		t.Enter(limnograph.RunStopping, at(r.end()-int64(s.within(3, 20))))
	}
	t.Enter(final, r.End())
}

// waits is how many seconds the run was WAITING: for capacity (FLEX), or in the queue.
func (r *Run) waits(c *contract, follows bool, most int64, s *source) int64 {
	flex, queued := s.within(1, longestWait-60), s.within(2, 30)
	switch {
	case s.chance(0.2):
		return 0
	case c.class == classFlex && !follows:
		return int64(flex)
	case c.queueing:
		return max(0, min(most, int64(queued)))
	}
	return 0
}

func (r *Run) finalState(s *source) limnograph.RunState {
	stopped := s.chance(0.15)
	switch {
	case !r.Failed:
		return limnograph.RunSucceeded
	case r.Error == errorTimeout:
		return limnograph.RunTimeout
	case stopped:
		return limnograph.RunStopped
	}
	return limnograph.RunFailed
}

// charge sets DPUSeconds where Glue reports it: the time of each worker, times its DPU. Some come late.
func (r *Run) charge(t *RunTruth, c *contract, s *source) {
	seconds, late := *t.ExecutionS, s.within(1, 90)
	for e := 1; e <= r.executors; e++ {
		after, last := r.window(e)
		seconds += int64(last-after) * reportEvery
	}
	share := s.between(0.93, 0.99)
	if !r.Job.AutoScaling && c.class != classFlex {
		return
	}
	t.DPUSeconds = fraction(float64(int64(float64(seconds*r.Job.WorkerType.scale())*share*1000)) / 1000)
	if s.chance(0.4) {
		t.DPUAt = t.CompletedAt.Add(time.Duration(late) * time.Second)
		t.ModifiedAt = t.DPUAt
	}
}

// arguments are those with which a run was started.
func (r *Run) arguments(s *source) map[string]string {
	a := map[string]string{"--run_date": r.Start().Format(time.DateOnly), "--dataset": r.Job.Dataset}
	if s.chance(0.3) {
		a["--api_token"] = secretOf(r.key)
	}
	return a
}

// trouble sets the error's text, and the timeout that a run in TIMEOUT must have had.
func (r *RunTruth) trouble(run *Run, s *source) {
	switch r.State {
	case limnograph.RunTimeout:
		r.TimeoutMin = whole(max(1, *r.ExecutionS/60))
		r.ErrorMessage = timeoutText(*r.TimeoutMin)
	case limnograph.RunFailed:
		r.ErrorMessage = errorText(run.Error, run.Job.Name, s)
	default:
		return
	}
	r.ErrorCategory = run.Error
}
