package duckdb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/duckdb"
)

// TestHugeMapIsRead: a map of 200,000 keys is read within the time limit (the driver's own way takes minutes).
func TestHugeMapIsRead(t *testing.T) {
	l := newLake(t)
	for name, sql := range map[string]string{
		"Map":              `SELECT histogram(range) FROM range(200000)`,
		"MapOfText":        `SELECT histogram('a key of usual length ' || range) FROM range(200000)`,
		"MapOfTheCatalog":  `SELECT histogram(range) FROM range(200000), (SELECT 1 FROM information_schema.tables LIMIT 1)`,
		"MapInListInField": `SELECT {'a': [histogram(range)]} FROM range(200000)`,
	} {
		t.Run(name, func(t *testing.T) {
			row, _ := l.firstRow(t, sql)
			v := row[0]
			if field, ok := v.(map[string]any)["a"]; ok {
				v = field.([]any)[0]
			}
			if m, ok := v.(map[string]any); !ok || len(m) != 200_000 {
				t.Errorf("%T of %d", v, len(m))
			}
		})
	}
}

// TestMapsWithinValues: maps come as promised wherever they stand, and say their type.
func TestMapsWithinValues(t *testing.T) {
	l := newLake(t)
	tests := map[string]struct {
		sql, kind string
		want      any
	}{
		"InList":         {`[map {'a': 1}, NULL, map {}]`, "MAP(VARCHAR, INTEGER)[]", []any{map[string]any{"a": int64(1)}, nil, map[string]any{}}},
		"InMap":          {`map {'a': map {1: 2.5}, 'b': NULL}`, "MAP(VARCHAR, MAP(INTEGER, DECIMAL(2,1)))", map[string]any{"a": map[string]any{"1": "2.5"}, "b": nil}},
		"InStruct":       {`{'it''s "x"': map {'a': 1}, 'n': 2}`, "", map[string]any{`it's "x"`: map[string]any{"a": int64(1)}, "n": int64(2)}},
		"InListsOfLists": {`[[[map {'a': [map {'b': true}]}]]]`, "", []any{[]any{[]any{map[string]any{"a": []any{map[string]any{"b": true}}}}}}},
		"InArray":        {`[map {'a': 1}]::MAP(VARCHAR, INTEGER)[1]`, "", []any{map[string]any{"a": int64(1)}}},
		"NoMap":          {`NULL::MAP(VARCHAR, INTEGER)`, "MAP(VARCHAR, INTEGER)", nil},
		"NoStruct":       {`NULL::STRUCT(m MAP(VARCHAR, INTEGER))`, "", nil},
		"Empty":          {`map {}`, "", map[string]any{}},
		"Union":          {`map {'a': 1}::UNION(m MAP(VARCHAR, INTEGER), n INTEGER)`, "", "{a=1}"},
		"EntriesStay":    {`map_entries(map {'a': 1})`, "", []any{map[string]any{"key": "a", "value": int64(1)}}},
		"TimeAsKey":      {`map {TIMESTAMP '2026-11-24 01:02:03': 1}`, "", map[string]any{"2026-11-24 01:02:03 +0000 UTC": int64(1)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, sql := range []string{`SELECT ` + tt.sql + ` AS "50% of ""x"" FROM limno_result", 1`, `SELECT ` + tt.sql + ` FROM information_schema.tables LIMIT 1`} {
				row, columns := l.firstRow(t, sql)
				if diff := cmp.Diff(tt.want, row[0]); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if got := columns[0].Type; tt.kind != "" && got != tt.kind {
					t.Errorf("type %s, want %s", got, tt.kind)
				}
			}
		})
	}
}

// TestHugeRowsRefused: a value that would fill the memory outside DuckDB's limit is an error.
func TestHugeRowsRefused(t *testing.T) {
	l := newLake(t)
	for name, sql := range map[string]string{
		"Text":        `SELECT string_agg('0123456789', '') FROM range(4000000)`,
		"List":        `SELECT list(range) FROM range(3000000)`,
		"ListOfTexts": `SELECT list('0123456789') FROM range(2000000)`,
		"Map":         `SELECT histogram(range) FROM range(1500000)`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := l.run(limnograph.Query{SQL: sql, Untrusted: true}); limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
				t.Errorf("%v", err)
			}
		})
	}
	sql := `SELECT string_agg('0123456789', '') FROM range(4000000), (SELECT 1 FROM information_schema.tables LIMIT 1)`
	if _, err := l.run(limnograph.Query{SQL: sql, Untrusted: true}); err == nil || !strings.Contains(err.Error(), "a row of the result is larger") {
		t.Errorf("of the catalogue: %v", err)
	}
}

// TestWideRowsArePaged: order and number survive small pages.
func TestWideRowsArePaged(t *testing.T) {
	l := newLake(t)
	got := l.query(`SELECT range, CASE WHEN range = 7 THEN (SELECT string_agg('0123456789', '') FROM range(2000000)) ELSE '' END FROM range(20) ORDER BY 1`)
	for i, row := range got {
		if !strings.HasPrefix(row, fmt.Sprintf("%d|", i)) {
			t.Errorf("row %d begins with %.20s", i, row)
		}
	}
	if len(got) != 20 {
		t.Errorf("%d rows", len(got))
	}
}

// TestPlaceIsFreeAfterTimeLimit: a reader that neither reads on nor closes does not keep others out.
func TestPlaceIsFreeAfterTimeLimit(t *testing.T) {
	l := newLake(t, func(c *duckdb.Config) { c.MaxConcurrent = 1 })
	ask := func(ctx context.Context, limit time.Duration) limnograph.Rows {
		t.Helper()
		rows, err := l.engine.Query(ctx, admin, limnograph.Query{SQL: `SELECT histogram(range) FROM range(2000) GROUP BY range % 100`, Untrusted: true, Timeout: limit})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rows.Next(); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	stalled := ask(t.Context(), time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	gone := ask(ctx, 0)
	cancel()
	if got := l.query("SELECT 1"); got[0] != "1" {
		t.Error(got)
	}
	if _, err := stalled.Next(); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
		t.Errorf("after the time limit: %v", err)
	}
	if _, err := gone.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("after the caller has gone: %v", err)
	}
	if err := errors.Join(stalled.Close(), stalled.Close(), gone.Close()); err != nil {
		t.Error(err)
	}
}
