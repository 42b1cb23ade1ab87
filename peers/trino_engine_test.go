//go:build peers

package peers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/conformance"
	"limnograph/peers/servers"
	"limnograph/trino"
)

var admin = limnograph.Principal{Name: "peers", Admin: true}

// endless would run for hours.
const endless = `SELECT count(*) FROM unnest(sequence(1, 10000)) a(x) CROSS JOIN unnest(sequence(1, 10000)) b(y)
  CROSS JOIN unnest(sequence(1, 10000)) c(z) WHERE (x * y + z) % 1000003 = 17`

// result reads a query to its end.
func result(ctx context.Context, e limnograph.Engine, q limnograph.Query) (lines [][]any, u limnograph.Usage, err error) {
	rows, err := e.Query(ctx, admin, q)
	if err != nil {
		return nil, u, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, rows.(limnograph.Metered).Usage(), nil
		}
		if err != nil {
			return lines, u, err
		}
		lines = append(lines, slices.Clone(row))
	}
}

// TestTrinoEndsAbandonedQueries asks Trino itself: whatever took the asker away, the query has not gone on to its time
// limit.
func TestTrinoEndsAbandonedQueries(t *testing.T) {
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	l := newLake(t, catalog, store)
	server := pool.Trino(t, catalog, store)
	tests := map[string]func(t *testing.T, e *trino.Engine){
		"CancelledWhileRunning": func(t *testing.T, e *trino.Engine) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				defer cancel()
				awaitState(t, server, t.Name(), "RUNNING")
			}()
			if _, _, err := result(ctx, e, limnograph.Query{SQL: endless}); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		},
		"ClosedAfterTheFirstRow": func(t *testing.T, e *trino.Engine) {
			rows, err := e.Query(t.Context(), admin, limnograph.Query{SQL: `SELECT x * y * z FROM unnest(sequence(1, 10000)) a(x) CROSS JOIN unnest(sequence(1, 10000)) b(y) CROSS JOIN unnest(sequence(1, 10000)) c(z)`})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rows.Next(); err != nil {
				t.Error(err)
			}
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		},
		"ReaderStalledUntilTheTimeLimit": func(t *testing.T, e *trino.Engine) {
			rows, err := e.Query(t.Context(), admin, limnograph.Query{SQL: endless[:strings.Index(endless, "WHERE")], Timeout: time.Second})
			if err == nil {
				_, err = rows.Next()
			}
			if limnograph.ErrorCode(err) != limnograph.CodeTimeout {
				t.Errorf("%v", err)
			}
		},
	}
	for name, leave := range tests {
		t.Run(name, func(t *testing.T) {
			leave(t, openTrino(t, l, catalog, store, func(c *trino.Config) { c.User = t.Name() }))
			if got := awaitState(t, server, t.Name(), "FAILED"); got != "USER_CANCELED" {
				t.Errorf("it ended with %s", got)
			}
		})
	}
}

// awaitState waits until the newest query of a user is in a state, and returns the name of its error.
func awaitState(t *testing.T, s *servers.Server, user, state string) string {
	sql := fmt.Sprintf(`SELECT state, error_code FROM system.runtime.queries WHERE "user" = '%s' ORDER BY created DESC LIMIT 1`, user)
	for {
		answer, err := askTrino(t, s, sql)
		if err != nil {
			t.Errorf("Trino: %v", err)
			return ""
		}
		if len(answer.Rows) == 1 && answer.Rows[0][0] == state {
			return fmt.Sprint(answer.Rows[0][1])
		}
	}
}

// Ranges reach the partitions, through the view too: Trino's own count of the bytes read shows it.
func TestTrinoReadsOnlyTheRange(t *testing.T) {
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	l := publishEngineTables(t, catalog, store)
	for day := 1; day <= 9; day++ {
		l.land("glue_metrics", "default", conformance.EngineArrival().AddDate(0, 0, -day), conformance.EngineLines())
	}
	e := openTrino(t, l, catalog, store)
	from := conformance.EngineArrival().Truncate(24 * time.Hour)
	for _, table := range []string{"raw_glue_metrics", "raw_glue_metrics_flat"} {
		q := limnograph.Query{SQL: `SELECT max(unit) FROM ` + table}
		_, all, err := result(t.Context(), e, q)
		if err != nil {
			t.Fatal(err)
		}
		q.Range = limnograph.TimeRange{From: from.AddDate(0, 0, -9), To: from.AddDate(0, 0, -8)}
		_, some, err := result(t.Context(), e, q)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes of %d", table, some.BytesScanned, all.BytesScanned)
		if some.BytesScanned == 0 || some.BytesScanned > all.BytesScanned/2 || some.CostUSD != 0 {
			t.Errorf("%s: a day reads %+v of %+v", table, some, all)
		}
	}
}

// Errors of Trino's analysis say where, and keep the names of the server to themselves.
func TestTrinoErrors(t *testing.T) {
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	l := publishEngineTables(t, catalog, store)
	l.schemas = append(l.schemas, limnograph.Schema{Table: "lost"}) // published, but not in the catalogue
	e := openTrino(t, l, catalog, store)
	tests := map[string]struct {
		sql       string
		untrusted bool
		code      limnograph.Code
		text      string
	}{
		"Column":       {`SELECT nothing FROM raw_glue_metrics`, true, limnograph.CodeInvalid, "COLUMN_NOT_FOUND: line 1:8:"},
		"Type":         {`SELECT 1 + 'x'`, true, limnograph.CodeInvalid, "TYPE_MISMATCH: line 1:10:"},
		"Syntax":       {"SELECT 1\nFROM", false, limnograph.CodeInvalid, "SYNTAX_ERROR: line 2:5:"},
		"Division":     {`SELECT 1 / 0`, true, limnograph.CodeInvalid, "DIVISION_BY_ZERO"},
		"LostToPeople": {`SELECT * FROM raw_lost`, true, limnograph.CodeForbidden, "raw_lost"},
		"LostToPanels": {`SELECT * FROM raw_lost`, false, limnograph.CodeNotFound, "raw_lost"},
		"Memory":       {`SELECT cardinality(array_agg(rpad(cast(x * y AS varchar), 2000, 'x'))) FROM unnest(sequence(1, 10000)) a(x) CROSS JOIN unnest(sequence(1, 1000)) b(y)`, false, limnograph.CodeUnavailable, "memory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := result(t.Context(), e, limnograph.Query{SQL: tt.sql, Untrusted: tt.untrusted})
			if limnograph.ErrorCode(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Values whose form the suite leaves open, and what only Trino has.
func TestTrinoValues(t *testing.T) {
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	e := openTrino(t, newLake(t, catalog, store), catalog, store)
	zoned := time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		sql, kind string
		want      any
	}{
		"Zone":         {`timestamp '2026-11-24 12:00:00.000 Europe/Warsaw'`, "TIMESTAMP WITH TIME ZONE", zoned},
		"Offset":       {`timestamp '2026-11-24 12:00:00.000 +01:00'`, "TIMESTAMP WITH TIME ZONE", zoned},
		"ZonesInArray": {`array[timestamp '2026-11-24 12:00:00.000 Europe/Warsaw', timestamp '2026-11-24 12:00:00.000 +01:00']`, "TIMESTAMP WITH TIME ZONE[]", []any{zoned, zoned}},
		"Picoseconds":  {`timestamp '2026-11-24 11:00:00.123456789123'`, "TIMESTAMP", time.Date(2026, 11, 24, 11, 0, 0, 123456789, time.UTC)},
		"ZonedTime":    {`time '12:00:00 +01:00'`, "TIME WITH TIME ZONE", "11:00:00"},
		"Interval":     {`interval '1' day`, "INTERVAL", "1 00:00:00.000"},
		"Months":       {`interval '14' month`, "INTERVAL", "1-2"},
		"Null":         {`NULL`, "NULL", nil},
		"UUID":         {`uuid '12345678-1234-1234-1234-123456789abc'`, "UUID", "12345678-1234-1234-1234-123456789abc"},
		"JSON":         {`json '{"a": [1]}'`, "JSON", `{"a":[1]}`},
		"BytesInMap":   {`map(array['a'], array[X'00ff'])`, "MAP(VARCHAR, BLOB)", map[string]any{"a": []byte{0, 0xff}}},
		"RealInArray":  {`array[real '0.1']`, "FLOAT[]", []any{float64(float32(0.1))}},
		"RowInMap": {
			`map(array['k'], array[cast(row(1.5, date '2026-11-24', array[2]) AS row(a decimal(3,2), "b C" date, l array(integer)))])`,
			`MAP(VARCHAR, STRUCT("a" DECIMAL(3,2), "b c" DATE, "l" INTEGER[]))`,
			map[string]any{"k": map[string]any{"a": "1.50", "b C": "2026-11-24", "l": []any{int64(2)}}},
		},
		"UnnamedRow": {`row(1, 'x')`, `STRUCT("field0" INTEGER, "field1" VARCHAR)`, map[string]any{"field0": int64(1), "field1": "x"}},
		"NoRow":      {`cast(NULL AS row(a integer))`, `STRUCT("a" INTEGER)`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rows, err := e.Query(t.Context(), admin, limnograph.Query{SQL: `SELECT ` + tt.sql + ` AS v, 2 AS v`})
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			want := []limnograph.Column{{Name: "v", Type: tt.kind}, {Name: "v_1", Type: "INTEGER"}}
			if diff := cmp.Diff(want, rows.Columns()); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			row, err := rows.Next()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, row[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A result of 200 MB goes through a few pages of memory.
func TestTrinoStreamsInBoundedMemory(t *testing.T) {
	catalog, store := pool.Moto(t), pool.VersityGW(t)
	e := openTrino(t, newLake(t, catalog, store), catalog, store)
	rows, err := e.Query(t.Context(), admin, limnograph.Query{
		SQL: `SELECT rpad(cast(x AS varchar), 1000, '.') FROM unnest(sequence(1, 10000)) a(x) CROSS JOIN unnest(sequence(1, 20)) b(y)`,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var peak, total uint64
	var m runtime.MemStats
	for n := 0; ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		total += uint64(len(row[0].(string)))
		if n%5000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
	t.Logf("%d MB through %d MB of heap", total>>20, peak>>20)
	if total != 200_000*1000 || peak > 96<<20 {
		t.Errorf("%d bytes, %d bytes of heap in use", total, peak)
	}
}
