package conformance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

func engineNames(t *testing.T, e limnograph.Engine) {
	tests := map[string][]string{
		`SELECT count(*) FROM raw_glue_metrics`:       {"6"},
		`SELECT count(*) FROM raw_glue_metrics_flat`:  {"3"},
		`SELECT count(*) FROM raw_other_metrics`:      {"0"},
		`SELECT count(*) FROM raw_other_metrics_flat`: {"0"},
		`SELECT ts, job_run_id, is_total, executor, "max", "min", "sum", "count", stats, unit FROM raw_glue_metrics_flat ORDER BY ts, is_total`: {
			"2026-11-24T12:00:00Z|jr_1|false|driver|2|1|3|2|<nil>|Bytes",
			"2026-11-24T12:00:00Z|ALL|true|driver|2|1|3|2|<nil>|Bytes",
			`2026-11-24T12:01:00Z|jr_1|false|driver|5|<nil>|<nil>|<nil>|{"p99":4.5}|Bytes`,
		},
		`SELECT sender, year, month, day, hour, count(*) FROM raw_glue_metrics GROUP BY 1, 2, 3, 4, 5`:                               {"default|2026|11|24|12|6"},
		`SELECT count(*) FROM raw_glue_metrics WHERE year = '2026' AND month = '11' AND day = '24' AND element_at(value, 'p99') > 4`: {"1"},
		`SELECT count(*) FROM raw_glue_metrics_flat WHERE day = '25'`:                                                                {"0"},
		`WITH lines AS (SELECT sender FROM raw_glue_metrics) SELECT count(*) FROM lines`:                                             {"6"},
	}
	for sql, want := range tests {
		for _, untrusted := range []bool{true, false} {
			got, err := ask(t, e, limnograph.Query{SQL: sql, Untrusted: untrusted})
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sql, diff)
			}
		}
	}
}

// engineRange asks for the fixture's hour with and without a range that says so.
func engineRange(t *testing.T, e limnograph.Engine) {
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

func engineErrors(t *testing.T, e limnograph.Engine) {
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
