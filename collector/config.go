package collector

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// Config holds what is optional; the zero value works.
type Config struct {
	Sender     string     // sender of the batches that are landed; "": collector
	Checkpoint Checkpoint // nil: a restart begins anew
	// Open returns the runs that are not known to have ended: those of job_runs whose state is not terminal, and those that
	// the API was never asked about. nil: nobody knows any, and runs are found by events, calls and sweeps.
	Open func(ctx context.Context) ([]OpenRun, error)
	// Facts returns what is known of an ended run beside the answer of the API; nil: nothing, and kinds that need it cannot
	// be published.
	Facts func(ctx context.Context, run limnograph.RunKey) (Facts, error)

	OpenEvery      time.Duration // how often Open is called; 0: 5 s
	QuietAfter     time.Duration // datapoints of a run have stopped when none came for so long; 0: 2 min
	SweepEvery     time.Duration // how often the runs of each job are swept; 0: 65 min, which leaves room for repeated calls within one an hour
	InventoryEvery time.Duration // how often jobs are listed; 0: 1 h
	TagsEvery      time.Duration // how often tags of a job that was not modified are read; 0: 24 h
	SaveEvery      time.Duration // the least time between two saves of the checkpoint; 0: 30 s
	TickEvery      time.Duration // how often Run looks for something to do; 0: 1 s
	NoTags         bool          // tags are not read
	NoBackfill     bool          // runs that began more than two days before the collector did are not read

	CallsPerSecond  float64 // to Glue, for each target; 0: 5
	Burst           float64 // calls that may be made at once after a pause; 0: 30
	CallsPerHour    int     // to Glue, for each target; 0: 1,000, and 2 for each job and each run that ended in the last hour
	BackfillPerHour int     // of these, what reading history may take; 0: 1,800, which does not count against a derived CallsPerHour

	// Patience is how long one Tick may wait for the budget; 0: not at all, the next Tick goes on. A Lambda that is invoked
	// every few minutes sets it.
	Patience time.Duration
	// EventPatience is how long who brings an event waits for the API, which is asked again later; 0: 4 s, because EventBridge
	// gives an API destination up after 5 s.
	EventPatience time.Duration
	Sleep         func(ctx context.Context, d time.Duration) error // waits; nil: by a timer

	Publish     []Kind          // custom metrics of ended runs; nil: status and duration; empty: none
	Names       map[Kind]string // names that replace the default ones
	Window      time.Duration   // what ended longer ago does not come back with a metric stream any more; 0: 2 h
	LandMetrics bool            // where CloudWatch is no way, because a target has no Metrics or the window has passed, custom metrics are landed
	Prices      *Prices         // of custom metrics; nil: list prices of us-east-1

	Remember   int // runs whose last answer is remembered, so that it is not landed again; 0: 100,000
	Registerer prometheus.Registerer
	Logger     *slog.Logger     // nil: nothing is logged
	Now        func() time.Time // nil: time.Now
}

// metricsTable takes custom metrics that are landed: the one of namespace Glue.
const metricsTable = "glue_metrics"

func (c Config) withDefaults() Config {
	c.Sender = cmp.Or(c.Sender, "collector")
	c.OpenEvery = cmp.Or(c.OpenEvery, 5*time.Second)
	c.QuietAfter = cmp.Or(c.QuietAfter, 2*time.Minute)
	c.SweepEvery = cmp.Or(c.SweepEvery, 65*time.Minute)
	c.InventoryEvery = cmp.Or(c.InventoryEvery, time.Hour)
	c.TagsEvery = cmp.Or(c.TagsEvery, 24*time.Hour)
	c.SaveEvery = cmp.Or(c.SaveEvery, 30*time.Second)
	c.TickEvery = cmp.Or(c.TickEvery, time.Second)
	c.CallsPerSecond = cmp.Or(c.CallsPerSecond, 5)
	c.Burst = cmp.Or(c.Burst, 30)
	c.BackfillPerHour = cmp.Or(c.BackfillPerHour, 1800)
	c.Window = cmp.Or(c.Window, 2*time.Hour)
	c.Remember = cmp.Or(c.Remember, 100_000)
	c.EventPatience = cmp.Or(c.EventPatience, 4*time.Second)
	if c.Publish == nil {
		c.Publish = []Kind{KindStatus, KindDuration}
	}
	return c.withTools()
}

func (c Config) withTools() Config {
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Prices == nil {
		list := ListPrices()
		c.Prices = &list
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (c Config) check() error {
	for _, negative := range []bool{
		c.OpenEvery < 0, c.QuietAfter < 0, c.SweepEvery < 0, c.InventoryEvery < 0, c.TagsEvery < 0, c.SaveEvery < 0, c.TickEvery < 0,
		c.CallsPerSecond < 0, c.Burst < 1, c.CallsPerHour < 0, c.BackfillPerHour < 0, c.Patience < 0, c.EventPatience < 0, c.Window < 0, c.Remember < 0,
	} {
		if negative {
			return invalid(opNew, "a time or a number of calls is negative, or the burst is below 1", "leave it out to get the default")
		}
	}
	return c.checkKinds()
}
