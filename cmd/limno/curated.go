package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"limnograph"
	"limnograph/iceberg"
	curated "limnograph/lake"
	"limnograph/landing"
)

// curation is the embedded curated tables: Iceberg below lake/ in the data directory, fed by landing.
type curation struct {
	*curated.Lake
	tables *iceberg.Store
	feed   *landing.Feed
}

// compactOldFactor is how much longer the restatements of old datapoints wait.
const compactOldFactor = 12

// openCuration opens the curated tables. A table that can't be opened keeps nobody from landing: it is tried again while
// the server runs.
func (c *core) openCuration(ctx context.Context) (_ *curation, err error) {
	root, err := filepath.Abs(c.cfg.Data)
	if err != nil {
		return nil, err
	}
	k := &curation{feed: landing.NewFeed(c.lander, c.store)}
	if k.tables, err = c.openTables(ctx, root); err != nil {
		return nil, errors.Join(err, k.feed.Close())
	}
	if k.Lake, err = curated.New(c.roomy(), k.tables, k.feed, c.curatedSchemas, c.curationConfig()); err != nil {
		return nil, errors.Join(err, k.close())
	}
	if err := k.Open(ctx); err != nil {
		c.log.Error("a curated table cannot be opened; landing goes on, and it is tried again", "err", err)
	}
	return k, nil
}

// openTables opens the catalog of the curated tables. One that is damaged is put aside: the tables are found again by their
// metadata, and landing need not wait for a person.
func (c *core) openTables(ctx context.Context, root string) (*iceberg.Store, error) {
	cfg := iceberg.Config{Root: root, Objects: c.store}
	tables, err := iceberg.Open(ctx, cfg)
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		return tables, err
	}
	catalog := filepath.Join(root, "lake", "catalog.db")
	for _, suffix := range []string{"-wal", "-shm", ""} {
		if moveErr := os.Rename(catalog+suffix, catalog+suffix+".broken"); moveErr != nil && !errors.Is(moveErr, fs.ErrNotExist) {
			return nil, errors.Join(err, moveErr)
		}
	}
	c.log.Error("the catalog of the curated tables was damaged and is put aside as "+catalog+".broken; the tables are found by their metadata", "err", err)
	return iceberg.Open(ctx, cfg)
}

func (c *core) curationConfig() curated.Config {
	l := c.cfg.Lake
	return curated.Config{
		CommitEvery: l.CommitEvery.Std(), SeenBytes: int64(l.Memory), LongestQuery: c.longestQuery(),
		Compaction: curated.Compaction{Every: l.CompactEvery.Std(), EveryOld: compactOldFactor * l.CompactEvery.Std()},
		Logger:     c.log, Registerer: c.registry,
	}
}

// longestQuery is how long a query may read a file: to its own limit, and a margin for one that is being started.
func (c *core) longestQuery() time.Duration { return 2*c.cfg.Query.Timeout.Std() + 5*time.Second }

// curatedSchemas are the definitions of all tables: as they are published, else as they are in force.
func (c *core) curatedSchemas() []limnograph.Schema {
	schemas := slices.Concat(c.publishedSchemas(), recordSchemas())
	known := make(map[string]bool, len(schemas))
	for _, s := range schemas {
		known[s.Table] = true
	}
	for _, s := range c.schemas.all() {
		if !known[s.Table] {
			schemas = append(schemas, s)
		}
	}
	return schemas
}

// waiting counts acknowledged lines that are not in their curated tables yet.
func (c *core) waiting() (lines int64) {
	for _, s := range c.curatedSchemas() {
		lines += c.curation.feed.Waiting(s.Table)
	}
	return lines
}

// snapshots are the newest states of the curated tables.
func (k *curation) snapshots() map[string]*limnograph.Snapshot { return k.Snapshots().Tables }

func (k *curation) close() error { return errors.Join(k.feed.Close(), k.tables.Close()) }
