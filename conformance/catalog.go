package conformance

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// Catalog checks that an implementation keeps the contract of limnograph.Catalog. open returns an empty catalogue.
func Catalog(t *testing.T, open func(t *testing.T) limnograph.Catalog, lacks ...Lack) {
	suite := newSuite(lacks)
	for _, c := range []struct {
		outcome string
		check   func(t testing.TB, c limnograph.Catalog)
	}{
		{"EmptyHasNoTables", catalogEmpty},
		{"EnsureTableIsIdempotent", catalogEnsure},
		{"EnsureTableUpdates", catalogUpdate},
		{"TablesAreSorted", catalogSorted},
		{"ErrOtherNamespace", catalogConflict},
		{"UnknownNamespaceIsAdopted", catalogAdopt},
		{"ErrInvalidSchema", catalogInvalid},
		{"ErrRecordTable", catalogRecords},
		{"NamespaceMayMoveToAnotherTable", catalogMove},
		{"ColumnsAreAdded", catalogGrow},
		{"ErrColumnLostOrChanged", catalogShrink},
		{"PartitionsAreSortedAndKept", catalogPartitions},
		{"ManyPartitionsInOneCall", catalogManyPartitions},
		{"ErrUnknownTable", catalogUnknownTable},
		{"ConcurrentCalls", catalogConcurrent},
		{"ConcurrentGrowthLosesNothing", catalogConcurrentGrowth},
		{"OfTwoGrowthsOneIsRefused", catalogConcurrentConflict},
	} {
		suite.run(t, c.outcome, func(t *testing.T) func(testing.TB) {
			catalog := open(t)
			return func(t testing.TB) { c.check(t, catalog) }
		})
	}
	suite.finish(t)
}

func ebs() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "AWS/EBS", Table: "ebs_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: "VolumeId", Column: "volume_id"}},
		Totals:     []limnograph.Dimension{{Name: "VolumeId", Value: "ALL"}},
		Extracts:   []limnograph.ExtractedColumn{{Column: "kind", Pattern: `^(Volume)'"`}},
		Retention:  400 * 24 * time.Hour, TableRetention: 800 * 24 * time.Hour,
	}
}

func other() limnograph.Schema { return limnograph.Schema{Table: limnograph.OtherTable} }

func ensure(t testing.TB, c limnograph.Catalog, s limnograph.Schema, wantChanged bool) {
	t.Helper()
	changed, err := c.EnsureTable(t.Context(), s)
	if err != nil || changed != wantChanged {
		t.Fatalf("EnsureTable(%s) = %v, %v; want %v", s.Table, changed, err, wantChanged)
	}
}

func wantTables(t testing.TB, c limnograph.Catalog, want ...limnograph.Schema) {
	t.Helper()
	got, err := c.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

func catalogEmpty(t testing.TB, c limnograph.Catalog) { wantTables(t, c) }

func catalogEnsure(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	ensure(t, c, ebs(), false)
	wantTables(t, c, ebs())
}

func catalogUpdate(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	s := ebs()
	s.Retention = 0
	ensure(t, c, s, true)
	wantTables(t, c, s)
}

func catalogSorted(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, other(), true)
	ensure(t, c, ebs(), true)
	wantTables(t, c, ebs(), other())
}

func catalogConflict(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	s := ebs()
	s.Namespace = "AWS/EC2"
	_, err := c.EnsureTable(t.Context(), s)
	wantCode(t, err, limnograph.CodeConflict)
	wantTables(t, c, ebs())
}

func catalogAdopt(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, limnograph.Schema{Table: "ebs_metrics"}, true)
	ensure(t, c, ebs(), true)
	wantTables(t, c, ebs())
	_, err := c.EnsureTable(t.Context(), limnograph.Schema{Table: "ebs_metrics"})
	wantCode(t, err, limnograph.CodeConflict)
}

func catalogInvalid(t testing.TB, c limnograph.Catalog) {
	for _, table := range []string{"", "Ebs", "raw_x", "a b", `x"; DROP TABLE tables; --`} {
		s := ebs()
		s.Table = table
		_, err := c.EnsureTable(t.Context(), s)
		wantCode(t, err, limnograph.CodeInvalid)
	}
	wantTables(t, c)
}

func catalogMove(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	s := ebs()
	s.Table = "disk_metrics"
	ensure(t, c, s, true)
	wantTables(t, c, s, ebs())
}

func catalogPartitions(t testing.TB, c limnograph.Catalog) {
	ensure(t, c, ebs(), true)
	hour := time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	later := limnograph.Partition{Sender: "a", Hour: hour.Add(time.Hour)}
	a, b := limnograph.Partition{Sender: "a", Hour: hour}, limnograph.Partition{Sender: "b/'ü", Hour: hour}
	for _, step := range []struct {
		parts []limnograph.Partition
		added int
	}{{[]limnograph.Partition{later, b}, 2}, {[]limnograph.Partition{a, b}, 1}, {nil, 0}, {[]limnograph.Partition{a}, 0}} {
		if added, err := c.AddPartitions(t.Context(), "ebs_metrics", step.parts); err != nil || added != step.added {
			t.Fatalf("AddPartitions(%v) = %d, %v; want %d", step.parts, added, err, step.added)
		}
	}
	ensure(t, c, ebs(), false)
	got, err := c.Partitions(t.Context(), "ebs_metrics")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]limnograph.Partition{a, b, later}, got); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
}

func catalogUnknownTable(t testing.TB, c limnograph.Catalog) {
	_, err := c.Partitions(t.Context(), "nothing")
	wantCode(t, err, limnograph.CodeNotFound)
	_, err = c.AddPartitions(t.Context(), "nothing", []limnograph.Partition{{Sender: "a"}})
	wantCode(t, err, limnograph.CodeNotFound)
}

func catalogConcurrent(t testing.TB, c limnograph.Catalog) {
	ctx := context.WithoutCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := c.EnsureTable(ctx, ebs()); err != nil {
				t.Error(err)
			}
			hour := time.Date(2026, 11, 24, i%3, 0, 0, 0, time.UTC)
			if _, err := c.AddPartitions(ctx, "ebs_metrics", []limnograph.Partition{{Sender: "a", Hour: hour}}); err != nil {
				t.Error(err)
			}
			if _, err := c.Tables(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	parts, err := c.Partitions(ctx, "ebs_metrics")
	if err != nil || len(parts) != 3 {
		t.Errorf("%d partitions, %v", len(parts), err)
	}
}
