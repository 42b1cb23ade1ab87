package columns_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

func TestColumnsOfRecords(t *testing.T) {
	want := []columns.Column{
		{ID: 1, Name: "ts", Type: columns.Timestamp, Required: true, Doc: "begin"},
		{ID: 2, Name: "job", Type: columns.Text},
		{ID: 3, Name: "n", Type: columns.Long},
		{ID: 4, Name: "x", Type: columns.Double, Required: true},
		{ID: 5, Name: "b", Type: columns.Boolean},
	}
	s := limnograph.Schema{Table: "jobs", Records: &limnograph.RecordLayout{Key: []string{"job"}, Columns: []limnograph.RecordColumn{
		{Name: "ts", Type: limnograph.TimeColumn, Required: true, Doc: "begin"},
		{Name: "job", Type: limnograph.TextColumn},
		{Name: "n", Type: limnograph.LongColumn},
		{Name: "x", Type: limnograph.DoubleColumn, Required: true},
		{Name: "b", Type: limnograph.BooleanColumn},
	}}}
	if diff := cmp.Diff(want, columns.ColumnsOf(s)); diff != "" {
		t.Error(diff)
	}
}

func TestSortColumnsOf(t *testing.T) {
	metrics := glue(t)
	later := idsOf(metrics)
	later["job_name"], later["job_run_id"] = 98, 99 // behind the last first column
	for name, tt := range map[string]struct {
		schema limnograph.Schema
		ids    map[string]int
		want   []string
	}{
		"Datapoints":          {metrics, idsOf(metrics), []string{"job_name", "job_run_id", "metric_name", "ts", "sid"}},
		"ColumnsThatCameLate": {metrics, later, append(newLayoutOf(t, metrics, later).SortColumns(), "sid")},
		"Records":             {runs(), idsOf(runs()), []string{"job_name", "job_run_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := columns.SortColumnsOf(tt.schema, tt.ids)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
	if _, err := columns.SortColumnsOf(metrics, nil); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("without ids: %v", err)
	}
}

func newLayoutOf(t *testing.T, s limnograph.Schema, ids map[string]int) *columns.Layout {
	t.Helper()
	l, err := columns.NewLayout(s, ids)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// drawRows draws rows of a table with values that are hard to keep.
func drawRows(t *rapid.T, s limnograph.Schema) [][]any {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "é😀", "\x00", strings.Repeat("x", 70_000)}), rapid.String())
	number := rapid.OneOf(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 5e-324}), rapid.Float64())
	value := func(c limnograph.RecordColumn) any {
		if !c.Required && rapid.Bool().Draw(t, "null") {
			return nil
		}
		switch c.Type {
		case limnograph.TextColumn:
			return text.Draw(t, c.Name)
		case limnograph.DoubleColumn:
			return number.Draw(t, c.Name)
		case limnograph.BooleanColumn:
			return rapid.Bool().Draw(t, c.Name)
		case limnograph.TimeColumn:
			return rapid.Int64Range(-math.MaxInt64/1000, math.MaxInt64/1000).Draw(t, c.Name)
		}
		return rapid.Int64().Draw(t, c.Name)
	}
	rows := make([][]any, rapid.IntRange(0, 12).Draw(t, "rows"))
	for i := range rows {
		for _, c := range s.Records.Columns {
			rows[i] = append(rows[i], value(c))
		}
	}
	slices.SortFunc(rows, compareRuns)
	return slices.CompactFunc(rows, func(a, b []any) bool { return compareRuns(a, b) == 0 })
}

// sayRows is all that rows say, with the bits of numbers.
func sayRows(rows [][]any) (all []string) {
	for _, row := range rows {
		line := ""
		for _, v := range row {
			if f, ok := v.(float64); ok {
				v = fmt.Sprintf("%x", math.Float64bits(f))
			}
			line += fmt.Sprintf("%T %#v|", v, v)
		}
		all = append(all, line)
	}
	return all
}

func TestRecordsRoundTrip(t *testing.T) {
	s := runs()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, s)
		var out bytes.Buffer
		sum, err := columns.WriteRecords(&out, s, idsOf(s), rows)
		if err != nil {
			t.Fatal(err)
		}
		if want := summaryOfRecords(rows); sum != want {
			t.Fatalf("summary is %+v, want %+v", sum, want)
		}
		if diff := cmp.Diff(sayRows(rows), sayRows(readRecords(t, s, out.Bytes()))); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
		if !bytes.Equal(out.Bytes(), writtenRecords(t, s, rows)) {
			t.Fatal("equal rows made different files")
		}
	})
}

func summaryOfRecords(rows [][]any) columns.Summary {
	var sum columns.Summary
	for i, row := range rows {
		ts := row[0].(int64)
		if i == 0 {
			sum = columns.Summary{MinTime: ts, MaxTime: ts}
		}
		sum.Rows, sum.MinTime, sum.MaxTime = sum.Rows+1, min(sum.MinTime, ts), max(sum.MaxTime, ts)
	}
	return sum
}

// TestManyRecords reads more rows than are read at once, of columns with few texts and with many.
func TestManyRecords(t *testing.T) {
	s, rows := fleetRuns(t)
	content := writtenRecords(t, s, rows)
	got := readRecords(t, s, content)
	requireEqualRows(t, rows, got)
	got[0] = append(got[0], "more")
	got[1][1] = "changed" // which is no matter of the other rows
	requireEqualRows(t, rows[2:], got[2:])
}

// TestLargeRecords ends row groups early.
func TestLargeRecords(t *testing.T) {
	s := runs()
	var rows [][]any
	for i := range 40 {
		row := run("load", fmt.Sprintf("jr_%03d", i))
		row[8] = fmt.Sprint(i, strings.Repeat("y", 1_000_000))
		rows = append(rows, row)
	}
	content := writtenRecords(t, s, rows)
	if n := footer(t, content).NumRowGroups(); n != 3 {
		t.Errorf("%d row groups", n)
	}
	requireEqualRows(t, rows, readRecords(t, s, content))
}

// requireEqualRows compares many rows without a number that is none.
func requireEqualRows(t *testing.T, want, got [][]any) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if !slices.Equal(want[i], got[i]) {
			t.Fatalf("row %d: got %.1000v, want %.1000v", i, got[i], want[i])
		}
	}
}

// TestFooterOfRecords shows what engines find.
func TestFooterOfRecords(t *testing.T) {
	s, rows := fleetRuns(t)
	ids := idsOf(s)
	ids["message"] = 77
	var out bytes.Buffer
	if _, err := columns.WriteRecords(&out, s, ids, rows); err != nil {
		t.Fatal(err)
	}
	f := footer(t, out.Bytes())
	if v := f.MetaData().KeyValueMetadata().FindValue("limno.layout"); v == nil || *v != "1" {
		t.Errorf("layout is %v", v)
	}
	for i, c := range columns.ColumnsOf(s) {
		node := f.MetaData().Schema.Column(i).SchemaNode()
		required := parquet.Repetitions.Optional
		if c.Required {
			required = parquet.Repetitions.Required
		}
		if node.Name() != c.Name || int(node.FieldID()) != ids[c.Name] || node.RepetitionType() != required {
			t.Errorf("column %d is %v, want %+v", i, node, c)
		}
		requireChunks(t, f, i)
		if chunk, err := f.MetaData().RowGroup(0).ColumnChunk(i); err != nil || chunk.Compression() != compress.Codecs.Zstd {
			t.Errorf("column %d: %v", i, err)
		}
	}
	var order []string
	for _, c := range f.MetaData().RowGroup(0).SortingColumns() {
		order = append(order, columns.ColumnsOf(s)[c.ColumnIdx].Name)
	}
	if !slices.Equal(order, s.Records.Key) {
		t.Errorf("the file says it is sorted by %v", order)
	}
}

// TestColumnsComeAndGo reads files of before a column, and some of the columns.
func TestColumnsComeAndGo(t *testing.T) {
	before := runs()
	rows := [][]any{run("a", "1"), run("a", "2")}
	content := writtenRecords(t, before, rows)
	after := runs(limnograph.RecordColumn{Name: "cost", Type: limnograph.DoubleColumn}, limnograph.RecordColumn{Name: "role", Type: limnograph.TextColumn})
	var want [][]any
	for _, row := range rows {
		want = append(want, append(slices.Clone(row), nil, nil))
	}
	if diff := cmp.Diff(want, readRecords(t, after, content)); diff != "" {
		t.Errorf("with more columns: %s", diff)
	}
	ids := idsOf(after)
	few := runs()
	few.Records.Columns = few.Records.Columns[:3]
	got, err := columns.ReadRecords(bytes.NewReader(content), int64(len(content)), few, ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{rows[0][:3], rows[1][:3]}, got); diff != "" {
		t.Errorf("with fewer columns: %s", diff)
	}
	ids["state"], ids["message"] = ids["message"], ids["state"]
	if _, err := columns.ReadRecords(bytes.NewReader(content), int64(len(content)), before, ids); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("another table's file: %v", err)
	}
}

func TestWriteRecordsRefuses(t *testing.T) {
	with := func(at int, v any) [][]any {
		row := run("a", "1")
		row[at] = v
		return [][]any{run("A", "0"), row}
	}
	for name, tt := range map[string]struct {
		rows [][]any
		says string // empty: it is right
	}{
		"Right":          {with(4, nil), ""},
		"IntForLong":     {with(5, 2), "row 1 of table job_runs: column attempt holds a value of type int"},
		"TextForLong":    {with(5, "secret"), "column attempt holds a value of type string"},
		"LongForDouble":  {with(6, int64(3)), "column dpu_seconds holds a value of type int64"},
		"DoubleForTime":  {with(4, 1e12), "column ended_at holds a value of type float64"},
		"LongForBoolean": {with(7, int64(1)), "column auto_scaling holds a value of type int64"},
		"BooleanForText": {with(8, true), "column message holds a value of type bool"},
		"NoTime":         {with(0, nil), "column ts holds no value and is never NULL"},
		"NoState":        {with(3, nil), "column state holds no value and is never NULL"},
		"NoUTF8":         {with(8, "a\xff"), "column message holds text that is no UTF-8"},
		"TimeTooLate":    {with(4, int64(math.MaxInt64/1000+1)), "column ended_at holds a time that does not fit"},
		"TimeTooEarly":   {with(0, int64(math.MinInt64)), "column ts holds a time that does not fit"},
		"TooFewValues":   {[][]any{run("a", "1")[:11]}, "row 0 of table job_runs: has 11 values for 12 columns"},
		"TooManyValues":  {[][]any{append(run("a", "1"), nil)}, "has 13 values for 12 columns"},
		"NotSorted":      {[][]any{run("b", "1"), run("a", "2")}, "row 1 of table job_runs: does not come behind the row before it"},
		"KeyTwice":       {[][]any{run("a", "1"), run("a", "1")}, "does not come behind the row before it"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			_, err := columns.WriteRecords(&out, runs(), idsOf(runs()), tt.rows)
			if tt.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(fmt.Sprint(err), tt.says) || strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if out.Len() > 0 {
				t.Errorf("%d bytes were written", out.Len())
			}
		})
	}
}

// TestKeyOfAnyType sorts by columns that may be NULL.
func TestKeyOfAnyType(t *testing.T) {
	s := runs()
	s.Records.Key = []string{"message", "attempt", "dpu_seconds", "auto_scaling"}
	var rows [][]any
	for _, message := range []any{nil, "", "a"} {
		for _, attempt := range []any{nil, int64(-1), int64(1)} {
			for _, dpu := range []any{nil, -0.5, 3.0} {
				for _, scaling := range []any{nil, false, true} {
					row := run("x", "y")
					row[8], row[5], row[6], row[7] = message, attempt, dpu, scaling
					rows = append(rows, row)
				}
			}
		}
	}
	if diff := cmp.Diff(sayRows(rows), sayRows(readRecords(t, s, writtenRecords(t, s, rows)))); diff != "" {
		t.Error(diff)
	}
	for i := range rows[1:] {
		if _, err := columns.WriteRecords(&bytes.Buffer{}, s, idsOf(s), [][]any{rows[i+1], rows[i]}); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("rows %d and %d the other way round: %v", i, i+1, err)
		}
	}
}

func TestNoRecordLayout(t *testing.T) {
	late, typeless, keyless, optional := runs(), runs(), runs(), runs()
	slices.Reverse(late.Records.Columns)
	typeless.Records.Columns[3].Type = 9
	keyless.Records.Key = []string{"nothing"}
	optional.Records.Columns[0].Required = false
	short := maps.Clone(idsOf(runs()))
	delete(short, "state")
	for name, tt := range map[string]struct {
		schema limnograph.Schema
		ids    map[string]int
	}{
		"Datapoints": {glue(t), idsOf(glue(t))}, "TimeIsNotFirst": {late, idsOf(late)}, "NoType": {typeless, idsOf(typeless)},
		"NoKeyColumn": {keyless, idsOf(keyless)}, "TimeMayBeNull": {optional, idsOf(optional)}, "NoFieldID": {runs(), short},
		"NoColumns": {limnograph.Schema{Records: &limnograph.RecordLayout{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := columns.WriteRecords(&bytes.Buffer{}, tt.schema, tt.ids, nil)
			requireCodeInvalid(t, err)
			_, err = columns.ReadRecords(strings.NewReader(""), 0, tt.schema, tt.ids)
			requireCodeInvalid(t, err)
		})
	}
}

func requireCodeInvalid(t *testing.T, err error) {
	t.Helper()
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("got %v", err)
	}
}
