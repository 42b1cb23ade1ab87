package glueapi

import (
	"sync"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// history remembers the fleet's runs by job and day, so that neither a page nor a run is looked for in the model again.
type history struct {
	fleet *simulator.Fleet

	mu   sync.Mutex
	days map[jobDay][]simulator.RunTruth
}

type jobDay struct {
	job limnograph.JobKey
	day int64 // since the epoch
}

// mostDays bounds what is remembered: about the runs of 60 jobs in a year.
const mostDays = 20_000

const day = 24 * time.Hour

func dayOf(t time.Time) int64 { return t.Unix() / int64(day/time.Second) }

// of lists the runs of a job that start on a day, the oldest first. It belongs to the history.
func (h *history) of(job limnograph.JobKey, d int64) []simulator.RunTruth {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := jobDay{job, d}
	if runs, ok := h.days[key]; ok {
		return runs
	}
	if h.days == nil || len(h.days) >= mostDays {
		h.days = map[jobDay][]simulator.RunTruth{}
	}
	from := time.Unix(d*int64(day/time.Second), 0).UTC()
	runs := h.fleet.JobRuns(job, from, from.Add(day))
	h.days[key] = runs
	return runs
}
