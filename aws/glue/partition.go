package glue

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"limnograph"
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
