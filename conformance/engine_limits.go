package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"limnograph"
)

const (
	// endless would run for hours.
	endless = `SELECT count(*) FROM unnest(sequence(1, 10000)) AS a(x) CROSS JOIN unnest(sequence(1, 10000)) AS b(y)` +
		` CROSS JOIN unnest(sequence(1, 10000)) AS c(z) WHERE (x * y + z) % 1000003 = 17`
	// largeResult has largeRows rows of about 100 bytes.
	largeResult = `SELECT x * 1000 + y AS n, 'a text that makes a row of the large result about as wide as a line of a table is' AS filler` +
		` FROM unnest(sequence(0, 49)) AS a(x) CROSS JOIN unnest(sequence(0, 999)) AS b(y)`
	largeRows = 50_000
)

func engineRows(t testing.TB, e limnograph.Engine) {
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

// engineStream reads a large result: each row once.
func engineStream(t testing.TB, e limnograph.Engine) {
	rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: largeResult})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := make([]bool, largeRows)
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n, ok := row[0].(int64)
		if !ok || n < 0 || n >= largeRows || seen[n] {
			t.Fatalf("row %v", row)
		}
		seen[n] = true
	}
	if n := slices.Index(seen, false); n >= 0 {
		t.Errorf("row %d is missing", n)
	}
}

func engineConcurrent(t testing.TB, e limnograph.Engine) {
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			got, err := ask(t, e, limnograph.Query{SQL: `SELECT $i * 2`, Params: map[string]any{"i": int64(i)}})
			if want := []string{fmt.Sprint(2 * i)}; err != nil || !slices.Equal(got, want) {
				t.Errorf("query %d: %v, %v", i, got, err)
			}
		})
	}
	wg.Wait()
}

func engineCancelled(t testing.TB, e limnograph.Engine) {
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

// engineCancelledRunning: the moment of the cancellation does not matter, the query never ends by itself.
func engineCancelledRunning(t testing.TB, e limnograph.Engine) {
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(2*time.Second, cancel)
	defer timer.Stop()
	if err := runToEnd(ctx, e, limnograph.Query{SQL: endless}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func engineCancelledReading(t testing.TB, e limnograph.Engine) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := e.Query(ctx, asker(), limnograph.Query{SQL: largeResult})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Error(err)
	}
	cancel()
	for err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

// engineClosed: rows that were not read to their end leave nothing behind that keeps others out.
func engineClosed(t testing.TB, e limnograph.Engine) {
	for range 20 {
		rows, err := e.Query(t.Context(), asker(), limnograph.Query{SQL: largeResult})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rows.Next(); err != nil {
			t.Error(err)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		if _, err := rows.Next(); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func engineTimeLimit(t testing.TB, e limnograph.Engine) {
	err := runToEnd(t.Context(), e, limnograph.Query{SQL: endless, Timeout: 700 * time.Millisecond})
	if limnograph.ErrorCode(err) != limnograph.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// runToEnd returns the error that a query ends with, nil when it has a result.
func runToEnd(ctx context.Context, e limnograph.Engine, q limnograph.Query) error {
	rows, err := e.Query(ctx, asker(), q)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = rows.Next()
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}
