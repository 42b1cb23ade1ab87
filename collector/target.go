package collector

import (
	"context"
	"sync"
	"time"

	"limnograph"
)

// Target is one account and Region whose runs are collected.
type Target struct {
	AccountID string
	Region    string
	Glue      limnograph.GlueReader
	Metrics   limnograph.MetricWriter // nil: nothing is published through CloudWatch
	// Requests returns how many requests Glue has sent so far, repeated ones included; nil: one for each call. The budget
	// counts them.
	Requests func() int64
}

// Lander makes a batch durable: when it has returned nil, the batch is not lost any more.
type Lander func(ctx context.Context, b *limnograph.Batch) error

// Checkpoint keeps what a collector remembers over a restart: one small text.
type Checkpoint interface {
	// Load returns what was saved last; nil when there is nothing.
	Load(ctx context.Context) ([]byte, error)
	// Save replaces it, as a whole or not at all.
	Save(ctx context.Context, state []byte) error
}

// place names a target.
type place struct{ account, region string }

func placeOf(k limnograph.JobKey) place { return place{k.AccountID, k.Region} }

func (p place) String() string { return p.account + "/" + p.region }

// target is the work on one account and Region.
type target struct {
	Target
	c  *Collector
	at place

	stepping   sync.Mutex // held by who steps: one at a time
	publishing sync.Mutex // held by who publishes

	mu       sync.Mutex // guards what follows
	budget   *budget
	calls    map[string]int64 // by operation, since the start
	requests int64            // what Requests returned last
	ended    int64            // runs that were seen to end, since the start
	began    time.Time        // when this target was collected first
	started  time.Time        // when this process began
	problems map[string]*Problem
	pause    time.Time // nothing is asked before: landing is in trouble
	trouble  int       // failures of landing in a row

	watch map[limnograph.RunKey]*watched
	jobs  map[string]*job
	gone  []limnograph.JobKey // jobs that vanished, to be landed

	reading *reading // the sweep that is under way
	swept   time.Time
	roll    inventory
	past    progress
	outbox  outbox
}

func newTarget(c *Collector, each Target) *target {
	now := c.cfg.Now()
	return &target{
		Target: each, c: c, at: place{each.AccountID, each.Region},
		budget: newBudget(c.cfg, now), began: now, started: now,
		calls: make(map[string]int64), problems: make(map[string]*Problem),
		watch: make(map[limnograph.RunKey]*watched), jobs: make(map[string]*job),
		outbox: outbox{waiting: make(map[limnograph.RunKey]*ended)},
	}
}
