package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// CuratedEngine checks that an engine answers over curated tables as every engine must. When open returns, the engine
// has published what Engine asks for, the curated table glue_metrics with the datapoints of EngineLines, each once and
// with the position in that list as its version, an empty curated table other_metrics, and the record
// tables of RecordSchemas with EngineRecords.
func CuratedEngine(t *testing.T, open func(t *testing.T) limnograph.Engine, lacks ...Lack) {
	e := open(t)
	var checks []Check
	for _, c := range slices.Concat(curatedRows(), curatedShapes(), []engineCase{
		{"CuratedRangePrunesWithoutChangingTheAnswer", curatedRange},
		{"CuratedNamesAreListed", curatedNames},
	}, recordCases()) {
		checks = append(checks, Check{c.name, func(t testing.TB) { c.run(t, e) }})
	}
	Run(t, checks, lacks...)
}

// curatedRows ask the curated tables, as a person and as a panel.
func curatedRows() (cases []engineCase) {
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"EachDatapointOnce": {
			`SELECT ts, job_name, job_run_id, is_total, metric_type, executor, dimensions, "max", "min", "sum", "count", stats, unit, version FROM glue_metrics ORDER BY version`,
			[]string{
				`2026-11-24T12:00:00Z|load|jr_1|false|count|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|2|1|3|2|<nil>|Bytes|2`,
				`2026-11-24T12:00:00Z|load|ALL|true|count|driver|{"JobName":"load","JobRunId":"ALL","Type":"count"}|2|1|3|2|<nil>|Bytes|4`,
				`2026-11-24T12:01:00Z|load|jr_1|false|count|driver|{"JobName":"load","JobRunId":"jr_1","Type":"count"}|5|<nil>|<nil>|<nil>|{"p99":4.5}|Bytes|5`,
			},
		},
		"SeriesHaveIDs":     {`SELECT job_run_id, count(*), count(DISTINCT sid) FROM glue_metrics WHERE sid IS NOT NULL GROUP BY 1 ORDER BY 1`, []string{"ALL|1|1", "jr_1|2|1"}},
		"TwoSeries":         {`SELECT count(DISTINCT sid) FROM glue_metrics`, []string{"2"}},
		"Empty":             {`SELECT count(*), count(ts) FROM other_metrics`, []string{"0|0"}},
		"Filtered":          {`SELECT version FROM glue_metrics WHERE job_name = 'load' AND ts >= timestamp '2026-11-24 12:01:00 UTC'`, []string{"5"}},
		"AliasAndTableName": {`SELECT g."sum" FROM glue_metrics AS g WHERE g.is_total`, []string{"3"}},
		"BesideRaw": {
			`SELECT (SELECT count(*) FROM glue_metrics), (SELECT count(*) FROM raw_glue_metrics), (SELECT count(*) FROM raw_glue_metrics_flat)`,
			[]string{"3|6|3"},
		},
		"JoinedWithFlat": {
			`SELECT count(*) FROM glue_metrics g JOIN raw_glue_metrics_flat f ON g.ts = f.ts AND g.dimensions = f.dimensions AND g."max" = f."max" AND g.unit = f.unit`,
			[]string{"3"},
		},
	} {
		cases = append(cases, engineCase{"CuratedRows/" + name, func(t testing.TB, e limnograph.Engine) {
			for _, untrusted := range []bool{true, false} {
				got, err := ask(t, e, limnograph.Query{SQL: c.sql, Untrusted: untrusted})
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", c.sql, err, diff)
				}
			}
		}})
	}
	return cases
}

// curatedShapes is the contract of names, columns and types.
func curatedShapes() (cases []engineCase) {
	const (
		head  = "ts TIMESTAMP WITH TIME ZONE, account_id VARCHAR, region VARCHAR, namespace VARCHAR, metric_name VARCHAR, "
		glue  = "job_name VARCHAR, job_run_id VARCHAR, is_total BOOLEAN, metric_type VARCHAR, source VARCHAR, sink VARCHAR, observability_group VARCHAR, executor VARCHAR, "
		other = "is_total BOOLEAN, "
		tail  = "dimensions VARCHAR, max DOUBLE, min DOUBLE, sum DOUBLE, count DOUBLE, stats VARCHAR, unit VARCHAR"
		own   = ", sid BIGINT, version BIGINT"
		days  = ", year VARCHAR, month VARCHAR, day VARCHAR"
	)
	for name, want := range map[string]string{
		"glue_metrics":           head + glue + tail + own,
		"raw_glue_metrics_flat":  head + glue + tail + days,
		"other_metrics":          head + other + tail + own,
		"raw_other_metrics_flat": head + other + tail + days,
	} {
		cases = append(cases, engineCase{"CuratedColumns/" + name, func(t testing.TB, e limnograph.Engine) {
			for from, r := range map[string]limnograph.TimeRange{"AllTime": {}, "NoTime": {From: time.UnixMilli(1), To: time.UnixMilli(2)}} {
				if got := shapeOf(t, e, limnograph.Query{SQL: "SELECT * FROM " + name, Range: r}); got != want {
					t.Errorf("%s: columns\n%s, want\n%s", from, got, want)
				}
			}
		}})
	}
	return cases
}

func shapeOf(t testing.TB, e limnograph.Engine, q limnograph.Query) string {
	t.Helper()
	rows, err := e.Query(t.Context(), asker(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for _, c := range rows.Columns() {
		list = append(list, c.Name+" "+c.Type)
	}
	return strings.Join(list, ", ")
}

// curatedRange asks for the fixture's hour with and without a range that holds it.
func curatedRange(t testing.TB, e limnograph.Engine) {
	from := EngineArrival().Truncate(time.Hour)
	q := limnograph.Query{
		SQL:    `SELECT version FROM glue_metrics WHERE ts >= $from AND ts < $to ORDER BY 1`,
		Params: map[string]any{"from": from, "to": from.Add(time.Hour)},
	}
	for name, r := range map[string]limnograph.TimeRange{
		"all time": {},
		"hour":     {From: from, To: from.Add(time.Hour)},
		"day":      {From: from.Truncate(24 * time.Hour), To: from.Truncate(24*time.Hour).AddDate(0, 0, 1)},
		"year":     {From: from.AddDate(-1, 0, 0), To: from.Add(time.Hour)},
	} {
		q.Range = r
		if got, err := ask(t, e, q); err != nil || !slices.Equal(got, []string{"2", "4", "5"}) {
			t.Errorf("range of %s: %v, %v", name, got, err)
		}
	}
}

// curatedNames: a person finds the tables and their columns.
func curatedNames(t testing.TB, e limnograph.Engine) {
	for _, name := range []string{"glue_metrics", "other_metrics"} {
		listed, err := ask(t, e, limnograph.Query{SQL: `SHOW TABLES`, Untrusted: true})
		if err != nil || !slices.Contains(listed, name) {
			t.Errorf("SHOW TABLES: %v, %v, want %s among them", listed, err, name)
		}
		sql := fmt.Sprintf(`SELECT count(*) FROM information_schema.columns WHERE table_name = '%s' AND column_name IN ('sid', 'ts')`, name)
		if got, err := ask(t, e, limnograph.Query{SQL: sql, Untrusted: true}); err != nil || !slices.Equal(got, []string{"2"}) {
			t.Errorf("%s: %v, %v", sql, got, err)
		}
		if got, err := ask(t, e, limnograph.Query{SQL: "DESCRIBE " + name, Untrusted: true}); err != nil || len(got) < 14 || !strings.HasPrefix(got[0], "ts|") {
			t.Errorf("DESCRIBE %s: %v, %v", name, got, err)
		}
	}
}
