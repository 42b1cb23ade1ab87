package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// pageRows is how many rows are taken from the result table at a time.
const pageRows = 8 * 2048

// pager returns the SQL of the page that begins with a row number, empty when there is none.
type pager func(first int64) string

// onePage reads everything at once.
func onePage(sql string) pager {
	return func(first int64) string {
		if first > 0 {
			return ""
		}
		return sql
	}
}

// tablePages reads the result table, by row id unless a column of the result has that name.
func tablePages(ctx context.Context, conn *sql.Conn) (pager, error) {
	result, err := conn.QueryContext(ctx, "SELECT * FROM "+resultTable+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	names, err := result.Columns()
	if err = errors.Join(err, result.Close()); err != nil {
		return nil, err
	}
	format := "SELECT * FROM " + resultTable + " WHERE rowid >= %[1]d AND rowid < %[1]d + %[2]d"
	for _, name := range names {
		if strings.EqualFold(name, "rowid") {
			format = "SELECT * FROM " + resultTable + " LIMIT %[2]d OFFSET %[1]d"
		}
	}
	return func(first int64) string { return fmt.Sprintf(format, first, pageRows) }, nil
}
