package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/conformance"
	"limnograph/schema"
	"limnograph/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, path string, readOnly bool) *sqlite.Catalog {
	t.Helper()
	c, err := sqlite.Open(t.Context(), path, readOnly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestCatalog(t *testing.T) {
	empty := func(t *testing.T) *sqlite.Catalog { return open(t, filepath.Join(t.TempDir(), "catalog.db"), false) }
	conformance.Catalog(t, func(t *testing.T) limnograph.Catalog { return empty(t) })
	conformance.Ledger(t, func(t *testing.T) conformance.CatalogLedger { return empty(t) })
}

// fill registers a table with one object.
func fill(t testing.TB, c *sqlite.Catalog) {
	t.Helper()
	if _, err := c.EnsureTable(t.Context(), schema.Builtin()[0]); err != nil {
		t.Fatal(err)
	}
	if err := c.Record(t.Context(), "glue_metrics", []limnograph.File{{Key: "k", Size: 3}}); err != nil {
		t.Fatal(err)
	}
}

func wantFilled(t testing.TB, c *sqlite.Catalog) {
	t.Helper()
	tables, err := c.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schema.Builtin(), tables); diff != "" {
		t.Error(diff)
	}
	files, err := c.Objects(t.Context(), "glue_metrics")
	if err != nil || len(files) != 1 {
		t.Errorf("objects: %v, %v", files, err)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd ?#%20 name", "catalog.db")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := sqlite.Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	wantFilled(t, open(t, path, false))
	wantFilled(t, open(t, path, true))
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	_, err := sqlite.Open(t.Context(), path, true)
	if limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("without a file: %v", err)
	}
	writer := open(t, path, false)
	fill(t, writer)
	reader := open(t, path, true)
	wantFilled(t, reader) // beside a living writer
	if _, err := reader.EnsureTable(t.Context(), schema.Other()); limnograph.ErrorCode(err) != limnograph.CodeForbidden {
		t.Errorf("writing: %v", err)
	}
}

// TestKilledWriter: what a killed process leaves (file and log, no clean end) opens read-only and for writing.
func TestKilledWriter(t *testing.T) {
	dir, left := t.TempDir(), t.TempDir()
	fill(t, open(t, filepath.Join(dir, "catalog.db"), false))
	for _, name := range []string{"catalog.db", "catalog.db-wal"} { // the shared memory file dies with the machine
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wantFilled(t, open(t, filepath.Join(left, "catalog.db"), true))
	wantFilled(t, open(t, filepath.Join(left, "catalog.db"), false))
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	open(t, newer, false)
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE schema_version SET version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path string
		want limnograph.Code
	}{
		"Garbage":      {garbage, limnograph.CodeInvalid},
		"NewerVersion": {newer, limnograph.CodeConflict},
		"NoFolder":     {filepath.Join(dir, "no", "catalog.db"), limnograph.CodeInternal},
		"Folder":       {dir, limnograph.CodeInternal},
	}
	for name, tt := range tests {
		for _, readOnly := range []bool{false, true} {
			t.Run(fmt.Sprint(name, readOnly), func(t *testing.T) {
				c, err := sqlite.Open(t.Context(), tt.path, readOnly)
				if err == nil {
					c.Close()
				}
				want := tt.want
				if readOnly && name == "NoFolder" {
					want = limnograph.CodeNotFound
				}
				if got := limnograph.ErrorCode(err); got != want {
					t.Errorf("%v has code %q, want %q", err, got, want)
				}
			})
		}
	}
}

func TestCancelledContext(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"), false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.EnsureTable(ctx, schema.Other()); err == nil {
		t.Error("no error")
	}
	if tables, err := c.Tables(t.Context()); err != nil || len(tables) != 0 {
		t.Errorf("%v, %v", tables, err)
	}
}

// BenchmarkRecord records one object durably; BenchmarkObjects reads a ledger of a year's size.
func BenchmarkRecord(b *testing.B) {
	c := open(b, filepath.Join(b.TempDir(), "catalog.db"), false)
	fill(b, c)
	n := 0
	for b.Loop() {
		n++
		if err := c.Record(b.Context(), "glue_metrics", []limnograph.File{{Key: fmt.Sprint("key", n)}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObjects500k(b *testing.B) {
	c := open(b, filepath.Join(b.TempDir(), "catalog.db"), false)
	fill(b, c)
	files := make([]limnograph.File, 500_000)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range files {
		t := at.Add(time.Duration(i) * time.Minute)
		files[i] = limnograph.File{Key: t.Format("landing/metrics/glue_metrics/sender=default/year=2006/month=01/day=02/hour=15/stream-2006-01-02-15-04-05.000-") + fmt.Sprintf("%016d.gz", i), Size: 1, Lines: 1}
	}
	if err := c.Record(b.Context(), "glue_metrics", files); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if got, err := c.Objects(b.Context(), "glue_metrics"); err != nil || len(got) < 500_000 {
			b.Fatal(len(got), err)
		}
	}
}
