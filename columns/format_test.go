package columns_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
)

// footer opens a file with the Parquet library alone.
func footer(t *testing.T, content []byte) *file.Reader {
	t.Helper()
	f, err := file.NewParquetReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFooter shows what engines find: field ids, types, order, statistics, compression.
func TestFooter(t *testing.T) {
	s := glue(t)
	ids := idsOf(s)
	ids["version"] = 77
	l, err := columns.NewLayout(s, ids)
	if err != nil {
		t.Fatal(err)
	}
	f := footer(t, written(t, l, sortedRows(t, l, time.Hour)))
	for i, c := range l.Columns() {
		node := f.MetaData().Schema.Column(i).SchemaNode()
		required := parquet.Repetitions.Optional
		if c.Required {
			required = parquet.Repetitions.Required
		}
		if node.Name() != c.Name || int(node.FieldID()) != ids[c.Name] || node.RepetitionType() != required {
			t.Errorf("column %d is %v, want %+v", i, node, c)
		}
		if c.Type == columns.Timestamp && node.LogicalType().String() != "Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, is_from_converted_type=false, force_set_converted_type=false)" {
			t.Errorf("%s is %s", c.Name, node.LogicalType())
		}
		requireChunks(t, f, i)
	}
	var order []string
	for _, c := range f.MetaData().RowGroup(0).SortingColumns() {
		if c.Descending || !c.NullsFirst {
			t.Errorf("sorting column %+v", c)
		}
		order = append(order, l.Columns()[c.ColumnIdx].Name)
	}
	if want := append(l.SortColumns(), "sid"); !slices.Equal(order, want) {
		t.Errorf("the file says it is sorted by %v, want %v", order, want)
	}
}

// requireChunks checks that each chunk is compressed and says its bounds and NULLs.
func requireChunks(t *testing.T, f *file.Reader, column int) {
	t.Helper()
	for g := range f.NumRowGroups() {
		chunk, err := f.MetaData().RowGroup(g).ColumnChunk(column)
		if err != nil {
			t.Fatal(err)
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() {
			t.Fatalf("column %d has no statistics: %v", column, err)
		}
		if rows := f.MetaData().RowGroup(g).NumRows(); stats.HasMinMax() == (stats.NullCount() == rows) || stats.NumValues()+stats.NullCount() != rows {
			t.Errorf("column %d of %d rows: bounds %v, %d values, %d NULLs", column, rows, stats.HasMinMax(), stats.NumValues(), stats.NullCount())
		}
		if chunk.Compression() != compress.Codecs.Zstd {
			t.Errorf("column %d is compressed with %v", column, chunk.Compression())
		}
		for _, e := range chunk.Encodings() {
			if !slices.Contains([]parquet.Encoding{parquet.Encodings.Plain, parquet.Encodings.RLE, parquet.Encodings.RLEDict, parquet.Encodings.DeltaBinaryPacked}, e) {
				t.Errorf("column %d has encoding %v", column, e)
			}
		}
	}
}

// TestBounds compares the bounds of every row group with its rows: engines skip by them.
func TestBounds(t *testing.T) {
	l := newLayout(t, glue(t))
	rows := sortedRows(t, l, 8*time.Hour)
	f := footer(t, written(t, l, rows))
	if f.NumRowGroups() < 3 {
		t.Fatalf("%d row groups are too few to tell", f.NumRowGroups())
	}
	at := func(column string) int { return f.MetaData().Schema.ColumnIndexByName(column) }
	for g := range f.NumRowGroups() {
		n := int(f.MetaData().RowGroup(g).NumRows())
		part := rows[:n]
		rows = rows[n:]
		requireBounds(t, f, g, at("ts"), part, func(r *columns.Row) string { return fmt.Sprintf("%016x", r.TS*1000) })
		requireBounds(t, f, g, at("job_run_id"), part, func(r *columns.Row) string { return r.Series.Texts[1].Value })
		requireBounds(t, f, g, at("metric_name"), part, func(r *columns.Row) string { return r.Series.MetricName })
		requireBounds(t, f, g, at("source"), part, func(r *columns.Row) string { return r.Series.Texts[3].Value })
	}
}

// requireBounds compares bounds as texts; an empty one is NULL.
func requireBounds(t *testing.T, f *file.Reader, group, column int, rows []columns.Row, text func(*columns.Row) string) {
	t.Helper()
	var low, high string
	for i := range rows {
		v := text(&rows[i])
		if v == "" {
			continue
		}
		if low == "" || v < low {
			low = v
		}
		high = max(high, v)
	}
	chunk, err := f.MetaData().RowGroup(group).ColumnChunk(column)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := chunk.Statistics()
	if err != nil {
		t.Fatal(err)
	}
	decode := func(b []byte) string {
		if stats.Type() != parquet.Types.Int64 {
			return string(b)
		}
		slices.Reverse(b)
		return fmt.Sprintf("%x", b)
	}
	if got := []string{decode(stats.EncodeMin()), decode(stats.EncodeMax())}; !slices.Equal(got, []string{low, high}) {
		t.Errorf("row group %d, column %d: bounds %q, want %q and %q", group, column, got, low, high)
	}
}

// TestSameRowsSameBytes: the name of a file tells its content.
func TestSameRowsSameBytes(t *testing.T) {
	l := newLayout(t, glue(t))
	a, b := written(t, l, sortedRows(t, l, time.Hour)), written(t, l, sortedRows(t, l, time.Hour))
	if !bytes.Equal(a, b) {
		t.Error("equal rows made different files")
	}
}

// TestAddedColumns reads a file with the layout of a table that got columns since: their values follow from the
// dimensions and the metric, and the order stays.
func TestAddedColumns(t *testing.T) {
	s := glue(t)
	before := s
	before.Dimensions = slices.Delete(slices.Clone(s.Dimensions), 3, 4) // Source
	before.Extracts = nil
	old := newLayout(t, before)
	content := written(t, old, sortedRows(t, old, time.Hour))

	ids := idsOf(before)
	ids[s.Dimensions[3].Column], ids[s.Extracts[0].Column] = 23, 24
	l, err := columns.NewLayout(s, ids)
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, l, content)
	requireSame(t, got, sortedRows(t, l, time.Hour))
	requireKeys(t, l, content, got)
	requireSame(t, got, readAll(t, l, written(t, l, got)))
	if !slices.ContainsFunc(got, func(r columns.Row) bool { return r.Series.Texts[3].Valid }) {
		t.Error("no row has the dimension: the test proves nothing")
	}
}

// TestMuchText ends row groups early, and keeps texts that are larger than pages.
func TestMuchText(t *testing.T) {
	l := newLayout(t, glue(t))
	var statements []statement
	for i := range 40 {
		dp := datapoint()
		dp.Timestamp += int64(i)
		dp.Dimensions[2].Value = fmt.Sprint(i, strings.Repeat("x", 500_000))
		dp.Statistics.Extra = []limnograph.Statistic{{Name: fmt.Sprint("p", i, strings.Repeat("y", 300_000)), Value: 1}}
		statements = append(statements, statement{dp, int64(i)})
	}
	rows := rowsOf(l, statements)
	l.Sort(rows)
	content := written(t, l, rows)
	if f := footer(t, content); f.NumRowGroups() < 2 || f.NumRowGroups() > 8 {
		t.Errorf("%d row groups", f.NumRowGroups())
	}
	requireSame(t, rows, readAll(t, l, content))
}

// TestManyStatistics: texts of statistics differ from row to row.
func TestManyStatistics(t *testing.T) {
	l := newLayout(t, glue(t))
	var statements []statement
	for i := range 70_000 {
		dp := datapoint()
		dp.Timestamp += int64(i)
		dp.Statistics.Extra = nil
		if i > 1000 && i%3 > 0 {
			dp.Statistics.Extra = []limnograph.Statistic{{Name: "p99", Value: float64(i)}, {Name: "p50", Value: float64(i) / 3}}
		}
		statements = append(statements, statement{dp, int64(i)})
	}
	rows := rowsOf(l, statements)
	l.Sort(rows)
	requireSame(t, rows, readAll(t, l, written(t, l, rows)))
}

func TestEmptyFile(t *testing.T) {
	l := newLayout(t, glue(t))
	if diff := cmp.Diff(0, len(readAll(t, l, written(t, l, nil)))); diff != "" {
		t.Error(diff)
	}
}
