package columns_test

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

// TestSort compares Sort with sorting by Compare, and Compare with the columns that it stands for.
func TestSort(t *testing.T) {
	l := newLayout(t, glue(t))
	rapid.Check(t, func(t *rapid.T) {
		rows := rowsOf(l, drawStatements(t))
		if rapid.Bool().Draw(t, "fewer pointers") { // rows of one series from different readers
			for i := range rows {
				s := *rows[i].Series
				rows[i].Series = &s
			}
		}
		want := slices.Clone(rows)
		slices.SortStableFunc(want, func(a, b columns.Row) int {
			return cmp.Or(compareSlowly(l, &a, &b), cmp.Compare(a.Version, b.Version))
		})
		l.Sort(rows)
		requireSame(t, want, rows)
	})
}

// compareSlowly compares column by column, by their names.
func compareSlowly(l *columns.Layout, a, b *columns.Row) int {
	for _, name := range l.SortColumns() {
		c := 0
		switch name {
		case "metric_name":
			c = cmp.Compare(a.Series.MetricName, b.Series.MetricName)
		case "ts":
			c = cmp.Compare(a.TS, b.TS)
		default:
			i := slices.Index(l.Texts(), name)
			x, y := a.Series.Texts[i], b.Series.Texts[i]
			c = cmp.Or(cmp.Compare(rank(x.Valid), rank(y.Valid)), cmp.Compare(x.Value, y.Value))
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Series.SID, b.Series.SID)
}

func rank(valid bool) int {
	if valid {
		return 1
	}
	return 0
}

// TestCompareIsTotalOrder checks the laws of an order, and that only rows of one key are equal.
func TestCompareIsTotalOrder(t *testing.T) {
	l := newLayout(t, glue(t))
	rapid.Check(t, func(t *rapid.T) {
		rows := rowsOf(l, drawStatements(t))
		if len(rows) == 0 {
			return
		}
		pick := rapid.SampledFrom(rows)
		a, b, c := pick.Draw(t, "a"), pick.Draw(t, "b"), pick.Draw(t, "c")
		ab, ba, bc, ac := l.Compare(&a, &b), l.Compare(&b, &a), l.Compare(&b, &c), l.Compare(&a, &c)
		if ab != -ba {
			t.Fatalf("a:b is %d, b:a is %d", ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 {
			t.Fatal("a <= b <= c < a")
		}
		if (ab == 0) != (a.Key() == b.Key()) {
			t.Fatalf("compared %d, keys are %v and %v", ab, a.Key(), b.Key())
		}
		if ab != compareSlowly(l, &a, &b) {
			t.Fatalf("compared %d, by columns %d", ab, compareSlowly(l, &a, &b))
		}
	})
}

func TestSortColumns(t *testing.T) {
	dimension := func(columns ...string) (all []limnograph.PromotedDimension) {
		for _, c := range columns {
			all = append(all, limnograph.PromotedDimension{Name: "D" + c, Column: c})
		}
		return all
	}
	volumes := limnograph.Schema{Table: "ebs_metrics", Dimensions: dimension("volume_id", "zone")}
	tests := map[string]struct {
		schema limnograph.Schema
		ids    map[string]int
		want   []string
	}{
		"Jobs":           {glue(t), idsOf(glue(t)), []string{"job_name", "job_run_id", "metric_name", "ts"}},
		"RunsOnly":       {limnograph.Schema{Dimensions: dimension("a", "job_run_id")}, nil, []string{"job_run_id", "metric_name", "ts"}},
		"AllDimensions":  {volumes, nil, []string{"volume_id", "zone", "metric_name", "ts"}},
		"NoDimensions":   {limnograph.Schema{Table: limnograph.OtherTable}, nil, []string{"metric_name", "ts"}},
		"AddedStaysOut":  {limnograph.Schema{Dimensions: dimension("host", "volume_id", "zone")}, with(idsOf(volumes), "host"), []string{"volume_id", "zone", "metric_name", "ts"}},
		"ReorderedStays": {limnograph.Schema{Dimensions: dimension("zone", "volume_id")}, idsOf(volumes), []string{"volume_id", "zone", "metric_name", "ts"}},
		"AddedJobs":      {limnograph.Schema{Dimensions: dimension("volume_id", "zone", "job_name")}, with(idsOf(volumes), "job_name"), []string{"volume_id", "zone", "metric_name", "ts"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.ids == nil {
				tt.ids = idsOf(tt.schema)
			}
			l, err := columns.NewLayout(tt.schema, tt.ids)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.SortColumns(); !slices.Equal(got, tt.want) {
				t.Errorf("sorted by %v, want %v", got, tt.want)
			}
		})
	}
}

// with adds a column to a table as a catalogue does: with the next id.
func with(ids map[string]int, column string) map[string]int {
	ids[column] = len(ids) + 1
	return ids
}
