package collector

import (
	"context"

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
