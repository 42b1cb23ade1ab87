package glueapi

import (
	"fmt"
	"maps"
	"net/http"
	"time"

	"limnograph"
	"limnograph/simulator"
)

type startJobRunIn struct {
	JobName               string
	JobRunID              string `json:"JobRunId"` // of a run that is to be tried again
	JobRunQueuingEnabled  *bool
	Arguments             map[string]string
	Timeout               *int32
	MaxCapacity           *float64
	AllocatedCapacity     int32
	WorkerType            string
	NumberOfWorkers       *int32
	SecurityConfiguration string
	NotificationProperty  *notification
	ExecutionClass        string
}

func (in *startJobRunIn) check(c *checks) {
	c.name("jobName", in.JobName)
	if in.JobRunID != "" {
		c.name("jobRunId", in.JobRunID)
	}
	d := in.override(&definition{})
	d.check(c)
}

// override is the definition with what the request says instead.
func (in *startJobRunIn) override(of *definition) definition {
	d := *of
	if in.WorkerType != "" || in.NumberOfWorkers != nil || in.MaxCapacity != nil {
		d.WorkerType, d.NumberOfWorkers, d.MaxCapacity = in.WorkerType, in.NumberOfWorkers, in.MaxCapacity
	}
	if in.JobRunQueuingEnabled != nil {
		d.JobRunQueuingEnabled = in.JobRunQueuingEnabled
	}
	if in.Timeout != nil {
		d.Timeout = in.Timeout
	}
	if in.SecurityConfiguration != "" {
		d.SecurityConfiguration = in.SecurityConfiguration
	}
	if in.NotificationProperty != nil {
		d.NotificationProperty = in.NotificationProperty
	}
	if in.ExecutionClass != "" {
		d.ExecutionClass = in.ExecutionClass
	}
	return d
}

type startJobRunOut struct {
	JobRunID string `json:"JobRunId"`
}

func (s *Server) startJobRun(who *caller, in *startJobRunIn) (startJobRunOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, now := who.job(in.JobName), s.cfg.Now().Truncate(time.Millisecond)
	k, there := s.find(key)
	if !there {
		return startJobRunOut{}, notFound("Failed to start job run due to missing metadata")
	}
	if in.JobRunID != "" && !s.knows(key, k, in.JobRunID, now) {
		return startJobRunOut{}, notFound("Job Run with Id %s not found.", in.JobRunID)
	}
	started := *k
	started.definition = in.override(&k.definition)
	started.size()
	r := newOwnRun(key, &started, in.Arguments)
	r.RunID, r.PreviousRunID = s.runID(), in.JobRunID
	if err := r.script(&s.cfg); err != nil {
		return startJobRunOut{}, err
	}
	first := limnograph.RunStarting
	if s.active(key, k, now) >= k.limit() {
		if !r.Queueing {
			return startJobRunOut{}, refused(http.StatusBadRequest, "ConcurrentRunsExceededException", "Concurrent runs exceeded for %s", in.JobName)
		}
		first = limnograph.RunWaiting
	}
	r.Enter(first, now)
	s.runs[key] = append(s.runs[key], r)
	return startJobRunOut{r.RunID}, nil
}

func (s *Server) runID() string {
	id := "jr_"
	for range 4 {
		id += fmt.Sprintf("%016x", s.random.Uint64())
	}
	return id
}

func newOwnRun(key limnograph.JobKey, k *known, arguments map[string]string) *ownRun {
	r := &ownRun{job: k}
	zero, scaling := int64(0), k.DefaultArguments["--enable-auto-scaling"] == "true"
	if v, ok := arguments["--enable-auto-scaling"]; ok {
		scaling = v == "true"
	}
	r.JobRun = limnograph.JobRun{
		RunKey: limnograph.RunKey{JobKey: key}, Attempt: &zero, MaxCapacity: k.MaxCapacity, Workers: long(k.NumberOfWorkers),
		WorkerType: k.WorkerType, ExecutionClass: k.ExecutionClass, GlueVersion: k.GlueVersion, JobMode: k.JobMode,
		TimeoutMin: long(k.Timeout), AutoScaling: &scaling, Arguments: maps.Clone(arguments),
		SecurityProfile: k.SecurityConfiguration, LogGroup: "/aws-glue/jobs",
	}
	if k.Command != nil {
		r.JobType = k.Command.Name
	}
	r.Queueing = k.JobRunQueuingEnabled != nil && *k.JobRunQueuingEnabled
	if n := k.NotificationProperty; n != nil && n.NotifyDelayAfter != nil {
		r.NotifyAfter = int64(*n.NotifyDelayAfter)
	}
	return r
}

// retry is the run that Glue starts after one that failed.
func (r *ownRun) retry() *ownRun {
	attempt := *r.Attempt + 1
	next := newOwnRun(r.JobKey, r.job, r.Arguments)
	next.ends, next.seconds, next.message = r.ends, r.seconds, r.message
	next.RunID = fmt.Sprintf("%s_attempt_%d", trimAttempt(r.RunID), attempt)
	next.Attempt, next.PreviousRunID, next.TriggerName = &attempt, r.RunID, r.TriggerName
	next.Enter(limnograph.RunStarting, r.CompletedAt)
	return next
}

func trimAttempt(id string) string {
	const length = len("jr_") + 64
	return id[:min(length, len(id))]
}

// knows reports whether a job has a run. The lock is held.
func (s *Server) knows(key limnograph.JobKey, k *known, id string, now time.Time) bool {
	for _, r := range s.runs[key] {
		if r.RunID == id {
			return true
		}
	}
	for r := range s.runsOfFleet(key, k, now, now) {
		if r.RunID == id {
			return true
		}
	}
	return false
}

// active counts the runs of a job that have a place of its MaxConcurrentRuns. The lock is held.
func (s *Server) active(key limnograph.JobKey, k *known, now time.Time) (n int) {
	holds := func(r *simulator.RunTruth) bool {
		at, ok := r.At(now)
		return ok && !at.State.IsTerminal() && at.State != limnograph.RunWaiting
	}
	for _, r := range s.runs[key] {
		if holds(&r.RunTruth) {
			n++
		}
	}
	for r := range s.runsOfFleet(key, k, now, now) {
		if now.Sub(r.StartedAt) > day/4 {
			break
		}
		if holds(r) {
			n++
		}
	}
	return n
}
