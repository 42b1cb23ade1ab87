package duckdb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"limnograph"
	"limnograph/conformance"
)

// A record table has one name, while it has a snapshot, and nothing over landing.
func TestRecordTableHasOneName(t *testing.T) {
	l := newLake(t)
	runs := conformance.RecordSchemas()[0]
	l.publish(runs)
	if names := l.query(`SHOW TABLES`); slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "job_runs") }) {
		t.Errorf("without a snapshot: %v", names)
	}
	if _, err := l.run(limnograph.Query{SQL: `SELECT * FROM job_runs`, Untrusted: true}); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
		t.Errorf("without a snapshot: %v", err)
	}
	l.record("job_runs")
	if got := l.query(`SELECT count(*) FROM job_runs`); got[0] != "0" {
		t.Errorf("without files: %v", got)
	}
	names := slices.DeleteFunc(l.query(`SHOW TABLES`), func(name string) bool { return !strings.Contains(name, "job_runs") })
	if !slices.Equal(names, []string{"job_runs"}) {
		t.Errorf("names %v", names)
	}
	for _, name := range []string{"raw_job_runs", "raw_job_runs_flat"} {
		_, err := l.run(limnograph.Query{SQL: `SELECT * FROM ` + name, Untrusted: true})
		var refusal *limnograph.Error
		if !errors.As(err, &refusal) || refusal.Code != limnograph.CodeForbidden || refusal.Hint != "it has no table of lines: ask job_runs" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Columns come; files that are older have NULL there.
func TestRecordTableGrows(t *testing.T) {
	l := newLake(t)
	runs := conformance.RecordSchemas()[0]
	l.publish(runs)
	l.record("job_runs", conformance.EngineRecords("job_runs")...)
	records := *runs.Records
	records.Columns = append(slices.Clone(records.Columns), limnograph.RecordColumn{Name: "cost", Type: limnograph.DoubleColumn})
	runs.Records = &records
	snapshot := l.tables["job_runs"].Snapshot
	l.publish(runs)
	l.tables["job_runs"].Snapshot = snapshot
	row := append(slices.Clone(conformance.EngineRecords("job_runs")[0]), 0.25)
	row[2] = "jr_3"
	l.record("job_runs", row)
	if got := l.query(`SELECT job_run_id, attempt, cost FROM job_runs ORDER BY 1`); !slices.Equal(got, []string{"jr_1|2|NULL", "jr_2|NULL|NULL", "jr_3|2|0.25"}) {
		t.Errorf("got %v", got)
	}
}
