package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph/record"
)

// TestMergeIsAJoin merges statements in any order, some of them twice, in parts that are merged as rows, and through
// storage: the row is always the same.
func TestMergeIsAJoin(t *testing.T) {
	each(t, func(t *rapid.T, table *record.Table) {
		statements := drawStatements(t, table)
		want := fold(table, statements).Values()

		again := append(statements, rapid.SliceOfN(rapid.SampledFrom(statements), 0, 3).Draw(t, "again")...)
		parts := make([]*record.Row, 3)
		for _, s := range rapid.Permutation(again).Draw(t, "order") {
			i := rapid.IntRange(0, 2).Draw(t, "part")
			parts[i] = table.Merge(parts[i], s)
		}
		var got *record.Row
		for _, part := range rapid.Permutation(parts).Draw(t, "parts") {
			if part != nil && rapid.Bool().Draw(t, "stored") {
				part = stored(t, table, part)
			}
			got = table.MergeRows(got, part)
		}
		if diff := cmp.Diff(want, got.Values()); diff != "" {
			t.Fatalf("(-in order +otherwise)\n%s", diff)
		}
	})
}

// TestMergeOfRowsWithMetricsIsAJoin does the same with roll-ups.
func TestMergeOfRowsWithMetricsIsAJoin(t *testing.T) {
	table := record.Runs()
	rapid.Check(t, func(t *rapid.T) {
		var rows []*record.Row
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			var row *record.Row
			if rapid.Bool().Draw(t, "told") {
				row = fold(table, drawStatements(t, table))
			}
			rows = append(rows, table.MergeMetrics(row, drawMetrics(t)))
		}
		want := rows[0]
		for _, row := range rows[1:] {
			want = table.MergeRows(want, row)
		}
		shuffled := rapid.Permutation(append(rows, rows[0])).Draw(t, "order")
		got := table.MergeRows(shuffled[0], nil)
		for _, row := range shuffled[1:] {
			got = table.MergeRows(row, stored(t, table, got))
		}
		if diff := cmp.Diff(want.Values(), got.Values()); diff != "" {
			t.Fatalf("(-in order +otherwise)\n%s", diff)
		}
	})
}

// TestMergeTellsWhetherARowChanged relies on identity: a row that comes back is the one that went in.
func TestMergeTellsWhetherARowChanged(t *testing.T) {
	each(t, func(t *rapid.T, table *record.Table) {
		statements := drawStatements(t, table)
		row := fold(table, statements)
		before := textOf(row.Values())
		for _, s := range statements {
			if table.Merge(row, s) != row {
				t.Fatal("a statement that the row knows made another row of it")
			}
		}
		if table.MergeRows(row, fold(table, statements)) != row {
			t.Fatal("an equal row made another row of it")
		}
		next := table.Merge(row, drawStatements(t, table)[0])
		if textOf(row.Values()) != before {
			t.Fatal("the row was changed")
		}
		if (next == row) != (textOf(next.Values()) == before) {
			t.Fatalf("same row: %v, but\n%s\n%s", next == row, before, textOf(next.Values()))
		}
	})
}

func TestStoredRowIsTheRow(t *testing.T) {
	table := record.Runs()
	rapid.Check(t, func(t *rapid.T) {
		row := fold(table, drawStatements(t, table))
		if rapid.Bool().Draw(t, "metrics") {
			row = table.MergeMetrics(row, drawMetrics(t))
		}
		again := stored(t, table, row)
		if diff := cmp.Diff(row.Values(), again.Values()); diff != "" || row.Key() != again.Key() || row.TS() != again.TS() {
			t.Fatalf("(-row +stored)\n%s", diff)
		}
		s := drawStatements(t, table)[0]
		if diff := cmp.Diff(table.Merge(row, s).Values(), table.Merge(again, s).Values()); diff != "" {
			t.Fatalf("after another statement (-row +stored)\n%s", diff)
		}
	})
}

func drawStatements(t *rapid.T, table *record.Table) (statements []record.Statement) {
	for _, line := range drawLines(t, table) {
		statements = append(statements, parsed(t, table, line, rapid.Int64Range(0, 3).Draw(t, "position")))
	}
	return statements
}

func fold(table *record.Table, statements []record.Statement) (row *record.Row) {
	for _, s := range statements {
		row = table.Merge(row, s)
	}
	return row
}

func stored(t *rapid.T, table *record.Table, row *record.Row) *record.Row {
	again, err := table.RowOf(row.Values())
	if err != nil {
		t.Fatalf("%v", err)
	}
	return again
}
