package athena

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"time"

	smithytime "github.com/aws/smithy-go/time"

	"limnograph"
)

// Config says where and how queries run. Database and Published are required.
type Config struct {
	Workgroup      string // empty: primary
	Catalog        string // empty: AwsDataCatalog
	Database       string // the database that holds the published tables
	OutputLocation string // s3://bucket/prefix/ for results; empty: the workgroup's

	// Published lists the schemas whose tables and views exist. It is asked for each query; nil publishes nothing.
	Published func(ctx context.Context) ([]limnograph.Schema, error)

	Timeout       time.Duration // of one query, waiting and reading included; 0: 10 min
	MaxConcurrent int           // executions at a time, the others wait; 0: 8
	PricePerTB    float64       // US dollars for 2^40 scanned bytes; 0: 5; negative: none

	Wait   func(ctx context.Context, d time.Duration) error // returns early when ctx ends; nil: by the clock
	Jitter func() float64                                   // from 0 to 1, spreads polling; nil: random
	Token  func() string                                    // of 32 to 128 characters, another each time; nil: random
}

const (
	defaultTimeout = 10 * time.Minute
	defaultPrice   = 5
	// maxSQL is Athena's limit for the text of a query, in bytes.
	maxSQL = 262_144
	// stopTimeout bounds what is said to Athena after the asker has gone.
	stopTimeout = 10 * time.Second
)

func (c Config) withDefaults() Config {
	c.Workgroup = cmp.Or(c.Workgroup, "primary")
	c.Catalog = cmp.Or(c.Catalog, "AwsDataCatalog")
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.MaxConcurrent = cmp.Or(c.MaxConcurrent, 8)
	c.PricePerTB = cmp.Or(c.PricePerTB, defaultPrice)
	if c.Published == nil {
		c.Published = func(context.Context) ([]limnograph.Schema, error) { return nil, nil }
	}
	if c.Wait == nil {
		c.Wait = smithytime.SleepWithContext
	}
	if c.Jitter == nil {
		c.Jitter = mathrand.Float64
	}
	if c.Token == nil {
		c.Token = token
	}
	return c
}

// timeout returns the limit of a query: its own, but never more than the engine's.
func (c Config) timeout(q limnograph.Query) time.Duration {
	if q.Timeout <= 0 || q.Timeout > c.Timeout {
		return c.Timeout
	}
	return q.Timeout
}

func token() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
