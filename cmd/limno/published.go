package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"limnograph"
	"limnograph/record"
	"limnograph/schema"
)

// published is what readers see: landing and the curated tables in one file set.
type published struct {
	raw     func() *limnograph.FileSet             // what is published of landing; nil while that is not known
	curated func() map[string]*limnograph.Snapshot // the newest state of each curated table; what it returned never changes
	schemas func() []limnograph.Schema             // the definitions in force
	now     func() time.Time

	mu        sync.Mutex // guards what follows: what was joined last, and from what
	set       *limnograph.FileSet
	from      *limnograph.FileSet
	snapshots map[string]*limnograph.Snapshot
}

func newPublished(raw func() *limnograph.FileSet, curated func() map[string]*limnograph.Snapshot, schemas func() []limnograph.Schema) *published {
	return &published{raw: raw, curated: curated, schemas: schemas, now: time.Now}
}

// FileSet returns the newest picture; the same one until a part of it changes. nil: nothing is known yet.
func (p *published) FileSet() *limnograph.FileSet {
	p.mu.Lock()
	defer p.mu.Unlock()
	raw, snapshots := p.raw(), p.curated()
	if raw == nil || raw == p.from && maps.Equal(snapshots, p.snapshots) {
		return p.set
	}
	set := joined(raw, snapshots, p.schemas())
	set.Published = p.now().UTC()
	if p.set != nil {
		set.Version = p.set.Version + 1
	}
	p.set, p.from, p.snapshots = set, raw, snapshots
	return set
}

// joined adds the snapshots to the tables of a file set, and the tables that nothing sealed has yet.
func joined(raw *limnograph.FileSet, snapshots map[string]*limnograph.Snapshot, schemas []limnograph.Schema) *limnograph.FileSet {
	set := *raw
	set.Tables = slices.Clone(raw.Tables)
	rest := maps.Clone(snapshots)
	for i := range set.Tables {
		table := set.Tables[i].Schema.Table
		set.Tables[i].Snapshot = rest[table]
		delete(rest, table)
	}
	for table, snapshot := range rest {
		set.Tables = append(set.Tables, limnograph.TableFiles{Schema: schemaOf(table, schemas), Snapshot: snapshot})
	}
	slices.SortFunc(set.Tables, func(a, b limnograph.TableFiles) int { return cmp.Compare(a.Schema.Table, b.Schema.Table) })
	return &set
}

func schemaOf(table string, schemas []limnograph.Schema) limnograph.Schema {
	for _, s := range schemas {
		if s.Table == table {
			return s
		}
	}
	if t := record.TableOf(table); t != nil {
		return t.Schema()
	}
	return schema.Unknown(table)
}

// currentSnapshots reads the newest state of the curated tables of some schemas, for a directory that no server holds.
func currentSnapshots(ctx context.Context, from limnograph.SnapshotReader, schemas []limnograph.Schema) (map[string]*limnograph.Snapshot, error) {
	snapshots := make(map[string]*limnograph.Snapshot)
	for _, s := range schemas {
		current, err := from.Current(ctx, s.Table)
		if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		snapshots[s.Table] = &current
	}
	return snapshots, nil
}
