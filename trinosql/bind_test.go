package trinosql_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/trinosql"
)

func TestBind(t *testing.T) {
	at := time.Date(2026, 11, 24, 13, 2, 3, 4_000_000, time.FixedZone("", 3600))
	tests := map[string]struct {
		sql    string
		params map[string]any
		want   string
	}{
		"None":            {`SELECT '$a', "$path" -- $b` + "\n/* $c */", nil, `SELECT '$a', "$path" -- $b` + "\n/* $c */"},
		"String":          {`x = $a`, map[string]any{"a": "it's"}, `x =  'it''s' `},
		"Twice":           {`$a$a`, map[string]any{"a": "x"}, ` 'x'  'x' `},
		"NextToQuotation": {`'x'$a'y'`, map[string]any{"a": "z"}, `'x' 'z' 'y'`},
		"NextToName":      {`U$a`, map[string]any{"a": "z"}, `U 'z' `},
		"LongestName":     {`$ab $a`, map[string]any{"a": true, "ab": false}, ` false   true `},
		"Int":             {`1-$a`, map[string]any{"a": int64(-5)}, `1- BIGINT '-5' `},
		"SmallestInt":     {`$a`, map[string]any{"a": int64(math.MinInt64)}, ` BIGINT '-9223372036854775808' `},
		"Float":           {`$a`, map[string]any{"a": 0.1}, ` 1E-01 `},
		"NegativeFloat":   {`1-$a`, map[string]any{"a": -1.5}, `1- (-1.5E+00) `},
		"NaN":             {`$a`, map[string]any{"a": math.NaN()}, ` nan() `},
		"Infinity":        {`$a`, map[string]any{"a": math.Inf(1)}, ` infinity() `},
		"MinusInfinity":   {`$a`, map[string]any{"a": math.Inf(-1)}, ` (-infinity()) `},
		"Bool":            {`$a`, map[string]any{"a": true}, ` true `},
		"Nil":             {`$a`, map[string]any{"a": nil}, ` NULL `},
		"Time":            {`$a`, map[string]any{"a": at}, ` TIMESTAMP '2026-11-24 12:02:03.004 UTC' `},
		"Microseconds":    {`$a`, map[string]any{"a": at.Add(5_999)}, ` TIMESTAMP '2026-11-24 12:02:03.004005 UTC' `},
		"Midnight":        {`$a`, map[string]any{"a": time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}, ` TIMESTAMP '0001-01-01 00:00:00.000 UTC' `},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := trinosql.Bind(tt.sql, tt.params)
			if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestBindErrors(t *testing.T) {
	tests := map[string]struct {
		sql    string
		params map[string]any
		want   string
	}{
		"NoValue":        {"SELECT\n $a", nil, "the parameter $a has no value (line 2, column 2)"},
		"OtherCase":      {`$A`, map[string]any{"a": 1}, "the parameter $A has no value"},
		"Unused":         {`$a`, map[string]any{"a": true, "b": 1, "c": 1}, "no parameter $b"},
		"UnusedInQuotes": {`'$a'`, map[string]any{"a": true}, "no parameter $a"},
		"QuestionMark":   {`SELECT ?`, nil, "the parameter ? has no value"},
		"Numbered":       {`SELECT $1`, nil, "$ begins no parameter"},
		"OpenString":     {`SELECT 'a`, nil, "a quotation is not closed"},
		"OtherType":      {`$a`, map[string]any{"a": 1}, "type int has no literal"},
		"NotUTF8":        {`$a`, map[string]any{"a": "\xff"}, "is not UTF-8 text"},
		"NUL":            {`$a`, map[string]any{"a": "a\x00"}, "holds a NUL"},
		"YearZero":       {`$a`, map[string]any{"a": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}, "the year 0 is outside"},
		"Year10000":      {`$a`, map[string]any{"a": time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}, "the year 10000 is outside"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := trinosql.Bind(tt.sql, tt.params)
			if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// TestBoundStringStaysAString: whatever a value holds, it is one literal that reads back as the value, and the text
// around it keeps its meaning.
func TestBoundStringStaysAString(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`['"$?;/*\- \n\r\\a]{0,12}`)).Draw(rt, "value")
		sql := rapid.SampledFrom([]string{`SELECT $a`, `SELECT 'x'$a"y"`, `SELECT "x"$a'y'`, `$a--`, `N$a/**/`, `1-$a`}).Draw(rt, "sql")
		bound, err := trinosql.Bind(sql, map[string]any{"a": value})
		if strings.ContainsRune(value, 0) {
			if err == nil {
				rt.Fatal("a NUL was taken")
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		before, after, _ := strings.Cut(sql, "$a")
		middle, ok := strings.CutPrefix(bound, before+" '")
		middle, ok2 := strings.CutSuffix(middle, "' "+after)
		if !ok || !ok2 || strings.ReplaceAll(middle, "''", "") != strings.ReplaceAll(strings.ReplaceAll(middle, "''", ""), "'", "") ||
			strings.ReplaceAll(middle, "''", "'") != value {
			rt.Fatalf("%q with %q became %q", sql, value, bound)
		}
	})
}

// FuzzBind: a string never changes which parts of a text are quoted: what passes as a literal 'x' passes with any value.
func FuzzBind(f *testing.F) {
	f.Add(`SELECT $a FROM raw_glue_metrics WHERE unit = $a`, `' OR 1=1 --`)
	f.Add(`SELECT '$a' || $a -- $a`, `''; DROP TABLE x`)
	f.Add("SELECT /* ' */ $a \"$path\"", "\r\n*/ FROM secret")
	f.Fuzz(func(t *testing.T, sql, value string) {
		plain, plainErr := trinosql.Bind(sql, map[string]any{"a": "x"})
		bound, err := trinosql.Bind(sql, map[string]any{"a": value})
		if err != nil {
			return
		}
		if plainErr != nil {
			t.Fatalf("%q fails with x only: %v", sql, plainErr)
		}
		want, got := trinosql.Check(plain, published()), trinosql.Check(bound, published())
		if limnograph.ErrorCode(want) != limnograph.ErrorCode(got) && len(bound) < 200_000 {
			t.Errorf("%q: %v with x, %v with %q", sql, want, got, value)
		}
	})
}

// FuzzCheck: no text makes the check fail, and what it allows names no table that is not published.
func FuzzCheck(f *testing.F) {
	f.Add(`WITH a AS (SELECT 1) SELECT * FROM a, raw_glue_metrics b JOIN LATERAL (SELECT 1) ON true LIMIT 5`)
	f.Add(`SELECT trim(both 'x' FROM unit) FROM (raw_glue_metrics) WHERE x IS DISTINCT FROM y;`)
	f.Add(`SHOW COLUMNS FROM raw_glue_metrics`)
	f.Add(`SELECT 1 FROM secret`)
	f.Fuzz(func(t *testing.T, sql string) {
		if trinosql.Check(sql, published()) != nil {
			return
		}
		if err := trinosql.Check(trinosql.Trim(sql), published()); err != nil {
			t.Errorf("without its semicolon %q is refused: %v", sql, err)
		}
		if _, err := trinosql.Bind(sql, nil); err != nil {
			t.Errorf("%q is allowed, but %v", sql, err)
		}
	})
}
