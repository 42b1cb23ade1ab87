package conformance

import (
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
)

func engineColumns(t testing.TB, e limnograph.Engine) {
	rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: `SELECT cast('2026-11-24 12:00:00 UTC' AS timestamp with time zone) AS ts, 'x' AS job_name, true AS is_total, 1.5e0 AS "sum", 1 AS n, cast(2 AS decimal(10,2)) AS d, map(array['a'], array[1.5e0]) AS m`})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for _, c := range rows.Columns() {
		got = append(got, c.Name+" "+c.Type)
	}
	want := []string{"ts TIMESTAMP WITH TIME ZONE", "job_name VARCHAR", "is_total BOOLEAN", "sum DOUBLE", "n INTEGER", "d DECIMAL(10,2)", "m MAP(VARCHAR, DOUBLE)"}
	if !slices.Equal(got, want) {
		t.Errorf("columns %q, want %q", got, want)
	}
}

// valueCases check the Go form of each type of value.
func valueCases() (cases []engineCase) {
	at := time.Date(2026, 11, 24, 12, 34, 56, 789e6, time.UTC)
	for name, c := range map[string]struct {
		sql  string
		want any
	}{
		"Null":          {`cast(NULL AS varchar)`, nil},
		"NullNumber":    {`cast(NULL AS double)`, nil},
		"EmptyText":     {`''`, ""},
		"Text":          {`'it''s ☃ "x" \n'`, `it's ☃ "x" \n`},
		"Boolean":       {`true`, true},
		"Small":         {`cast(-128 AS tinyint)`, int64(-128)},
		"Biggest":       {`cast(9223372036854775807 AS bigint)`, int64(math.MaxInt64)},
		"Double":        {`1.5e0`, 1.5},
		"Real":          {`cast(0.1 AS real)`, float64(float32(0.1))},
		"NaN":           {`cast('NaN' AS double)`, math.NaN()},
		"Infinity":      {`cast('Infinity' AS double)`, math.Inf(1)},
		"MinusInfinity": {`cast('-Infinity' AS double)`, math.Inf(-1)},
		"Decimal":       {`cast(1.5 AS decimal(5,2))`, "1.50"},
		"LongDecimal":   {`cast('-12345678901234567890.123456789012345678' AS decimal(38,18))`, "-12345678901234567890.123456789012345678"},
		"Date":          {`date '2026-11-24'`, "2026-11-24"},
		"TimeOfDay":     {`time '12:34:56'`, "12:34:56"},
		"Timestamp":     {`timestamp '2026-11-24 12:34:56.789'`, at},
		"Moment":        {`cast('2026-11-24 12:34:56.789 UTC' AS timestamp with time zone)`, at},
		"Bytes":         {`from_hex('00ff')`, []byte{0, 0xff}},
		"Array":         {`array[1, NULL, 3]`, []any{int64(1), nil, int64(3)}},
		"ArrayOfDates":  {`array[date '2026-11-24']`, []any{"2026-11-24"}},
		"Map":           {`map(array['a', 'b'], array[1.5e0, NULL])`, map[string]any{"a": 1.5, "b": nil}},
		"MapOfNaN":      {`map(array['a'], array[cast('NaN' AS double)])`, map[string]any{"a": math.NaN()}},
		"MapOfMoments":  {`map(array['a'], array[timestamp '2026-11-24 12:34:56.789'])`, map[string]any{"a": at}},
		"Nested":        {`array[map(array['a'], array[array[1, 2]])]`, []any{map[string]any{"a": []any{int64(1), int64(2)}}}},
		"Row":           {`cast(row(1, 'x') AS row(a integer, b varchar))`, map[string]any{"a": int64(1), "b": "x"}},
	} {
		cases = append(cases, engineCase{"Values/" + name, func(t testing.TB, e limnograph.Engine) {
			if diff := cmp.Diff(c.want, oneValue(t, e, `SELECT `+c.sql), cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.sql, diff)
			}
		}})
	}
	return cases
}

// oneValue returns the only value of a result.
func oneValue(t testing.TB, e limnograph.Engine, sql string) any {
	t.Helper()
	rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: sql})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	row, err := rows.Next()
	if err != nil || len(row) != 1 {
		t.Fatalf("%s: %v, %v", sql, row, err)
	}
	v := row[0]
	if _, err := rows.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%s: after its row: %v", sql, err)
	}
	return v
}

func engineParameters(t testing.TB, e limnograph.Engine) {
	at := time.Date(2026, 11, 24, 12, 34, 56, 789e6, time.UTC)
	q := limnograph.Query{
		SQL:    `SELECT cast($text AS varchar), $whole + 1, $float * 2, $truth, cast($at AS timestamp with time zone)`,
		Params: map[string]any{"text": "load", "whole": int64(1 << 40), "float": 1.5e-7, "truth": true, "at": at.In(time.FixedZone("", 7200))},
	}
	rows, err := e.Query(t.Context(), asker(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got, err := rows.Next()
	want := []any{"load", int64(1<<40 + 1), 3e-7, true, at}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// engineQuoting: a parameter's value is never part of the statement, and a dollar in a text, a name or a comment is no
// parameter.
func engineQuoting(t testing.TB, e limnograph.Engine) {
	for _, value := range []string{`it's`, `''`, `'; DROP TABLE x --`, `$text`, `$other "x"`, `/* `, `-- `, `\`, `☃ 🚰 é`, "two\nlines", ``} {
		sql := `SELECT cast($text AS varchar) AS "$text", '$text' /* $text ' */, 'it''s $text' -- $text '` + "\n" + `, 1`
		got, err := ask(t, e, limnograph.Query{SQL: sql, Params: map[string]any{"text": value}})
		if want := []string{value + `|$text|it's $text|1`}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", value, got, err)
		}
	}
}

func engineSemicolon(t testing.TB, e limnograph.Engine) {
	for _, sql := range []string{"SELECT 1;\n", "SELECT 1 ; -- the end", "SELECT 1\n; /* ; */"} {
		for _, untrusted := range []bool{true, false} {
			got, err := ask(t, e, limnograph.Query{SQL: sql, Untrusted: untrusted})
			if err != nil || !slices.Equal(got, []string{"1"}) {
				t.Errorf("%q, untrusted %t: %v, %v", sql, untrusted, got, err)
			}
		}
	}
}
