package conformance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// RecordSchemas are two record tables: one with columns of all types, and one whose ts tells nothing.
func RecordSchemas() []limnograph.Schema {
	ts := limnograph.RecordColumn{Name: "ts", Type: limnograph.TimeColumn, Required: true, Doc: "begin"}
	name := limnograph.RecordColumn{Name: "job_name", Type: limnograph.TextColumn, Required: true}
	return []limnograph.Schema{
		{Table: limnograph.RunsTable, Records: &limnograph.RecordLayout{
			Columns: []limnograph.RecordColumn{
				ts, name,
				{Name: "job_run_id", Type: limnograph.TextColumn, Required: true},
				{Name: "attempt", Type: limnograph.LongColumn},
				{Name: "ended_at", Type: limnograph.TimeColumn},
				{Name: "dpu_seconds", Type: limnograph.DoubleColumn},
				{Name: "auto_scaling", Type: limnograph.BooleanColumn},
			},
			Key: []string{"job_name", "job_run_id"},
		}},
		{Table: limnograph.JobsTable, Records: &limnograph.RecordLayout{
			Columns: []limnograph.RecordColumn{ts, name, {Name: "exists", Type: limnograph.BooleanColumn}}, Key: []string{"job_name"}, Timeless: true,
		}},
	}
}

// EngineRecords are the rows of a table of RecordSchemas, in the order of its key.
func EngineRecords(table string) [][]any {
	if table == limnograph.JobsTable {
		return [][]any{{int64(0), "load", true}, {int64(0), "old", nil}}
	}
	return [][]any{
		{int64(noon), "load", "jr_1", int64(2), int64(noon + 90_000), 1.5, true},
		{int64(noon + 60_000), "load", "jr_2", nil, nil, nil, nil},
	}
}

// recordCases ask the record tables, as a person and as a panel.
func recordCases() (cases []engineCase) {
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"Runs": {
			`SELECT ts, job_name, job_run_id, attempt, ended_at, dpu_seconds, auto_scaling FROM job_runs ORDER BY ts`,
			[]string{"2026-11-24T12:00:00Z|load|jr_1|2|2026-11-24T12:01:30Z|1.5|true", "2026-11-24T12:01:00Z|load|jr_2|<nil>|<nil>|<nil>|<nil>"},
		},
		"Jobs":                 {`SELECT job_name, "exists" FROM jobs ORDER BY 1`, []string{"load|true", "old|<nil>"}},
		"JoinedWithDatapoints": {`SELECT DISTINCT r.job_run_id FROM job_runs r JOIN glue_metrics g ON g.job_name = r.job_name AND g.job_run_id = r.job_run_id`, []string{"jr_1"}},
		"Columns":              {`SELECT count(*) FROM information_schema.columns WHERE table_name = 'job_runs'`, []string{"7"}},
		"NoRawTables":          {`SELECT count(*) FROM information_schema.tables WHERE table_name IN ('raw_job_runs', 'raw_job_runs_flat', 'raw_jobs', 'raw_jobs_flat')`, []string{"0"}},
		"AreListed":            {`SELECT table_name FROM information_schema.tables WHERE table_name IN ('jobs', 'job_runs') ORDER BY 1`, []string{"job_runs", "jobs"}},
	} {
		cases = append(cases, engineCase{"RecordTables/" + name, func(t testing.TB, e limnograph.Engine) {
			for _, untrusted := range []bool{true, false} {
				got, err := ask(t, e, limnograph.Query{SQL: c.sql, Untrusted: untrusted})
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", c.sql, err, diff)
				}
			}
		}})
	}
	return append(cases, engineCase{"RecordTables/RangeLeavesOutRunsAndNoJob", recordRange}, engineCase{"RecordTables/ErrRawNames", recordRaw})
}

// recordRange asks for a day without runs.
func recordRange(t testing.TB, e limnograph.Engine) {
	tomorrow := time.UnixMilli(noon + aDay)
	q := limnograph.Query{SQL: `SELECT (SELECT count(*) FROM job_runs), (SELECT count(*) FROM jobs)`, Range: limnograph.TimeRange{From: tomorrow, To: tomorrow.Add(time.Hour)}}
	if got, err := ask(t, e, q); err != nil || len(got) != 1 || got[0] != "0|2" {
		t.Errorf("got %v, %v", got, err)
	}
}

// recordRaw: nothing is published over the lines of a record table.
func recordRaw(t testing.TB, e limnograph.Engine) {
	for _, name := range []string{"raw_job_runs", "raw_job_runs_flat", "raw_jobs", "raw_jobs_flat"} {
		_, err := ask(t, e, limnograph.Query{SQL: "SELECT * FROM " + name, Untrusted: true})
		wantCode(t, err, limnograph.CodeForbidden)
		_, err = ask(t, e, limnograph.Query{SQL: "SELECT * FROM " + name})
		wantCode(t, err, limnograph.CodeInvalid)
	}
}
