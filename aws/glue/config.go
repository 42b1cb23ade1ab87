package glue

import (
	"cmp"
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	smithytime "github.com/aws/smithy-go/time"

	"limnograph"
)

// Config says where the tables are.
type Config struct {
	Database string // of the Data Catalog; empty: limnograph
	Root     string // of the object store that landing fills: s3://bucket/prefix
	// Pause waits before an attempt (1, 2, ...) that follows a race or a lost answer; nil: a random time that doubles, up
	// to 50 ms for the first.
	Pause func(ctx context.Context, attempt int) error
	Now   func() time.Time // for the years of a projection; nil: time.Now
}

func (c Config) withDefaults() Config {
	c.Database = cmp.Or(c.Database, "limnograph")
	c.Root = strings.TrimSuffix(c.Root, "/")
	if c.Pause == nil {
		c.Pause = pause
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Catalog is the catalogue of one database. It is safe for concurrent use, also by several processes.
type Catalog struct {
	cfg    Config
	client *glue.Client
}

var _ limnograph.Catalog = (*Catalog)(nil)

// New returns the catalogue of a database, which must exist (EnsureDatabase) before the other calls.
func New(cfg aws.Config, opt Config) *Catalog {
	return &Catalog{cfg: opt.withDefaults(), client: glue.NewFromConfig(cfg)}
}

func pause(ctx context.Context, attempt int) error {
	const first, longest = 50 * time.Millisecond, 2 * time.Second
	return smithytime.SleepWithContext(ctx, rand.N(min(first<<(attempt-1), longest))) //nolint:gosec // a jitter, not a secret
}
