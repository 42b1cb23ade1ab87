package conformance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// tableCases ask the published names, as a person and as a panel.
func tableCases() (cases []engineCase) {
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"Lines":      {`SELECT count(*) FROM raw_glue_metrics`, []string{"6"}},
		"Datapoints": {`SELECT count(*) FROM raw_glue_metrics_flat`, []string{"3"}},
		"NoLines":    {`SELECT count(*) FROM raw_other_metrics`, []string{"0"}},
		"NoPoints":   {`SELECT count(*) FROM raw_other_metrics_flat`, []string{"0"}},
		"FlatColumns": {
			`SELECT ts, job_run_id, is_total, executor, "max", "min", "sum", "count", stats, unit FROM raw_glue_metrics_flat ORDER BY ts, is_total`,
			[]string{
				"2026-11-24T12:00:00Z|jr_1|false|driver|2|1|3|2|<nil>|Bytes",
				"2026-11-24T12:00:00Z|ALL|true|driver|2|1|3|2|<nil>|Bytes",
				`2026-11-24T12:01:00Z|jr_1|false|driver|5|<nil>|<nil>|<nil>|{"p99":4.5}|Bytes`,
			},
		},
		"PartitionKeys":   {`SELECT sender, year, month, day, hour, count(*) FROM raw_glue_metrics GROUP BY 1, 2, 3, 4, 5`, []string{"default|2026|11|24|12|6"}},
		"Statistics":      {`SELECT count(*) FROM raw_glue_metrics WHERE year = '2026' AND month = '11' AND day = '24' AND element_at(value, 'p99') > 4`, []string{"1"}},
		"OtherDay":        {`SELECT count(*) FROM raw_glue_metrics_flat WHERE day = '25'`, []string{"0"}},
		"CommonTableName": {`WITH lines AS (SELECT sender FROM raw_glue_metrics) SELECT count(*) FROM lines`, []string{"6"}},
	} {
		cases = append(cases, engineCase{"RowsOfNames/" + name, func(t testing.TB, e limnograph.Engine) {
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

// engineRange asks for the fixture's hour with and without a range that says so.
func engineRange(t testing.TB, e limnograph.Engine) {
	from := EngineArrival().Truncate(time.Hour)
	q := limnograph.Query{
		SQL:    `SELECT ts, job_run_id, "sum" FROM raw_glue_metrics_flat WHERE ts >= $from AND ts < $to ORDER BY 1, 2`,
		Params: map[string]any{"from": from, "to": from.Add(time.Hour)},
	}
	want, err := ask(t, e, q)
	if err != nil || len(want) != 3 {
		t.Fatalf("without a range: %v, %v", want, err)
	}
	for name, r := range map[string]limnograph.TimeRange{
		"hour":   {From: from, To: from.Add(time.Hour)},
		"minute": {From: from.Add(2 * time.Minute), To: from.Add(3 * time.Minute)},
		"day":    {From: from.Truncate(24 * time.Hour), To: from.Truncate(24*time.Hour).AddDate(0, 0, 1)},
		"year":   {From: from.AddDate(-1, 0, 0), To: from.Add(time.Hour)},
	} {
		q.Range = r
		got, err := ask(t, e, q)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("range of a %s (-without +with):\n%s", name, diff)
		}
	}
}

func engineErrors(t testing.TB, e limnograph.Engine) {
	tests := map[string]limnograph.Code{
		`SELEC 1`:                              limnograph.CodeInvalid,
		`SELECT nothing FROM raw_glue_metrics`: limnograph.CodeInvalid,
		`SELECT * FROM nothing`:                limnograph.CodeForbidden,
		`DROP VIEW raw_glue_metrics`:           limnograph.CodeForbidden,
		`SELECT 1; SELECT 2`:                   limnograph.CodeForbidden,
	}
	for sql, want := range tests {
		_, err := ask(t, e, limnograph.Query{SQL: sql, Untrusted: true})
		if got := limnograph.ErrorCode(err); got != want {
			t.Errorf("%s: %v has code %q, want %q", sql, err, got, want)
		}
	}
}
