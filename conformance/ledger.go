package conformance

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// CatalogLedger is what a catalogue and its object ledger are together.
type CatalogLedger interface {
	limnograph.Catalog
	limnograph.ObjectLedger
}

// Ledger checks that the ledger which open returns keeps its contract. Each call of open must return an empty one.
func Ledger(t *testing.T, open func(t *testing.T) CatalogLedger) {
	tests := []struct {
		name string
		run  func(testing.TB, CatalogLedger)
	}{
		{"ErrUnknownTable", ledgerUnknownTable},
		{"ObjectsAreSortedAndKept", ledgerObjects},
		{"UnknownBoundsAreFilledIn", ledgerBounds},
		{"ForgetDropsObjects", ledgerForget},
		{"ConcurrentCalls", ledgerConcurrent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

func ledgerUnknownTable(t testing.TB, c CatalogLedger) {
	_, err := c.Objects(t.Context(), "nothing")
	wantCode(t, err, limnograph.CodeNotFound)
	wantCode(t, c.Record(t.Context(), "nothing", []limnograph.File{{Key: "k"}}), limnograph.CodeNotFound)
	wantCode(t, c.Forget(t.Context(), "nothing", []string{"k"}), limnograph.CodeNotFound)
}

func wantObjects(t testing.TB, c CatalogLedger, table string, want ...limnograph.File) {
	t.Helper()
	got, err := c.Objects(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func ledgerObjects(t testing.TB, c CatalogLedger) {
	ensure(t, c, ebs(), true)
	ensure(t, c, other(), true)
	b := limnograph.File{Key: "b", Size: 1, Lines: 2, MinTime: -3, MaxTime: 1 << 60}
	a := limnograph.File{Key: "a/é'", Size: 9}
	record := func(table string, files ...limnograph.File) {
		if err := c.Record(t.Context(), table, files); err != nil {
			t.Fatal(err)
		}
	}
	record("ebs_metrics", b)
	record("ebs_metrics", a, limnograph.File{Key: "b", Size: 7})
	record("other_metrics", limnograph.File{Key: "b", Size: 5})
	record("other_metrics")
	wantObjects(t, c, "ebs_metrics", a, b)
	wantObjects(t, c, "other_metrics", limnograph.File{Key: "b", Size: 5})
}

func ledgerBounds(t testing.TB, c CatalogLedger) {
	ensure(t, c, ebs(), true)
	bounded := limnograph.File{Key: "a", Size: 9, Lines: 2, MinTime: -3, MaxTime: 1 << 60}
	for _, f := range []limnograph.File{
		{Key: "a", Size: 9}, bounded, {Key: "a", Size: 9}, {Key: "a", Size: 9, Lines: 7, MinTime: 1, MaxTime: 2},
	} {
		if err := c.Record(t.Context(), "ebs_metrics", []limnograph.File{f}); err != nil {
			t.Fatal(err)
		}
	}
	wantObjects(t, c, "ebs_metrics", bounded)
}

func ledgerForget(t testing.TB, c CatalogLedger) {
	ensure(t, c, ebs(), true)
	a, b := limnograph.File{Key: "a"}, limnograph.File{Key: "b"}
	if err := c.Record(t.Context(), "ebs_metrics", []limnograph.File{a, b}); err != nil {
		t.Fatal(err)
	}
	if err := c.Forget(t.Context(), "ebs_metrics", []string{"a", "unknown"}); err != nil {
		t.Fatal(err)
	}
	wantObjects(t, c, "ebs_metrics", b)
}

func ledgerConcurrent(t testing.TB, c CatalogLedger) {
	ctx := context.WithoutCancel(t.Context())
	ensure(t, c, ebs(), true)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := c.EnsureTable(ctx, ebs()); err != nil {
				t.Error(err)
			}
			if err := c.Record(ctx, "ebs_metrics", []limnograph.File{{Key: fmt.Sprint(i)}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if objects, err := c.Objects(ctx, "ebs_metrics"); err != nil || len(objects) != 8 {
		t.Errorf("%d objects, %v", len(objects), err)
	}
}
