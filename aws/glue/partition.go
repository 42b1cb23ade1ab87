package glue

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph"
	"limnograph/objectkey"
)

const (
	readBatch  = 1000
	writeBatch = 100
)

// Partitions lists the partitions of a table, sorted by hour, then sender; those that others have registered under
// values that are no hour are left out. A table with projection has none, or those of the time before. Errors:
// CodeNotFound (table), CodeForbidden, CodeUnavailable.
func (c *Catalog) Partitions(ctx context.Context, table string) ([]limnograph.Partition, error) {
	var list []limnograph.Partition
	pages := glue.NewGetPartitionsPaginator(c.client, &glue.GetPartitionsInput{
		DatabaseName: &c.cfg.Database, TableName: aws.String(rawName(table)), ExcludeColumnSchema: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.explain(ctx, "list partitions", "glue:GetPartitions", c.cfg.Database+"."+rawName(table), err)
		}
		for _, p := range page.Partitions {
			if one, ok := partitionOf(p.Values); ok {
				list = append(list, one)
			}
		}
	}
	slices.SortFunc(list, compare)
	return list, nil
}

// AddPartitions registers partitions; those that exist are left as they are, and when all exist nothing is written. A
// table with projection registers none. Errors: CodeNotFound (table), CodeConflict (somebody else's table),
// CodeForbidden, CodeUnavailable; some may have been registered all the same.
func (c *Catalog) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) error {
	const op = "add partitions"
	t, err := c.get(ctx, rawName(table))
	if err != nil {
		return err
	}
	if t == nil {
		return &limnograph.Error{Code: limnograph.CodeNotFound, Op: op, Message: "there is no table " + c.cfg.Database + "." + rawName(table)}
	}
	s, err := c.stored(t)
	if err != nil || s.Projection.Enabled() {
		return err
	}
	wanted := make(map[limnograph.Partition]bool, len(parts))
	for _, p := range parts {
		wanted[limnograph.Partition{Sender: p.Sender, Hour: p.Hour.UTC().Truncate(time.Hour)}] = true
	}
	return c.addAll(ctx, op, t, table, wanted)
}

// addAll reads and writes what is missing until nothing is. After a round in which something went wrong it looks again.
func (c *Catalog) addAll(ctx context.Context, op string, t *types.Table, table string, wanted map[limnograph.Partition]bool) error {
	what := c.cfg.Database + "." + rawName(table)
	var last error
	var refusals []error
	for attempt := 0; len(wanted) > 0 && attempt < maxAttempts; attempt++ {
		if err := c.again(ctx, op, attempt); err != nil {
			return err
		}
		if err := c.drop(ctx, table, wanted); err != nil {
			return c.explain(ctx, op, "glue:BatchGetPartition", what, err)
		}
		for batch := range slices.Chunk(slices.SortedFunc(maps.Keys(wanted), compare), writeBatch) {
			refused, err := c.write(ctx, t, table, batch, wanted)
			if err != nil && outcomeOf(ctx, err) == failed {
				return c.explain(ctx, op, "glue:BatchCreatePartition", what, err)
			}
			last = cmp.Or(err, last)
			if refused != nil {
				refusals = append(refusals, c.explain(ctx, op, "glue:BatchCreatePartition", what, refused))
			}
		}
	}
	if len(wanted) > 0 {
		return exhausted(op, what, last)
	}
	return errors.Join(refusals...)
}

// drop takes those out of the set that exist. A key that the server has not looked at counts as missing: registering what
// exists does no harm.
func (c *Catalog) drop(ctx context.Context, table string, wanted map[limnograph.Partition]bool) error {
	for batch := range slices.Chunk(slices.SortedFunc(maps.Keys(wanted), compare), readBatch) {
		in := &glue.BatchGetPartitionInput{DatabaseName: &c.cfg.Database, TableName: aws.String(rawName(table))}
		for _, p := range batch {
			in.PartitionsToGet = append(in.PartitionsToGet, types.PartitionValueList{Values: valuesOf(p)})
		}
		out, err := c.client.BatchGetPartition(ctx, in)
		if err != nil {
			return err
		}
		for _, have := range out.Partitions {
			if p, ok := partitionOf(have.Values); ok {
				delete(wanted, p)
			}
		}
	}
	return nil
}

// write registers a batch and takes those out of the set that need no further attempt. The first error is that of
// partitions which were refused for good, the second that of the whole call.
func (c *Catalog) write(ctx context.Context, t *types.Table, table string, batch []limnograph.Partition, wanted map[limnograph.Partition]bool) (refused, err error) {
	in := &glue.BatchCreatePartitionInput{DatabaseName: &c.cfg.Database, TableName: t.Name}
	for _, p := range batch {
		in.PartitionInputList = append(in.PartitionInputList, types.PartitionInput{
			Values: valuesOf(p), StorageDescriptor: descriptor(c.location(objectkey.Folder(table, p))),
		})
	}
	out, err := c.client.BatchCreatePartition(ctx, in, writeOnce)
	if err != nil {
		return nil, err
	}
	again := make(map[string]bool)
	for _, e := range out.Errors {
		item := itemErrorOf(e)
		if item.isPassing() {
			again[strings.Join(e.PartitionValues, "/")] = true
		} else if item.code != alreadyExists && refused == nil {
			refused = item
		}
	}
	for _, p := range batch {
		if !again[strings.Join(valuesOf(p), "/")] {
			delete(wanted, p)
		}
	}
	return refused, nil
}

func rawName(table string) string { return limnograph.Schema{Table: table}.RawTable() }

func compare(a, b limnograph.Partition) int {
	return cmp.Or(a.Hour.Compare(b.Hour), cmp.Compare(a.Sender, b.Sender))
}

const hourLayout = "2006/01/02/15"

// valuesOf are the values of the partition keys: sender, year, month, day, hour.
func valuesOf(p limnograph.Partition) []string {
	return append([]string{p.Sender}, strings.Split(p.Hour.Format(hourLayout), "/")...)
}

// partitionOf is the inverse of valuesOf.
func partitionOf(values []string) (limnograph.Partition, bool) {
	if len(values) != 5 {
		return limnograph.Partition{}, false
	}
	hour, err := time.Parse(hourLayout, strings.Join(values[1:], "/"))
	p := limnograph.Partition{Sender: values[0], Hour: hour}
	return p, err == nil && slices.Equal(valuesOf(p), values)
}
