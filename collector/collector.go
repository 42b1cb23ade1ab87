package collector

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"limnograph"
)

const opNew = "set up the collector of job runs"

// Collector collects job runs. All of its methods may be called at the same time, from anywhere.
type Collector struct {
	cfg     Config
	land    Lander
	targets []*target // sorted by place
	byPlace map[place]*target
	memory  *memory
	locks   *keyLocks
	metrics *metrics
	dirty   atomic.Bool // something is to be saved

	tending sync.Mutex // held while Open is called and the checkpoint is loaded or saved; it guards what follows
	loaded  bool
	looked  time.Time // when Open was called last
	saved   time.Time

	mu   sync.Mutex
	note string // about the checkpoint, for Status
}

// New returns a collector over targets; land makes its records durable. Without a target it still lands events. Errors:
// CodeInvalid (settings, a target twice), CodeConflict (metrics are registered already).
func New(targets []Target, land Lander, cfg Config) (*Collector, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if land == nil {
		return nil, invalid(opNew, "there is nothing that lands records", "")
	}
	c := &Collector{
		cfg: cfg, land: land, byPlace: make(map[place]*target), memory: newMemory(cfg.Remember),
		locks: newKeyLocks(), metrics: newMetrics(),
	}
	for _, each := range targets {
		if err := c.add(each); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(c.targets, func(a, b *target) int { return cmp.Compare(a.at.String(), b.at.String()) })
	return c, c.metrics.register(cfg.Registerer, c)
}

func (c *Collector) add(each Target) error {
	at := place{each.AccountID, each.Region}
	switch {
	case !isAccount(each.AccountID) || !isRegion(each.Region):
		return invalid(opNew, "a target is "+at.String()+", which is no account and Region", "give 12 digits, and a Region such as eu-west-1")
	case each.Glue == nil:
		return invalid(opNew, "target "+at.String()+" has no Glue API", "")
	case c.byPlace[at] != nil:
		return invalid(opNew, "target "+at.String()+" is given twice", "leave one of them out")
	}
	t := newTarget(c, each)
	c.targets, c.byPlace[at] = append(c.targets, t), t
	return nil
}

// Bill returns what custom metrics cost for a number of ended runs a month, with the kinds and prices of the settings.
func (c *Collector) Bill(runs int64) Bill { return MonthlyPrice(runs, c.cfg.Publish, *c.cfg.Prices) }

// OpenRun is a run that is not known to have ended.
type OpenRun struct {
	limnograph.RunKey
	State         limnograph.RunState
	Outcome       limnograph.RunState // by metrics: SUCCEEDED or FAILED; "": not reported
	Asked         bool                // the API has told of it (seen_in has api)
	Since         time.Time           // the earliest time that is known of it
	LastDatapoint time.Time           // zero: none
	TimeoutMin    int64               // 0: not reported
}
