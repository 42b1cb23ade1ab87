package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"limnograph"
	"limnograph/columns"
)

// curatedVariable is the session variable that holds the data files of a curated table.
func curatedVariable(table string) string { return "curated_" + table }

// curatedViewSQL creates the view that is a curated table. Columns are found by their names: one that a file lacks,
// because it is older than the column, is NULL there.
func curatedViewSQL(s limnograph.Schema) string {
	var names, types []string
	for _, c := range columns.ColumnsOf(s) {
		names = append(names, identifier(c.Name))
		types = append(types, fmt.Sprintf("%s: {name: %[1]s, type: %s, default_value: NULL}", literal(c.Name), literal(curatedType(c.Type))))
	}
	return fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS SELECT
  %s
FROM read_parquet(getvariable(%s), hive_partitioning = false, schema = MAP {
  %s})`, identifier(s.Table), strings.Join(names, ", "), literal(curatedVariable(s.Table)), strings.Join(types, ",\n  "))
}

func curatedType(t columns.Type) string {
	switch t {
	case columns.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case columns.Boolean:
		return "BOOLEAN"
	case columns.Double:
		return "DOUBLE"
	case columns.Long:
		return "BIGINT"
	default:
		return "VARCHAR"
	}
}

// dataFilesOf lists the files of a curated table that may hold rows of a range, in key order.
func dataFilesOf(t limnograph.TableFiles, r limnograph.TimeRange) (files []limnograph.DataFile) {
	if t.Schema.Records != nil && t.Schema.Records.Timeless {
		r = limnograph.TimeRange{}
	}
	for _, f := range t.Snapshot.Files {
		if f.Overlaps(r) {
			files = append(files, f)
		}
	}
	return files
}

// dataNeed is what a query reads of one curated table.
type dataNeed struct {
	table string
	files []limnograph.DataFile
}

// setDataFiles gives the session the files of its curated tables, held until it ends.
func (s *session) setDataFiles(needs []dataNeed) error {
	if len(needs) == 0 {
		return nil
	}
	var all []limnograph.DataFile
	for _, n := range needs {
		all = append(all, n.files...)
	}
	if s.engine.cfg.HoldData != nil {
		s.releases = append(s.releases, s.engine.cfg.HoldData(all))
	}
	for _, n := range needs {
		if err := setFiles(s.ctx, s.conn, curatedVariable(n.table), s.engine.pathsOf(n.files)); err != nil {
			return err
		}
	}
	return nil
}

// pathsOf lists the files behind one without rows: DuckDB refuses an empty list, and it reads a single file with one
// thread when it is told the columns.
func (e *Engine) pathsOf(files []limnograph.DataFile) []string {
	paths := []string{e.scratch.emptyTable}
	for _, f := range files {
		paths = append(paths, e.cfg.Path(f.Key))
	}
	return slices.Clip(paths)
}
