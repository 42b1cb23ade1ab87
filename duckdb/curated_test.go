package duckdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/conformance/datafile"
	"limnograph/duckdb"
	"limnograph/schema"
)

// at is a line of one minute after noon; the hour may be beyond the day.
func at(minute int, job string) string {
	return point{
		ts:   fmt.Sprint(noon.Add(time.Duration(minute) * time.Minute).UnixMilli()),
		dims: fmt.Sprintf(`{"JobName":%q,"JobRunId":"jr_1","Type":"count"}`, job),
	}.line()
}

// A curated name is published for as long as its table has a snapshot.
func TestCuratedNameComesAndGoes(t *testing.T) {
	l := newLake(t)
	l.object(noon, at(0, "a"))
	ask := func() error {
		_, err := l.run(limnograph.Query{SQL: `SELECT count(*) FROM glue_metrics`, Untrusted: true})
		return err
	}
	var refusal *limnograph.Error
	if err := ask(); limnograph.ErrorCode(err) != limnograph.CodeForbidden || !errors.As(err, &refusal) || !strings.Contains(refusal.Hint, "raw_glue_metrics_flat") {
		t.Errorf("without a snapshot: %v", err)
	}
	l.curate("glue_metrics")
	if err := ask(); err != nil {
		t.Error(err)
	}
	l.tables["glue_metrics"].Snapshot = nil
	if err := ask(); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
		t.Errorf("without a snapshot again: %v", err)
	}
	if names := l.query(`SHOW TABLES`); slices.Contains(names, "glue_metrics") || !slices.Contains(names, "raw_glue_metrics") {
		t.Errorf("names %v", names)
	}
}

// Each query reads one snapshot, of all its tables, whatever is committed meanwhile.
func TestQueryStaysOnItsSnapshot(t *testing.T) {
	l := newLake(t)
	l.curate("glue_metrics", at(0, "a"))
	rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{SQL: `SELECT (SELECT count(*) FROM glue_metrics), (SELECT count(*) FROM glue_metrics x)`})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	l.curate("glue_metrics", at(60, "a"))
	if got, err := read(rows); err != nil || !slices.Equal(got, []string{"1|1"}) {
		t.Errorf("%v, %v", got, err)
	}
	if got := l.query(`SELECT count(*) FROM glue_metrics`); got[0] != "2" {
		t.Errorf("afterwards %v", got)
	}
}

// Files outside the range are not opened: those that the range names are there, the others are gone.
func TestRangePrunesDataFiles(t *testing.T) {
	l := newLake(t)
	for hour := range 6 {
		l.curate("glue_metrics", at(60*hour, "a"), at(60*hour+59, "a"))
	}
	files := l.tables["glue_metrics"].Snapshot.Files
	for _, i := range []int{0, 1, 4, 5} {
		if err := os.Remove(filepath.Join(l.dir, files[i].Key)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		from, to time.Duration
		want     string
	}{
		"BothFiles":    {2*time.Hour + 59*time.Minute, 3*time.Hour + time.Millisecond, "4"},
		"OneFile":      {2 * time.Hour, 3 * time.Hour, "2"},
		"FirstMinute":  {2 * time.Hour, 2*time.Hour + time.Millisecond, "2"},
		"LastMinute":   {3*time.Hour + 59*time.Minute, 4 * time.Hour, "2"},
		"BetweenFiles": {2*time.Hour + 59*time.Minute + time.Millisecond, 3 * time.Hour, "0"},
		"BeforeAll":    {-time.Hour, 0, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := l.run(limnograph.Query{SQL: `SELECT count(*) FROM glue_metrics`, Range: limnograph.TimeRange{From: noon.Add(c.from), To: noon.Add(c.to)}})
			if err != nil || got[0] != c.want {
				t.Errorf("%v, %v, want %s", got, err, c.want)
			}
		})
	}
	_, err := l.run(limnograph.Query{SQL: `SELECT count(*) FROM glue_metrics`})
	if limnograph.ErrorCode(err) != limnograph.CodeInternal || !strings.Contains(err.Error(), "lake/glue_metrics/data/") || strings.Contains(err.Error(), l.dir) {
		t.Errorf("a missing file: %v", err)
	}
}

// A file that is older than a column has NULL there, and a column that is in files alone does not show.
func TestColumnsOfOtherVersions(t *testing.T) {
	l := newLake(t)
	l.publish(mustParse(t, "namespace: Glue\ntable: glue_metrics\ndimensions: [{name: JobName, column: job_name}, {name: Old, column: old}]\n"))
	l.curate("glue_metrics", at(0, "a"))
	old := l.tables["glue_metrics"].Snapshot
	l.publish(mustParse(t, "namespace: Glue\ntable: glue_metrics\ndimensions: [{name: JobName, column: job_name}, {name: Type, column: kind}]\n"))
	l.tables["glue_metrics"].Snapshot = old
	l.curate("glue_metrics", at(60, "b"))
	for sql, want := range map[string]string{
		`SELECT job_name, kind, version FROM glue_metrics ORDER BY ts`:            "a|NULL|0 b|count|0",
		`SELECT job_name FROM glue_metrics WHERE kind = 'count'`:                  "b",
		`SELECT job_name FROM glue_metrics WHERE kind IS NULL`:                    "a",
		`SELECT count(*) FROM glue_metrics WHERE kind IS NULL OR kind <> 'count'`: "1",
	} {
		if got := strings.Join(l.query(sql), " "); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
	_, err := l.run(limnograph.Query{SQL: `SELECT old FROM glue_metrics`, Untrusted: true})
	if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("a column of another version: %v", err)
	}
}

// manyJobs is a table of one file with several row groups: 40 jobs, each with its rows side by side.
func manyJobs(t *testing.T, l *lake) *columns.Layout {
	layout := datafile.Layout(t, schema.Builtin()[0])
	var rows []columns.Row
	for job := range 40 {
		series := datafile.Rows(t, layout, []string{at(0, fmt.Sprintf("job-%02d", job))})[0]
		for minute := range 5000 {
			row := series
			row.TS, row.Version = noon.Add(time.Duration(minute)*time.Second).UnixMilli(), int64(minute)
			rows = append(rows, row)
		}
	}
	layout.Sort(rows)
	l.curate("glue_metrics")
	l.tables["glue_metrics"].Snapshot.Files = []limnograph.DataFile{l.dataFile(layout, "glue_metrics", rows)}
	return layout
}

// Filters on the job and on the time read the row groups alone that may hold such rows: all others are damaged here.
func TestFiltersLeaveOutRowGroups(t *testing.T) {
	l := newLake(t)
	manyJobs(t, l)
	path := filepath.Join(l.dir, l.tables["glue_metrics"].Snapshot.Files[0].Key)
	groups := damageAllButFirst(t, l, path)
	if groups < 3 {
		t.Fatalf("%d row groups", groups)
	}
	for _, sql := range []string{
		`SELECT count("sum") FROM glue_metrics WHERE job_name = 'job-03'`,
		`SELECT count("sum") FROM glue_metrics WHERE job_name = 'job-03' AND ts >= timestamptz '2026-11-24 12:00:00 UTC' AND metric_name = 'glue.driver.aggregate.bytesRead'`,
		`SELECT count("sum") FROM glue_metrics WHERE job_name IN ('job-03') AND job_run_id = 'jr_1'`,
	} {
		if got := l.query(sql); got[0] != "5000" {
			t.Errorf("%s: %v", sql, got)
		}
	}
	for _, sql := range []string{`SELECT count("sum") FROM glue_metrics WHERE ts < timestamptz '2026-11-24 12:00:00 UTC'`, `SELECT count("sum") FROM glue_metrics WHERE job_name = 'zzz'`} {
		if got := l.query(sql); got[0] != "0" {
			t.Errorf("%s: %v", sql, got)
		}
	}
	if got, err := l.run(limnograph.Query{SQL: `SELECT sum(hash(COLUMNS(*))) FROM glue_metrics WHERE job_name = 'job-39'`}); err == nil {
		t.Errorf("a damaged row group gave %v", got)
	}
}

// damageAllButFirst overwrites the pages of all row groups behind the first one, and returns how many there are.
func damageAllButFirst(t *testing.T, l *lake, path string) int {
	t.Helper()
	bounds, err := l.run(limnograph.Query{SQL: `SELECT row_group_id, min(coalesce(dictionary_page_offset, data_page_offset)),
  max(coalesce(dictionary_page_offset, data_page_offset) + total_compressed_size) FROM parquet_metadata('` + path + `') GROUP BY 1 ORDER BY 1`})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bounds[1:] {
		var group, from, to int
		if _, err := fmt.Sscanf(strings.ReplaceAll(line, "|", " "), "%d %d %d", &group, &from, &to); err != nil {
			t.Fatal(err)
		}
		for i := from; i < to; i++ {
			content[i] = 0xff
		}
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return len(bounds)
}

// A query holds the data files of all its curated tables from before they are opened until it has ended.
func TestDataFilesAreHeldForTheQuery(t *testing.T) {
	var holds [][]limnograph.DataFile
	open := 0
	var l *lake
	l = newLake(t, func(c *duckdb.Config) {
		c.HoldData = func(files []limnograph.DataFile) func() {
			holds = append(holds, files)
			open++
			for _, f := range files { // it is there from now on
				if err := os.Rename(filepath.Join(l.dir, f.Key+".away"), filepath.Join(l.dir, f.Key)); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Error(err)
				}
			}
			return func() { open-- }
		}
	})
	l.curate("glue_metrics", at(0, "a"))
	l.curate("glue_metrics", at(60, "a"))
	l.curate("other_metrics", at(0, "a"))
	first, last, other := l.tables["glue_metrics"].Snapshot.Files[0], l.tables["glue_metrics"].Snapshot.Files[1], l.tables["other_metrics"].Snapshot.Files[0]
	path := filepath.Join(l.dir, first.Key)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	rows, err := l.engine.Query(t.Context(), admin, limnograph.Query{
		SQL:   `SELECT count(*) FROM glue_metrics, other_metrics, raw_glue_metrics_flat`,
		Range: limnograph.TimeRange{From: noon, To: noon.Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []limnograph.DataFile{first, other}; open != 1 || len(holds) != 1 || len(holds[0]) != 2 || !slices.Contains(want, holds[0][0]) || !slices.Contains(want, holds[0][1]) {
		t.Errorf("%d open, held %v", open, holds)
	}
	if err := rows.Close(); err != nil || open != 0 {
		t.Errorf("%d open after the end, %v", open, err)
	}
	for _, sql := range []string{`SELECT nothing FROM glue_metrics`, `SELECT error('x') FROM glue_metrics`, `SELECT count(*) FROM glue_metrics`} {
		_, err := l.run(limnograph.Query{SQL: sql})
		if open != 0 || (err == nil) != strings.Contains(sql, "count") {
			t.Errorf("%s: %v, %d open", sql, err, open)
		}
	}
	if held := holds[len(holds)-1]; len(held) != 2 || !slices.Contains(held, last) {
		t.Errorf("without a range %v was held", held)
	}
	before := len(holds)
	if l.query(`SELECT count(*) FROM raw_glue_metrics`); len(holds) != before {
		t.Errorf("a query over landing held %v", holds[before:])
	}
}

// People's statements are held to the same rules over curated tables.
func TestErrCuratedTablesAreGuarded(t *testing.T) {
	l := newLake(t)
	l.curate("glue_metrics", at(0, "a"))
	file := filepath.Join(l.dir, l.tables["glue_metrics"].Snapshot.Files[0].Key)
	for _, sql := range []string{
		`SELECT * FROM other_metrics`,
		`SELECT * FROM read_parquet('` + file + `')`,
		`SELECT * FROM '` + file + `'`,
		`SELECT getvariable('curated_glue_metrics')`,
		`SELECT replace(repeat(dimensions, 10000), 'a', repeat(dimensions, 10000)) FROM glue_metrics`,
		`SELECT * FROM glue_metrics AT (VERSION => 1)`,
	} {
		if got, err := l.run(limnograph.Query{SQL: sql, Untrusted: true}); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
	}
	for _, sql := range []string{`SELECT count(*) FROM main.glue_metrics`, `SELECT count(*) FROM memory.main.GLUE_METRICS`, `SUMMARIZE glue_metrics`, `SELECT count(*) FROM (DESCRIBE glue_metrics)`} {
		if got, err := l.run(limnograph.Query{SQL: sql, Untrusted: true}); err != nil || len(got) == 0 {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
	}
}
