package glueapi

import (
	"maps"
	"net/http"

	"limnograph"
)

func (d *definition) check(c *checks) {
	c.oneOf("jobMode", d.JobMode, "SCRIPT", "VISUAL", "NOTEBOOK")
	c.oneOf("executionClass", d.ExecutionClass, "FLEX", "STANDARD")
	c.oneOf("workerType", d.WorkerType, "Standard", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X",
		"R.4X", "R.8X", "Z.2X")
	c.that(len(d.Description) <= 2048, "description", "Member must have length less than or equal to 2048")
	c.upTo(10080, "timeout", d.Timeout)
	if n := d.NotificationProperty; n != nil {
		c.upTo(1<<31-1, "notificationProperty.notifyDelayAfter", n.NotifyDelayAfter)
	}
	c.that(d.MaxRetries >= 0 && d.MaxRetries <= 10, "maxRetries", "Member must be within its bounds")
	c.that(d.MaxCapacity == nil || d.WorkerType == "", "maxCapacity", "Please do not set MaxCapacity together with WorkerType and NumberOfWorkers")
}

type createJobIn struct {
	Name string
	Tags map[string]string
	definition
}

func (in *createJobIn) check(c *checks) {
	c.name("name", in.Name)
	c.that(in.Role != "", "role", "Member must not be null")
	c.that(in.Command != nil, "command", "Member must not be null")
	in.definition.check(c)
	checkTags(c, in.Tags)
}

type createJobOut struct{ Name string }

func (s *Server) createJob(who *caller, in *createJobIn) (createJobOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, now := who.job(in.Name), s.cfg.Now()
	if _, there := s.find(key); there {
		return createJobOut{}, refused(http.StatusBadRequest, "AlreadyExistsException", "Job already exists.")
	}
	k := known{job: job{Name: in.Name, CreatedOn: moment(now), LastModifiedOn: moment(now), definition: in.definition}, tags: maps.Clone(in.Tags)}
	k.fill()
	s.changed[key] = &ownJob{known: k}
	return createJobOut{in.Name}, nil
}

// fill sets what Glue sets when a client says nothing.
func (d *definition) fill() {
	if d.GlueVersion == "" {
		d.GlueVersion = "5.1"
	}
	if d.ExecutionProperty == nil {
		d.ExecutionProperty = &concurrency{1}
	}
	if d.Timeout == nil {
		minutes := int32(480)
		d.Timeout = &minutes
	}
	if d.ExecutionClass == "" && d.Command != nil && d.Command.Name == "glueetl" {
		d.ExecutionClass = "STANDARD"
	}
	d.size()
}

// size computes the capacity from the workers, or gives a default.
func (d *definition) size() {
	factor := map[string]float64{
		"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16,
		"R.1X": 1, "R.2X": 2, "R.4X": 4, "R.8X": 8, "Z.2X": 2,
	}[d.WorkerType]
	capacity := 10.0
	switch {
	case d.MaxCapacity != nil:
		capacity = *d.MaxCapacity
	case d.NumberOfWorkers != nil && factor > 0:
		capacity = factor * float64(*d.NumberOfWorkers)
	case d.Command != nil && d.Command.Name == "pythonshell":
		capacity = 0.0625
	}
	d.MaxCapacity, d.AllocatedCapacity = &capacity, int32(capacity)
}

type updateJobIn struct {
	JobName   string
	JobUpdate *definition
}

func (in *updateJobIn) check(c *checks) {
	c.name("jobName", in.JobName)
	c.that(in.JobUpdate != nil, "jobUpdate", "Member must not be null")
	if in.JobUpdate != nil {
		in.JobUpdate.check(c)
	}
}

type updateJobOut struct{ JobName string }

// updateJob replaces the definition: "the previous job definition is completely overwritten".
func (s *Server) updateJob(who *caller, in *updateJobIn) (updateJobOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := who.job(in.JobName)
	k, there := s.find(key)
	if !there {
		return updateJobOut{}, notFound("Job with name: %s not found.", in.JobName)
	}
	own := ownJob{known: *k}
	own.definition, own.LastModifiedOn = *in.JobUpdate, moment(s.cfg.Now())
	own.fill()
	s.changed[key] = &own
	return updateJobOut{in.JobName}, nil
}

type deleteJobIn struct{ JobName string }

func (in *deleteJobIn) check(c *checks) { c.name("jobName", in.JobName) }

type deleteJobOut struct{ JobName string }

// deleteJob says nothing of a job that is not there, as Glue does. Its runs are gone too.
func (s *Server) deleteJob(who *caller, in *deleteJobIn) (deleteJobOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := who.job(in.JobName)
	s.changed[key] = &ownJob{deleted: true}
	s.forget(key)
	return deleteJobOut{in.JobName}, nil
}

// forget drops the runs from outside of a job. The lock is held.
func (s *Server) forget(key limnograph.JobKey) { delete(s.runs, key) }
