package duckdb

import (
	"fmt"
	"strings"

	"limnograph"
)

const (
	// pageRows is how many rows are taken from the result table at a time, and pageBytes how much of wide ones.
	pageRows  = 8 * 2048
	pageBytes = 64 << 20
	// maxRowBytes bounds one row, which is in memory as a whole whatever the memory limit says.
	maxRowBytes = 32 << 20
)

// pages says how to read a result.
type pages struct {
	columns []shape
	rows    int64                    // of a page
	sql     func(first int64) string // of the page that begins with a row number, empty when there is none
}

// onePage reads everything at once.
func (s *session) onePage(query string) (*pages, error) {
	columns, err := s.describe("SELECT * FROM (\n" + query + "\n) LIMIT 0")
	if err != nil {
		return nil, err
	}
	where := ""
	if distinctNames(columns) {
		where = fmt.Sprintf(" WHERE CASE WHEN %s > %d THEN error('a row of the result is larger than %d bytes') ELSE true END",
			rowBytes(columns), maxRowBytes, maxRowBytes)
	}
	sql := fmt.Sprintf("SELECT %s FROM (\n%s\n)%s LIMIT %d", selectList(columns), query, where, maxCatalogRows+1)
	return &pages{columns, pageRows, func(first int64) string {
		if first > 0 {
			return ""
		}
		return sql
	}}, nil
}

// tablePages reads the result table, by row id unless a column of the result has that name.
func (s *session) tablePages() (*pages, error) {
	columns, err := s.describe("SELECT * FROM " + resultTable + " LIMIT 0")
	if err != nil {
		return nil, err
	}
	p := &pages{columns: columns}
	if p.rows, err = s.rowsOfPage(columns); err != nil {
		return nil, err
	}
	format := "SELECT " + selectList(columns) + " FROM " + resultTable + " WHERE rowid >= %[1]d AND rowid < %[1]d + %[2]d"
	for _, c := range columns {
		if strings.EqualFold(c.name, "rowid") {
			format = "SELECT " + selectList(columns) + " FROM " + resultTable + " LIMIT %[2]d OFFSET %[1]d"
		}
	}
	p.sql = func(first int64) string { return page(format, first, p.rows) }
	return p, nil
}

// page puts the numbers behind the last FROM: names of columns may hold a %.
func page(format string, first, rows int64) string {
	at := strings.LastIndex(format, " FROM "+resultTable)
	return format[:at] + fmt.Sprintf(format[at:], first, rows)
}

// rowsOfPage is how many of the largest rows fit into a page. Error: CodeTooLarge for a row that is too large.
func (s *session) rowsOfPage(columns []shape) (int64, error) {
	var largest int64
	err := s.conn.QueryRowContext(s.ctx, "SELECT CAST(coalesce(max("+rowBytes(columns)+"), 0) AS BIGINT) FROM "+resultTable).Scan(&largest)
	if err != nil {
		return 0, err
	}
	if largest > maxRowBytes {
		return 0, &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "run query", Message: fmt.Sprintf("a row of the result has %d bytes, the limit is %d", largest, maxRowBytes),
			Hint: "ask for more and smaller rows, or export to Parquet",
		}
	}
	return max(1, min(pageRows, pageBytes/max(1, largest))), nil
}

func rowBytes(columns []shape) string {
	parts := []string{"0"}
	for _, c := range columns {
		if c.kind != otherKind {
			parts = append(parts, c.bytes(identifier(c.name)))
		}
	}
	return strings.Join(parts, " + ")
}

// selectList is * with what the driver does not read well replaced.
func selectList(columns []shape) string {
	var replaced []string
	for _, c := range columns {
		if c.rewritten() {
			replaced = append(replaced, c.readable(identifier(c.name))+" AS "+identifier(c.name))
		}
	}
	if replaced == nil {
		return "*"
	}
	return "* REPLACE (" + strings.Join(replaced, ", ") + ")"
}

func distinctNames(columns []shape) bool {
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		seen[strings.ToLower(c.name)] = true
	}
	return len(seen) == len(columns)
}
