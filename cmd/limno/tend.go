package main

import (
	"context"
	"io"
	"time"

	"limnograph"
	curated "limnograph/lake"
	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/objectkey"
)

// The pace of tending landing: what becomes due waits for a quarter of the time after which it does, within bounds.
const (
	tendAtLeast = time.Second
	tendAtMost  = 10 * time.Minute
)

// newKeeper makes what packs and deletes landed objects.
func (c *core) newKeeper() *landing.Keeper {
	l := c.cfg.Landing
	return landing.NewKeeper(c.lander, c.worker.Replace, landing.KeeperConfig{
		PackAfter: l.PackAfter.Std(), Retention: l.Retention.Std(), QuarantineRetention: l.QuarantineRetention.Std(),
		LongestQuery: c.longestQuery(),
		Every:        tendEvery(l.PackAfter.Std()),
		Schemas:      c.tendedSchemas, Covered: c.covered, Tidy: c.store.RemoveEmpty,
	})
}

// covered reports whether the curated table has everything that a landed object holds. While a table cannot be read
// nothing of it is packed or deleted.
func (c *core) covered(table string, object objectkey.Landing) bool {
	s := c.curation.snapshots()[table]
	if s == nil {
		return false
	}
	ledger, own, err := curated.LedgerOf(*s)
	return err == nil && own && landing.Covers(ledger.Mark, object)
}

func tendEvery(packAfter time.Duration) time.Duration {
	if packAfter <= 0 {
		return tendAtMost
	}
	return min(max(packAfter/4, tendAtLeast), tendAtMost)
}

// tendedSchemas are those of all tables that landing is tended for. Record tables have no definition, and so no retention
// but landing's own.
func (c *core) tendedSchemas() []limnograph.Schema {
	schemas := c.publishedSchemas()
	for _, table := range limnograph.RecordTables() {
		schemas = append(schemas, limnograph.Schema{Table: table})
	}
	return schemas
}

func (c *core) publishedSchemas() (schemas []limnograph.Schema) {
	for _, t := range c.worker.FileSet().Tables {
		schemas = append(schemas, t.Schema)
	}
	return schemas
}

// tend packs and deletes until ctx ends.
func (c *core) tend(ctx context.Context) error { return c.newKeeper().Run(ctx) }

// roomyStore is the store for what can wait: it takes nothing while the disk has less free space than landing.min_free,
// which is left to deliveries that were accepted and to deletions.
type roomyStore struct {
	*localdir.Store
	hasRoom func() error
}

// Put stores an object while there is room. Errors: CodeUnavailable (none), and those of the store.
func (s roomyStore) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	if err := s.hasRoom(); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	return s.Store.Put(ctx, key, body, opt)
}

// roomy returns the store for the curated tables.
func (c *core) roomy() roomyStore { return roomyStore{c.store, c.lander.HasRoom} }
