package duckdb

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"limnograph"
)

// pathsOf lists the files that a query needs of a table, in key order: those that may hold datapoints of its range.
func (e *Engine) pathsOf(t limnograph.TableFiles, r limnograph.TimeRange) []string {
	keys := make([]string, 0, len(t.Files))
	for _, f := range t.Files {
		if f.Overlaps(r) {
			keys = append(keys, f.Key)
		}
	}
	slices.Sort(keys)
	for i, key := range keys {
		keys[i] = e.cfg.Path(key)
	}
	if len(keys) == 0 {
		return []string{e.scratch.empty}
	}
	return keys
}

// setFiles hands a file list to the views of a table in this session. A text that DuckDB splits takes a twentieth of
// the time of a list literal; no path has a line break (see Config).
func setFiles(ctx context.Context, conn *sql.Conn, table string, paths []string) error {
	_, err := conn.ExecContext(ctx, "SET VARIABLE "+identifier(filesVariable(table))+" = string_split(CAST($1 AS VARCHAR), chr(10))",
		strings.Join(paths, "\n"))
	return err
}
