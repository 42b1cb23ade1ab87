package mem

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"limnograph"
	"limnograph/schema"
)

// Catalog is a catalogue and an object ledger in memory. It is safe for concurrent use.
type Catalog struct {
	mu     sync.Mutex
	tables map[string]*catalogTable
}

type catalogTable struct {
	schema     limnograph.Schema
	partitions map[limnograph.Partition]bool
	objects    map[string]limnograph.File
}

var (
	_ limnograph.Catalog      = (*Catalog)(nil)
	_ limnograph.ObjectLedger = (*Catalog)(nil)
)

// NewCatalog returns an empty catalogue.
func NewCatalog() *Catalog { return &Catalog{tables: make(map[string]*catalogTable)} }

// Tables lists the registered schemas, sorted by table name.
func (c *Catalog) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []limnograph.Schema
	for _, name := range slices.Sorted(maps.Keys(c.tables)) {
		list = append(list, c.tables[name].schema)
	}
	return list, ctx.Err()
}

// EnsureTable creates or updates a table. Errors: CodeInvalid (schema), CodeConflict (the table belongs to another
// namespace, or would lose or change a column).
func (c *Catalog) EnsureTable(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	if err := cmp.Or(ctx.Err(), schema.ValidateLanded(s)); err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[s.Table]
	if t == nil {
		c.tables[s.Table] = &catalogTable{
			schema: s, partitions: make(map[limnograph.Partition]bool), objects: make(map[string]limnograph.File),
		}
		return true, nil
	}
	if reflect.DeepEqual(t.schema, s) {
		return false, nil
	}
	if err := schema.Evolve(t.schema, s); err != nil {
		return false, err
	}
	t.schema = s
	return true, nil
}

// Partitions lists the partitions of a table, sorted by hour, then sender. Errors: CodeNotFound (table).
func (c *Catalog) Partitions(ctx context.Context, table string) ([]limnograph.Partition, error) {
	var list []limnograph.Partition
	err := c.with(ctx, table, func(t *catalogTable) {
		list = slices.SortedFunc(maps.Keys(t.partitions), func(a, b limnograph.Partition) int {
			return cmp.Or(a.Hour.Compare(b.Hour), strings.Compare(a.Sender, b.Sender))
		})
	})
	return list, err
}

// AddPartitions registers partitions and reports how many are new. Errors: CodeNotFound (table).
func (c *Catalog) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (added int, err error) {
	err = c.with(ctx, table, func(t *catalogTable) {
		before := len(t.partitions)
		for _, p := range parts {
			p.Hour = p.Hour.UTC().Truncate(time.Hour)
			t.partitions[p] = true
		}
		added = len(t.partitions) - before
	})
	return added, err
}

// Record remembers objects of a table; a known key is left as it is, unless its lines and bounds were unknown and come
// now. Errors: CodeNotFound (table).
func (c *Catalog) Record(ctx context.Context, table string, objects []limnograph.File) error {
	return c.with(ctx, table, func(t *catalogTable) {
		for _, f := range objects {
			if have, known := t.objects[f.Key]; !known || have.Lines == 0 && f.Lines > 0 {
				t.objects[f.Key] = f
			}
		}
	})
}

// Objects lists all objects of a table in key order. Errors: CodeNotFound (table).
func (c *Catalog) Objects(ctx context.Context, table string) ([]limnograph.File, error) {
	var list []limnograph.File
	err := c.with(ctx, table, func(t *catalogTable) {
		for _, key := range slices.Sorted(maps.Keys(t.objects)) {
			list = append(list, t.objects[key])
		}
	})
	return list, err
}

// Forget drops objects; an unknown key is no error. Errors: CodeNotFound (table).
func (c *Catalog) Forget(ctx context.Context, table string, keys []string) error {
	return c.with(ctx, table, func(t *catalogTable) {
		for _, key := range keys {
			delete(t.objects, key)
		}
	})
}

func (c *Catalog) with(ctx context.Context, table string, f func(*catalogTable)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[table]
	if t == nil {
		return &limnograph.Error{Code: limnograph.CodeNotFound, Op: "find table", Message: "there is no table " + table}
	}
	f(t)
	return nil
}
