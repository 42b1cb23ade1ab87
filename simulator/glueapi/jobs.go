package glueapi

import (
	"maps"
	"slices"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// known is a job that there is.
type known struct {
	job
	tags    map[string]string
	ofFleet bool // its runs by the fleet's schedule belong to it
}

// ownJob is what clients made of a job.
type ownJob struct {
	known
	deleted bool
}

// roster remembers the fleet's jobs of an hour: to build them all for each page would be slow.
type roster struct {
	hour time.Time
	jobs map[limnograph.JobKey]simulator.JobTruth
}

// truthOf finds a job of the fleet. The lock is held.
func (s *Server) truthsAt(now time.Time) map[limnograph.JobKey]simulator.JobTruth {
	if hour := now.Truncate(time.Hour); s.roster.jobs == nil || !s.roster.hour.Equal(hour) {
		jobs := map[limnograph.JobKey]simulator.JobTruth{}
		for _, t := range s.fleet.JobLedger(hour, hour.Add(time.Hour)) {
			jobs[t.JobKey] = t
		}
		s.roster = roster{hour, jobs}
	}
	return s.roster.jobs
}

// find returns a job. The lock is held.
func (s *Server) find(key limnograph.JobKey) (*known, bool) {
	if own := s.changed[key]; own != nil {
		return &own.known, !own.deleted
	}
	now := s.cfg.Now()
	truth, ok := s.truthsAt(now)[key]
	if !ok || !truth.ExistsAt(now) {
		return nil, false
	}
	return &known{job: jobOf(&truth), tags: truth.Tags, ofFleet: true}, true
}

// names lists the jobs of an account and Region, sorted.
func (s *Server) names(who *caller) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, names := s.cfg.Now(), map[string]bool{}
	for key, truth := range s.truthsAt(now) {
		if key == who.job(key.JobName) && truth.ExistsAt(now) {
			names[key.JobName] = true
		}
	}
	for key, own := range s.changed {
		if key == who.job(key.JobName) {
			names[key.JobName] = !own.deleted
		}
	}
	maps.DeleteFunc(names, func(_ string, there bool) bool { return !there })
	return slices.Sorted(maps.Keys(names))
}

// lookUp finds a job for a call.
func (s *Server) lookUp(who *caller, name string) (known, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.find(who.job(name))
	if !ok {
		return known{}, false
	}
	return *k, true
}

type listJobsIn struct {
	page
	Tags map[string]string
}

func (in *listJobsIn) check(c *checks) {
	c.upTo(mostJobs, "maxResults", in.MaxResults)
	c.that(len(in.Tags) <= 50, "tags", "Member must have length less than or equal to 50")
}

type listJobsOut struct {
	JobNames  []string
	NextToken string `json:",omitempty"`
}

func (s *Server) listJobs(who *caller, in *listJobsIn) (out listJobsOut, err error) {
	names := s.names(who)
	if len(in.Tags) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool { return !s.hasTags(who, name, in.Tags) })
	}
	out.JobNames, out.NextToken, err = in.cut("jobs", names)
	if out.JobNames == nil {
		out.JobNames = []string{}
	}
	return out, err
}

func (s *Server) hasTags(who *caller, name string, tags map[string]string) bool {
	k, ok := s.lookUp(who, name)
	for tag, value := range tags {
		if got, has := k.tags[tag]; !has || got != value {
			return false
		}
	}
	return ok
}

type getJobsIn struct{ page }

func (in *getJobsIn) check(c *checks) { c.upTo(mostJobs, "maxResults", in.MaxResults) }

type getJobsOut struct {
	Jobs      []job
	NextToken string `json:",omitempty"`
}

func (s *Server) getJobs(who *caller, in *getJobsIn) (out getJobsOut, err error) {
	names, next, err := in.cut("jobs", s.names(who))
	out = getJobsOut{Jobs: []job{}, NextToken: next}
	for _, name := range names {
		if k, ok := s.lookUp(who, name); ok {
			out.Jobs = append(out.Jobs, k.job)
		}
	}
	return out, err
}

type getJobIn struct{ JobName string }

func (in *getJobIn) check(c *checks) { c.name("jobName", in.JobName) }

type getJobOut struct{ Job job }

func (s *Server) getJob(who *caller, in *getJobIn) (out getJobOut, err error) {
	k, ok := s.lookUp(who, in.JobName)
	if !ok {
		return out, notFound("Job with name: %s not found.", in.JobName)
	}
	return getJobOut{k.job}, nil
}

type batchGetJobsIn struct{ JobNames []string }

func (in *batchGetJobsIn) check(c *checks) {
	c.that(in.JobNames != nil, "jobNames", "Member must not be null")
	for _, name := range in.JobNames {
		c.name("jobNames", name)
	}
}

type batchGetJobsOut struct {
	Jobs         []job
	JobsNotFound []string
}

func (s *Server) batchGetJobs(who *caller, in *batchGetJobsIn) (batchGetJobsOut, error) {
	out := batchGetJobsOut{Jobs: []job{}, JobsNotFound: []string{}}
	for _, name := range in.JobNames {
		if k, ok := s.lookUp(who, name); ok {
			out.Jobs = append(out.Jobs, k.job)
		} else {
			out.JobsNotFound = append(out.JobsNotFound, name)
		}
	}
	return out, nil
}
