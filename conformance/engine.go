package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// EngineFixture is what an engine must have published when its suite begins: the table glue_metrics by its built-in
// schema, with one sealed object of EngineLines that arrived at EngineArrival, and an empty other_metrics.
type EngineFixture interface {
	limnograph.Engine
	Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error
}

// EngineArrival is when the fixture's object arrived.
func EngineArrival() time.Time { return time.Date(2026, 11, 24, 12, 3, 0, 0, time.UTC) }

// EngineLines are the lines of the fixture's object: a datapoint, its redelivery, a restatement with more samples, its
// total, and one of another minute without count.
func EngineLines() []string {
	line := func(run string, minute int, value string, position int) string {
		ts := EngineArrival().Truncate(time.Hour).Add(time.Duration(minute) * time.Minute).UnixMilli()
		return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":"glue.driver.aggregate.bytesRead",`+
			`"dimensions":{"JobName":"load","JobRunId":"%s","Type":"count"},"timestamp":%d,"value":%s,"unit":"Bytes","limno_position":%d}`, run, ts, value, position)
	}
	one, two := `{"max":1.0,"min":1.0,"sum":1.0,"count":1.0}`, `{"max":2.0,"min":1.0,"sum":3.0,"count":2.0}`
	return []string{
		line("jr_1", 0, one, 0), line("jr_1", 0, one, 1), line("jr_1", 0, two, 2), line("jr_1", 0, one, 3),
		line("ALL", 0, two, 4), line("jr_1", 1, `{"max":5.0,"p99":4.5}`, 5),
	}
}

// Engine checks that an engine over the fixture answers as every engine must. The SQL is that of the Trino dialect.
func Engine(t *testing.T, open func(t *testing.T) EngineFixture) {
	e := open(t)
	t.Run("RowsOfAllNames", func(t *testing.T) { engineNames(t, e) })
	t.Run("ColumnsAreNamedAndTyped", func(t *testing.T) { engineColumns(t, e) })
	t.Run("ParametersAreBound", func(t *testing.T) { engineParameters(t, e) })
	t.Run("ErrorsHaveCodes", func(t *testing.T) { engineErrors(t, e) })
	t.Run("RowsEndWithEOFAndCloseTwice", func(t *testing.T) { engineRows(t, e) })
	t.Run("ExportIsParquet", func(t *testing.T) { engineExport(t, e) })
	t.Run("CancelledContext", func(t *testing.T) { engineCancelled(t, e) })
}

func asker() limnograph.Principal { return limnograph.Principal{Name: "conformance", Admin: true} }

// ask returns the rows of a query, values joined by |.
func ask(t *testing.T, e limnograph.Engine, q limnograph.Query) ([]string, error) {
	t.Helper()
	rows, err := e.Query(t.Context(), asker(), q)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var lines []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		var parts []string
		for _, v := range row {
			if at, ok := v.(time.Time); ok {
				v = at.Format(time.RFC3339)
			}
			parts = append(parts, fmt.Sprint(v))
		}
		lines = append(lines, strings.Join(parts, "|"))
	}
}

func engineNames(t *testing.T, e EngineFixture) {
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
		`SELECT "JobRunId", count(*) FROM raw_glue_metrics GROUP BY 1 ORDER BY 1`:                                                    {"ALL|1", "jr_1|5"},
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

func engineColumns(t *testing.T, e EngineFixture) {
	rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: `SELECT ts, job_name, is_total, "sum", 1 AS n FROM raw_glue_metrics_flat`})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for _, c := range rows.Columns() {
		got = append(got, c.Name+" "+c.Type)
	}
	want := []string{"ts TIMESTAMP WITH TIME ZONE", "job_name VARCHAR", "is_total BOOLEAN", "sum DOUBLE", "n INTEGER"}
	if !slices.Equal(got, want) {
		t.Errorf("columns %q, want %q", got, want)
	}
}

func engineParameters(t *testing.T, e EngineFixture) {
	q := limnograph.Query{
		SQL:    `SELECT count(*) FROM raw_glue_metrics_flat WHERE ts >= $from AND ts < $to AND job_name = $job`,
		Params: map[string]any{"from": EngineArrival().Truncate(time.Hour), "to": EngineArrival(), "job": "load"},
	}
	got, err := ask(t, e, q)
	if err != nil || !slices.Equal(got, []string{"3"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func engineErrors(t *testing.T, e EngineFixture) {
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

func engineRows(t *testing.T, e EngineFixture) {
	rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: `SELECT 1`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, err := rows.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last row: %v", err)
		}
	}
	if err := errors.Join(rows.Close(), rows.Close()); err != nil {
		t.Error(err)
	}
}

func engineExport(t *testing.T, e EngineFixture) {
	var b strings.Builder
	err := e.Export(t.Context(), asker(), limnograph.Query{SQL: `SELECT * FROM raw_glue_metrics_flat`, Untrusted: true}, &b)
	if err != nil || !strings.HasPrefix(b.String(), "PAR1") || !strings.HasSuffix(b.String(), "PAR1") {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func engineCancelled(t *testing.T, e EngineFixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows, err := e.Query(ctx, asker(), limnograph.Query{SQL: `SELECT count(*) FROM raw_glue_metrics`})
	if err == nil {
		rows.Close()
		t.Fatal("the query was run")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
