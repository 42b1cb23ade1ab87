package cataloging

import (
	"cmp"
	"log/slog"
	"time"
)

// Config holds what is optional; the zero value works.
type Config struct {
	ReconcileEvery time.Duration    // how often the newest arrival hours are compared with the store; 0: 30 s
	FullEvery      time.Duration    // how often all of landing is compared with the ledger; 0: 1 h
	Window         time.Duration    // how far back the newest arrival hours reach; 0: 2 h
	PollEvery      time.Duration    // how often the schemas are looked at for a change; 0: 1 s
	FillEvery      time.Duration    // pause between two rounds of reading bounds that are unknown; 0: 1 s
	FillWithin     time.Duration    // how long ago an object may have arrived to be read for its bounds; 0: any time
	Follow         bool             // the schemas are the catalogue's own: a table that they no longer name is no longer published
	RetryAfter     time.Duration    // how long to wait after the catalogue was unavailable; 0: 1 s
	Logger         *slog.Logger     // nil: nothing is logged
	Now            func() time.Time // nil: time.Now
}

// maxQueued bounds the events that wait; reconciliation finds what is dropped.
const maxQueued = 1 << 16

func (c Config) withDefaults() Config {
	c.ReconcileEvery = cmp.Or(c.ReconcileEvery, 30*time.Second)
	c.FullEvery = cmp.Or(c.FullEvery, time.Hour)
	c.Window = cmp.Or(c.Window, 2*time.Hour)
	c.PollEvery = cmp.Or(c.PollEvery, time.Second)
	c.FillEvery = cmp.Or(c.FillEvery, time.Second)
	c.RetryAfter = cmp.Or(c.RetryAfter, time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
