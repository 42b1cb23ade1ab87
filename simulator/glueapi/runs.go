package glueapi

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"limnograph"
	"limnograph/simulator"
)

type getJobRunIn struct {
	JobName              string
	RunID                string `json:"RunId"`
	PredecessorsIncluded bool
}

func (in *getJobRunIn) check(c *checks) {
	c.name("jobName", in.JobName)
	c.name("runId", in.RunID)
}

type getJobRunOut struct{ JobRun run }

func (s *Server) getJobRun(who *caller, in *getJobRunIn) (getJobRunOut, error) {
	k, ok := s.lookUp(who, in.JobName)
	if !ok {
		return getJobRunOut{}, notFound("Job with name: %s not found.", in.JobName)
	}
	key := who.job(in.JobName)
	if answer, ok := s.poll(key, in.RunID); ok {
		return getJobRunOut{answer}, nil
	}
	now := s.cfg.Now()
	for truth := range s.runsOfFleet(key, &k, now, now) {
		if truth.RunID == in.RunID {
			return getJobRunOut{runOf(truth, now)}, nil
		}
	}
	return getJobRunOut{}, notFound("Job Run with Id %s not found.", in.RunID)
}

// runsOfFleet yields the runs of a job by the fleet's schedule that started at before or earlier and are there at now, the
// newest day first.
func (s *Server) runsOfFleet(key limnograph.JobKey, k *known, before, now time.Time) iter.Seq[*simulator.RunTruth] {
	return func(yield func(*simulator.RunTruth) bool) {
		if !k.ofFleet {
			return
		}
		from := s.from(now)
		if created := time.Time(k.CreatedOn); created.After(from) {
			from = created
		}
		for d := dayOf(before); d >= dayOf(from); d-- {
			runs := s.history.of(key, d)
			for i := len(runs) - 1; i >= 0; i-- {
				r := &runs[i]
				there := !r.StartedAt.Before(from) && !r.StartedAt.After(now) && !r.StartedAt.After(before)
				if there && !yield(r) {
					return
				}
			}
		}
	}
}

type getJobRunsIn struct {
	JobName string
	page
}

func (in *getJobRunsIn) check(c *checks) {
	c.name("jobName", in.JobName)
	c.upTo(mostRuns, "maxResults", in.MaxResults)
}

type getJobRunsOut struct {
	JobRuns   []run
	NextToken string `json:",omitempty"`
}

// getJobRuns lists the newest run first. A token leads behind a run, so that new ones move no page.
func (s *Server) getJobRuns(who *caller, in *getJobRunsIn) (out getJobRunsOut, err error) {
	k, ok := s.lookUp(who, in.JobName)
	if !ok {
		return out, notFound("Job with name: %s not found.", in.JobName)
	}
	now, size := s.cfg.Now(), in.size(mostRuns)
	behind, err := in.behind(now)
	if err != nil {
		return out, err
	}
	key := who.job(in.JobName)
	all := s.ownRuns(key, behind, now)
	enough := len(all) + size + 1
	for truth := range s.runsOfFleet(key, &k, behind.at, now) {
		if behind.has(truth) {
			all = append(all, truth)
		}
		if len(all) == enough {
			break
		}
	}
	slices.SortFunc(all, newestFirst)
	out.JobRuns = []run{}
	if len(all) > size {
		all = all[:size]
		out.NextToken = tokenAfter("runs", placeOf(all[size-1]).text())
	}
	for _, truth := range all {
		out.JobRuns = append(out.JobRuns, runOf(truth, now))
	}
	return out, nil
}

func newestFirst(a, b *simulator.RunTruth) int {
	return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.RunID, a.RunID))
}

// place is where a run stands in the list of its job's runs.
type place struct {
	at time.Time
	id string // empty: before every run
}

func placeOf(r *simulator.RunTruth) place { return place{r.StartedAt, r.RunID} }

func (p place) text() string { return fmt.Sprintf("%d/%s", p.at.UnixMilli(), p.id) }

// has reports whether a run stands behind the place.
func (p place) has(r *simulator.RunTruth) bool {
	return p.id == "" || cmp.Or(r.StartedAt.Compare(p.at), cmp.Compare(r.RunID, p.id)) < 0
}

// behind is where the page begins.
func (in *getJobRunsIn) behind(now time.Time) (place, error) {
	after, err := in.after("runs")
	if err != nil || after == "" {
		return place{at: now}, err
	}
	ms, id, ok := strings.Cut(after, "/")
	at, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || id == "" {
		return place{}, invalid("The specified token is invalid")
	}
	return place{time.UnixMilli(at).UTC(), id}, nil
}
