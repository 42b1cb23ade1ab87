package collector

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Status is a picture of a collector, for a person.
type Status struct {
	Targets []TargetStatus `json:"targets"` // sorted by account and Region
	Note    string         `json:"note"`    // about the checkpoint; "": nothing
}

// TargetStatus is a picture of the work on one account and Region.
type TargetStatus struct {
	AccountID     string           `json:"account_id"`
	Region        string           `json:"region"`
	Jobs          int              `json:"jobs"`
	OpenRuns      int              `json:"open_runs"`  // watched
	EndedRuns     int64            `json:"ended_runs"` // that were seen to end, since the start of the process
	Calls         map[string]int64 `json:"calls"`      // requests by operation, since the start of the process
	CallsPerRun   float64          `json:"calls_per_run"`
	Budget        BudgetStatus     `json:"budget"`
	Backfill      BackfillStatus   `json:"backfill"`
	LastSweep     time.Time        `json:"last_sweep,omitzero"` // zero: none yet
	JobsDue       int              `json:"jobs_due"`            // whose sweep is due
	LastInventory time.Time        `json:"last_inventory,omitzero"`
	Metrics       MetricsStatus    `json:"metrics"`
	Problems      []Problem        `json:"problems"` // sorted by operation
}

// BudgetStatus is how many calls may be made.
type BudgetStatus struct {
	PerSecond float64 `json:"per_second"` // now; below the configured rate after throttling
	PerHour   int     `json:"per_hour"`
	Used      int     `json:"used"`   // of this hour
	Credit    float64 `json:"credit"` // calls left for asking about runs early or again
}

// BackfillStatus is how far history was read.
type BackfillStatus struct {
	Jobs   int       `json:"jobs"`
	Done   int       `json:"done"` // jobs all of whose history was read
	Runs   int64     `json:"runs"`
	Oldest time.Time `json:"oldest,omitzero"` // start of the oldest run that was read; zero: none
}

// MetricsStatus is what became of custom metrics since the start of the process.
type MetricsStatus struct {
	Published int64  `json:"published"` // datapoints
	Waiting   int    `json:"waiting"`   // runs
	Skipped   int64  `json:"skipped"`   // runs with names that no dimension can have
	Refused   int64  `json:"refused"`   // datapoints
	Dropped   int64  `json:"dropped"`   // runs that were given up because too many waited
	Price     string `json:"price"`     // of a month at the pace since the start; "": too early to tell
}

// Status returns a picture of now.
func (c *Collector) Status() Status {
	c.mu.Lock()
	s := Status{Note: c.note, Targets: []TargetStatus{}}
	c.mu.Unlock()
	for _, t := range c.targets {
		s.Targets = append(s.Targets, t.status())
	}
	return s
}

func (t *target) status() TargetStatus {
	now := t.c.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.budget.refill(now)
	perHour, _ := t.budget.perHour()
	s := TargetStatus{
		AccountID: t.at.account, Region: t.at.region, Jobs: len(t.jobs), OpenRuns: len(t.watch), EndedRuns: t.ended,
		Calls: maps.Clone(t.calls), LastSweep: t.swept, LastInventory: t.roll.listed,
		Budget:   BudgetStatus{PerSecond: t.budget.perSecond, PerHour: perHour, Used: t.budget.used + t.budget.usedPast, Credit: t.budget.credit},
		Backfill: BackfillStatus{Jobs: len(t.jobs), Runs: t.past.runs, Oldest: t.past.oldest},
		Metrics:  t.outbox.state(),
	}
	if t.ended > 0 {
		s.CallsPerRun = float64(t.calls[getRun]) / float64(t.ended)
	}
	for _, j := range t.jobs {
		if j.past.done || t.c.cfg.NoBackfill {
			s.Backfill.Done++
		}
		if !j.due.After(now) {
			s.JobsDue++
		}
	}
	s.Metrics.Price = t.price(now)
	s.Problems = t.problemList()
	return s
}

func (t *target) problemList() []Problem {
	all := []Problem{}
	for _, p := range t.problems {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Problem) int { return cmp.Compare(a.Operation, b.Operation) })
	return all
}

// price estimates the bill of custom metrics from the runs that ended since the start. The caller holds mu.
func (t *target) price(now time.Time) string {
	const month, least = 730 * time.Hour, time.Hour
	passed := now.Sub(t.started)
	if passed < least || len(t.c.cfg.Publish) == 0 || t.Metrics == nil {
		return ""
	}
	return t.c.Bill(int64(float64(t.ended) * float64(month) / float64(passed))).Text
}

func (o *outbox) state() MetricsStatus {
	return MetricsStatus{Published: o.published, Waiting: len(o.waiting), Skipped: o.skipped, Refused: o.refused, Dropped: o.dropped}
}
