package glue

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
	"limnograph/objectkey"
)

const (
	readBatch  = 1000
	writeBatch = 100
)

// AddPartitions registers partitions and reports how many are new; those that exist are left as they are, and when all
// exist nothing is written. One that was written while the answer was lost counts as new. A table with projection
// registers none. Errors: CodeNotFound (table), CodeConflict (somebody else's table), CodeForbidden, CodeUnavailable; some
// may have been registered all the same.
func (c *Catalog) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (added int, err error) {
	t, err := c.get(ctx, rawName(table))
	if err != nil {
		return 0, err
	}
	if t == nil {
		return 0, &limnograph.Error{Code: limnograph.CodeNotFound, Op: addOp, Message: "there is no table " + c.cfg.Database + "." + rawName(table)}
	}
	s, err := c.stored(t)
	if err != nil || s.Projection.Enabled() {
		return 0, err
	}
	a := &addition{c: c, t: t, table: table, what: c.cfg.Database + "." + rawName(table), wanted: make(map[limnograph.Partition]bool, len(parts))}
	for _, p := range parts {
		a.wanted[limnograph.Partition{Sender: p.Sender, Hour: p.Hour.UTC().Truncate(time.Hour)}] = true
	}
	err = a.run(ctx)
	return max(0, a.lacking-a.others-len(a.wanted)), err
}

const addOp = "add partitions"

// addition is one AddPartitions at work.
type addition struct {
	c        *Catalog
	t        *types.Table
	table    string                        // curated name
	what     string                        // for messages
	wanted   map[limnograph.Partition]bool // not known to be registered
	lacking  int                           // how many the catalogue did not have at the first look
	others   int                           // how many of these were refused, or somebody else's work
	refusals []error
}

// run reads and writes what is missing until nothing is. After a round in which something went wrong it looks again.
func (a *addition) run(ctx context.Context) error {
	var last error
	for attempt := 0; len(a.wanted) > 0 && attempt < maxAttempts; attempt++ {
		if err := a.c.again(ctx, addOp, attempt); err != nil {
			return err
		}
		if err := a.drop(ctx); err != nil {
			return a.c.explain(ctx, addOp, "glue:BatchGetPartition", a.what, err)
		}
		if attempt == 0 {
			a.lacking = len(a.wanted)
		}
		for batch := range slices.Chunk(slices.SortedFunc(maps.Keys(a.wanted), compare), writeBatch) {
			err := a.write(ctx, batch)
			if err != nil && outcomeOf(ctx, err) == failed {
				return a.c.explain(ctx, addOp, "glue:BatchCreatePartition", a.what, err)
			}
			last = cmp.Or(err, last)
		}
	}
	if len(a.wanted) > 0 {
		return exhausted(addOp, a.what, last)
	}
	return errors.Join(a.refusals...)
}

// drop takes those out of the set that exist. A key that the server has not looked at counts as missing: registering what
// exists does no harm.
func (a *addition) drop(ctx context.Context) error {
	for batch := range slices.Chunk(slices.SortedFunc(maps.Keys(a.wanted), compare), readBatch) {
		in := &glue.BatchGetPartitionInput{DatabaseName: &a.c.cfg.Database, TableName: a.t.Name}
		for _, p := range batch {
			in.PartitionsToGet = append(in.PartitionsToGet, types.PartitionValueList{Values: valuesOf(p)})
		}
		out, err := a.c.client.BatchGetPartition(ctx, in)
		if err != nil {
			return err
		}
		for _, have := range out.Partitions {
			if p, ok := partitionOf(have.Values); ok {
				delete(a.wanted, p)
			}
		}
	}
	return nil
}

// write registers a batch and takes those out of the set that need no further attempt.
func (a *addition) write(ctx context.Context, batch []limnograph.Partition) error {
	in := &glue.BatchCreatePartitionInput{DatabaseName: &a.c.cfg.Database, TableName: a.t.Name}
	for _, p := range batch {
		in.PartitionInputList = append(in.PartitionInputList, types.PartitionInput{
			Values: valuesOf(p), StorageDescriptor: descriptor(a.c.location(objectkey.Folder(a.table, p))),
		})
	}
	out, err := a.c.client.BatchCreatePartition(ctx, in, writeOnce)
	if err != nil {
		return err
	}
	again := a.judge(ctx, out.Errors)
	for _, p := range batch {
		if !again[strings.Join(valuesOf(p), "/")] {
			delete(a.wanted, p)
		}
	}
	return nil
}

// judge returns the values of those partitions of a batch that need another attempt. Of those that were refused for good
// it keeps the first error of a batch.
func (a *addition) judge(ctx context.Context, errs []types.PartitionError) (again map[string]bool) {
	again = make(map[string]bool)
	var refused error
	for _, e := range errs {
		item := itemErrorOf(e)
		if item.isPassing() {
			again[strings.Join(e.PartitionValues, "/")] = true
			continue
		}
		a.others++
		if item.code != alreadyExists && refused == nil {
			refused = item
			a.refusals = append(a.refusals, a.c.explain(ctx, addOp, "glue:BatchCreatePartition", a.what, item))
		}
	}
	return again
}
