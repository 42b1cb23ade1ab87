package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// resultTable holds a result within the session. The driver would keep a whole result in memory that the memory limit
// does not count; a temporary table counts, and spills to disk.
const resultTable = "limno_result"

// maxCatalogRows bounds a result that can't be stored; more are an error.
const maxCatalogRows = 100_000

// store runs the statement into the result table and returns how to read it, page by page. A question to the
// catalogue would see that table too, so it is answered directly.
func (s *session) store(st *statement) (*pages, error) {
	sql, err := s.wrappable(st)
	if err != nil {
		return nil, err
	}
	if st.catalog {
		return s.onePage(sql)
	}
	_, err = s.conn.ExecContext(s.ctx, "CREATE TEMP TABLE "+resultTable+" AS (\n"+sql+"\n)", s.args...)
	if err != nil {
		return nil, err
	}
	s.args = nil
	return s.tablePages()
}

// wrappable returns the statement in a form that may stand between parentheses. The text itself may, because the
// parser has read all of it as one query, unless a semicolon ends it: then the parser's own writing of the syntax
// tree is taken, at the price of positions in messages.
func (s *session) wrappable(st *statement) (string, error) {
	if !strings.Contains(st.text, ";") {
		return st.text, nil
	}
	var sql string
	err := s.conn.QueryRowContext(s.ctx, `SELECT json_deserialize_sql(CAST($1 AS JSON))`, st.json).Scan(&sql)
	if err != nil {
		return "", fmt.Errorf("write statement: %w", err)
	}
	return sql, nil
}

// unwrap takes the line that store and export put before a statement out of a message.
func unwrap(message string) string {
	head, tail, found := strings.Cut(message, "\nLINE ")
	if !found {
		return message
	}
	number, rest, _ := strings.Cut(tail, ":")
	n, err := strconv.Atoi(number)
	if err != nil || n < 2 {
		return strings.TrimSpace(head) // it points into text that is not the caller's
	}
	moved := len(number) - len(strconv.Itoa(n-1)) // the mark below stands that much too far right
	rest = regexp.MustCompile(`\n {`+strconv.Itoa(moved)+`}( *\^)`).ReplaceAllString(rest, "\n$1")
	return head + "\nLINE " + strconv.Itoa(n-1) + ":" + rest
}
