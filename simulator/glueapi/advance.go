package glueapi

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// advance moves the runs from outside on to now, and tells of those that end.
func (s *Server) advance() {
	for _, event := range s.advanced() {
		s.cfg.OnEvent(event)
	}
}

func (s *Server) advanced() (events [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	for key := range s.runs {
		k, there := s.find(key)
		if !there {
			continue
		}
		for i := 0; i < len(s.runs[key]); i++ { // a retry is added behind
			if r := s.runs[key][i]; !r.told {
				events = append(events, s.move(key, k, r, now)...)
			}
		}
	}
	return events
}

// move takes a run from outside through the states that are due.
func (s *Server) move(key limnograph.JobKey, k *known, r *ownRun, now time.Time) [][]byte {
	for moved := true; moved; {
		moved = r.step(now, s.active(key, k, now) < k.limit(), s.cfg.Patience)
	}
	if !r.State.IsTerminal() {
		return nil
	}
	return s.ended(key, r)
}

// ended starts the retry of a run that failed, and makes its event.
func (s *Server) ended(key limnograph.JobKey, r *ownRun) (events [][]byte) {
	r.told = true
	if r.State == limnograph.RunFailed && *r.Attempt < int64(r.job.MaxRetries) {
		s.runs[key] = append(s.runs[key], r.retry())
	}
	id := fnv.New64a()
	_, _ = id.Write([]byte(r.RunID)) // it cannot fail
	if event := simulator.StateChangeEvent(r.JobRun, r.CompletedAt, id.Sum64()); event != nil {
		events = append(events, event)
	}
	return events
}

// poll answers about a run from outside, and remembers that it was seen RUNNING.
func (s *Server) poll(key limnograph.JobKey, id string) (run, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	for _, r := range s.runs[key] {
		if r.RunID != id {
			continue
		}
		if r.State == limnograph.RunRunning && r.polled.IsZero() {
			r.polled = now.Truncate(time.Millisecond)
		}
		return runOf(&r.RunTruth, now), true
	}
	return run{}, false
}

// ownRuns copies the runs from outside of a job that are there and stand behind a place of the list.
func (s *Server) ownRuns(key limnograph.JobKey, behind place, now time.Time) (all []*simulator.RunTruth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs[key] {
		if _, there := r.At(now); there && behind.has(&r.RunTruth) {
			copied := r.RunTruth
			all = append(all, &copied)
		}
	}
	return all
}

// OwnRuns lists the runs that clients started, and Glue's retries of them, by job and start: the truth about them so far.
func (s *Server) OwnRuns() (all []simulator.RunTruth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, runs := range s.runs {
		for _, r := range runs {
			truth := r.RunTruth
			truth.Timeline = slices.Clone(truth.Timeline)
			all = append(all, truth)
		}
	}
	slices.SortFunc(all, func(a, b simulator.RunTruth) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.JobName, b.JobName), a.StartedAt.Compare(b.StartedAt))
	})
	return all
}
