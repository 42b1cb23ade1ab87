package glueapi

import (
	"time"

	"limnograph"
)

type batchStopIn struct {
	JobName   string
	JobRunIDs []string `json:"JobRunIds"`
}

func (in *batchStopIn) check(c *checks) {
	c.name("jobName", in.JobName)
	c.that(len(in.JobRunIDs) >= 1 && len(in.JobRunIDs) <= 25, "jobRunIds", "Member must have length from 1 to 25")
	for _, id := range in.JobRunIDs {
		c.name("jobRunIds", id)
	}
}

type stopped struct {
	JobName  string
	JobRunID string `json:"JobRunId"`
}

type notStopped struct {
	stopped
	ErrorDetail errorDetail
}

type errorDetail struct{ ErrorCode, ErrorMessage string }

type batchStopOut struct {
	SuccessfulSubmissions []stopped
	Errors                []notStopped
}

// batchStopJobRun stops runs from outside. What the fleet's schedule does cannot be changed: a run of it cannot be stopped.
func (s *Server) batchStopJobRun(who *caller, in *batchStopIn) (batchStopOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := batchStopOut{SuccessfulSubmissions: []stopped{}, Errors: []notStopped{}}
	for _, id := range in.JobRunIDs {
		which := stopped{in.JobName, id}
		if detail := s.stop(who.job(in.JobName), id); detail != nil {
			out.Errors = append(out.Errors, notStopped{which, *detail})
		} else {
			out.SuccessfulSubmissions = append(out.SuccessfulSubmissions, which)
		}
	}
	return out, nil
}

// stop stops one run; nil: it will end. The lock is held.
func (s *Server) stop(key limnograph.JobKey, id string) *errorDetail {
	now := s.cfg.Now()
	k, there := s.find(key)
	if !there {
		return &errorDetail{"EntityNotFoundException", "Job with name: " + key.JobName + " not found."}
	}
	for _, r := range s.runs[key] {
		if r.RunID == id {
			return r.stop(s)
		}
	}
	for r := range s.runsOfFleet(key, k, now, now) {
		if r.RunID == id {
			return &errorDetail{"InvalidInputException", "the run belongs to the simulated schedule, which nobody can stop"}
		}
	}
	return &errorDetail{"EntityNotFoundException", "Job Run with Id " + id + " not found."}
}

func (r *ownRun) stop(s *Server) *errorDetail {
	switch now := s.cfg.Now().Truncate(time.Millisecond); r.State {
	case limnograph.RunWaiting:
		r.Enter(limnograph.RunStopped, now)
	case limnograph.RunStarting, limnograph.RunRunning:
		r.Enter(limnograph.RunStopping, now)
	case limnograph.RunStopping:
	default:
		return &errorDetail{"IllegalStateException", "the run is over: " + string(r.State)}
	}
	return nil
}
