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
	var files []limnograph.DataFile
	if len(lines) > 0 {
		layout := datafile.Layout(l.t, l.tables[table].Schema)
		files = append(files, l.dataFile(layout, table, datafile.Rows(l.t, layout, lines)))
	}
	l.commit(table, files)
}

// record adds rows to the record table of a published schema, as one file; without rows there is a table without files.
func (l *lake) record(table string, rows ...[]any) {
	l.t.Helper()
	var files []limnograph.DataFile
	if len(rows) > 0 {
		content, f := datafile.EncodeRecords(l.t, l.tables[table].Schema, l.dataKey(table), rows)
		files = append(files, l.store(content, f))
	}
	l.commit(table, files)
}

// commit adds files to the newest snapshot of a table.
func (l *lake) commit(table string, files []limnograph.DataFile) {
	t := l.tables[table]
	next := limnograph.Snapshot{ID: 1}
	if t.Snapshot != nil {
		next = *t.Snapshot
		next.ID++
	}
	next.Files = append(next.Files[:len(next.Files):len(next.Files)], files...)
	t.Snapshot = &next
}

// dataFile stores rows in the order of the layout.
func (l *lake) dataFile(layout *columns.Layout, table string, rows []columns.Row) limnograph.DataFile {
	l.t.Helper()
	return l.store(datafile.Encode(l.t, layout, l.dataKey(table), rows))
}

func (l *lake) dataKey(table string) string {
	l.seq++
	return fmt.Sprintf("lake/%s/data/day=2026-11-24/%016x.parquet", table, l.seq)
}

func (l *lake) store(content []byte, f limnograph.DataFile) limnograph.DataFile {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(f.Key))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		l.t.Fatal(err)
	}
	return f
}
