package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"limnograph"
)

// grown is the schema of ebs with further dimensions, each a column.
func grown(dimensions ...string) limnograph.Schema {
	s := ebs()
	for _, name := range dimensions {
		s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension{Name: name, Column: strings.ToLower(name)})
	}
	return s
}

func catalogGrow(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	s := grown("Zone")
	ensure(t, c, s, true)
	s.Dimensions = slices.Clone(s.Dimensions)
	slices.Reverse(s.Dimensions) // another order of columns is another view, but no column is lost
	ensure(t, c, s, true)
	s.Extracts = append(s.Extracts, limnograph.ExtractedColumn{Column: "part", Pattern: `([a-z]+)$`})
	s.Totals = append(s.Totals, limnograph.Dimension{Name: "Zone", Value: "ALL"})
	ensure(t, c, s, true)
	ensure(t, c, s, false)
	wantTables(t, c, s)
}

func catalogShrink(t testing.TB, c limnograph.Catalog) {
	s := grown("Zone")
	ensure(t, c, s, true)
	changes := map[string]func(*limnograph.Schema){
		"volume_id": func(s *limnograph.Schema) { s.Dimensions = s.Dimensions[1:] },
		"zone":      func(s *limnograph.Schema) { s.Dimensions[1].Name = "AvailabilityZone" },
		"kind":      func(s *limnograph.Schema) { s.Extracts[0].Pattern = "^(V)" },
		"is_total":  func(s *limnograph.Schema) { s.Totals = nil },
	}
	for column, change := range changes {
		bad := grown("Zone")
		change(&bad)
		_, err := c.EnsureTable(t.Context(), bad)
		wantCode(t, err, limnograph.CodeConflict)
		if err == nil || !strings.Contains(err.Error(), column) {
			t.Errorf("the refusal does not name %s: %v", column, err)
		}
	}
	wantTables(t, c, s)
}

func catalogManyPartitions(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	const count = 250
	var parts []limnograph.Partition
	for i := range count {
		parts = append(parts, limnograph.Partition{Sender: "a", Hour: time.Date(2026, 11, 24, i, 0, 0, 0, time.UTC)})
	}
	for _, some := range [][]limnograph.Partition{parts[:3], parts[120:130], append(slices.Clone(parts), parts[:20]...), parts} {
		if _, err := c.AddPartitions(t.Context(), "ebs_metrics", some); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.Partitions(t.Context(), "ebs_metrics")
	if err != nil || !slices.Equal(got, parts) {
		t.Errorf("%d partitions, %v; want %d", len(got), err, count)
	}
}

// catalogConcurrentGrowth: schemas that extend each other, all written at once, end as the largest of them.
func catalogConcurrentGrowth(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	ctx := context.WithoutCancel(t.Context())
	var names []string
	var wg sync.WaitGroup
	for i := range 6 {
		names = append(names, fmt.Sprintf("Added%d", i))
		s := grown(names...)
		wg.Go(func() {
			_, err := c.EnsureTable(ctx, s)
			if code := limnograph.ErrorCode(err); code != "" && code != limnograph.CodeConflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantTables(t, c, grown(names...))
}

// catalogConcurrentConflict: of schemas that each lack what the others add, one is taken and the others are refused.
func catalogConcurrentConflict(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	ctx := context.WithoutCancel(t.Context())
	var winner atomic.Pointer[limnograph.Schema]
	var wg sync.WaitGroup
	for i := range 6 {
		s := grown(fmt.Sprintf("Added%d", i))
		wg.Go(func() {
			_, err := c.EnsureTable(ctx, s)
			if err != nil {
				wantCode(t, err, limnograph.CodeConflict)
			} else if !winner.CompareAndSwap(nil, &s) {
				t.Error("two were taken")
			}
		})
	}
	wg.Wait()
	if s := winner.Load(); s != nil {
		wantTables(t, c, *s)
	} else {
		t.Error("none was taken")
	}
}
