package columns_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

// runs is a record table with columns of all types, of which two make the key.
func runs(more ...limnograph.RecordColumn) limnograph.Schema {
	return limnograph.Schema{Table: limnograph.RunsTable, Records: &limnograph.RecordLayout{
		Columns: append([]limnograph.RecordColumn{
			{Name: "ts", Type: limnograph.TimeColumn, Required: true, Doc: "begin"},
			{Name: "job_name", Type: limnograph.TextColumn, Required: true},
			{Name: "job_run_id", Type: limnograph.TextColumn, Required: true},
			{Name: "state", Type: limnograph.TextColumn, Required: true},
			{Name: "ended_at", Type: limnograph.TimeColumn},
			{Name: "attempt", Type: limnograph.LongColumn},
			{Name: "dpu_seconds", Type: limnograph.DoubleColumn},
			{Name: "auto_scaling", Type: limnograph.BooleanColumn},
			{Name: "message", Type: limnograph.TextColumn, Doc: "what went wrong"},
			{Name: "seen", Type: limnograph.LongColumn, Required: true},
			{Name: "open", Type: limnograph.BooleanColumn, Required: true},
			{Name: "share", Type: limnograph.DoubleColumn, Required: true},
		}, more...),
		Key: []string{"job_name", "job_run_id"},
	}}
}

// run is a row of runs in which everything is said.
func run(job, id string) []any {
	return []any{int64(1_795_521_600_123), job, id, "RUNNING", int64(1_795_521_700_456), int64(2), 3.5, true, "é", int64(-1), false, 0.25}
}

// writtenRecords returns the file that holds the rows.
func writtenRecords(tb rapid.TB, s limnograph.Schema, rows [][]any) []byte {
	tb.Helper()
	var out bytes.Buffer
	if _, err := columns.WriteRecords(&out, s, idsOf(s), rows); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func readRecords(tb rapid.TB, s limnograph.Schema, content []byte) [][]any {
	tb.Helper()
	rows, err := columns.ReadRecords(bytes.NewReader(content), int64(len(content)), s, idsOf(s))
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

// fleetRuns is a table as wide as job_runs and its rows of a day: 600 jobs with ten runs each.
func fleetRuns(tb testing.TB) (limnograph.Schema, [][]any) {
	tb.Helper()
	s := runs()
	for i := range 45 {
		t := []limnograph.ColumnType{limnograph.TextColumn, limnograph.DoubleColumn, limnograph.TimeColumn, limnograph.LongColumn, limnograph.TextColumn}[i%5]
		s.Records.Columns = append(s.Records.Columns, limnograph.RecordColumn{Name: fmt.Sprint("more_", i), Type: t})
	}
	var rows [][]any
	for i := range int64(6000) {
		row := run(fmt.Sprintf("team-%d-load-orders-%03d", i%7, i/10), fmt.Sprintf("jr_%x", sha256.Sum256(fmt.Append(nil, i))))
		row[0], row[4] = row[0].(int64)+i*7919%86_400_000, row[4].(int64)+i*7919%86_400_000+i
		row[6] = float64(i) / 7
		for c := range int64(45) {
			row = append(row, moreOf(i, c))
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, compareRuns)
	return s, rows
}

// moreOf is a value of the row i: one of few, one of its own, or none, as in job_runs.
func moreOf(i, c int64) any {
	if c%9 == 8 {
		return nil
	}
	switch c % 5 {
	case 0:
		return []string{"G.1X", "glueetl", "5.0", "observed"}[i%4]
	case 1:
		return float64(i*c) / 3
	case 2:
		return int64(1_795_521_600_000) + i*7919*c%86_400_000
	case 3:
		return i % 10
	}
	if c%2 == 0 {
		return fmt.Sprintf(`{"RUNNING":%d,"SUCCEEDED":%d}`, 1_795_521_600_000+i*7919, 1_795_521_600_000+i*7919+c)
	}
	return strings.Repeat("x", int(i%3))
}

func compareRuns(a, b []any) int {
	return cmp.Or(cmp.Compare(a[1].(string), b[1].(string)), cmp.Compare(a[2].(string), b[2].(string)))
}
