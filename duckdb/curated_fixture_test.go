package duckdb_test

import (
	"fmt"
	"os"
	"path/filepath"

	"limnograph"
	"limnograph/columns"
	"limnograph/conformance/datafile"
)

// curate adds the datapoints of lines to the curated table of a published schema, as one file; without lines there is a
// table without files.
func (l *lake) curate(table string, lines ...string) {
	l.t.Helper()
	t := l.tables[table]
	next := limnograph.Snapshot{ID: 1}
	if t.Snapshot != nil {
		next = *t.Snapshot
		next.ID++
	}
	if len(lines) > 0 {
		layout := datafile.Layout(l.t, t.Schema)
		next.Files = append(next.Files[:len(next.Files):len(next.Files)], l.dataFile(layout, table, datafile.Rows(l.t, layout, lines)))
	}
	t.Snapshot = &next
}

// dataFile stores rows in the order of the layout.
func (l *lake) dataFile(layout *columns.Layout, table string, rows []columns.Row) limnograph.DataFile {
	l.t.Helper()
	l.seq++
	content, f := datafile.Encode(l.t, layout, fmt.Sprintf("lake/%s/data/day=2026-11-24/%016x.parquet", table, l.seq), rows)
	path := filepath.Join(l.dir, filepath.FromSlash(f.Key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		l.t.Fatal(err)
	}
	return f
}
