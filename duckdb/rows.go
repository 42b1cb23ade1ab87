package duckdb

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"limnograph"
)

// rows reads a result page by page: one page is in memory beside what DuckDB's limit counts.
type rows struct {
	session *session
	pages   pager
	page    *sql.Rows
	columns []limnograph.Column
	values  []any
	targets []any
	first   int64 // row number of the page's first row
	read    int64 // rows of the page that were read
	err     error // why there is no next row
	closed  bool
}

var _ limnograph.Rows = (*rows)(nil)

func newRows(s *session, pages pager) (*rows, error) {
	r := &rows{session: s, pages: pages}
	if err := r.open(pages(0)); err != nil {
		return nil, err
	}
	types, err := r.page.ColumnTypes()
	if err != nil {
		return nil, errors.Join(err, r.page.Close())
	}
	r.values, r.targets = make([]any, len(types)), make([]any, len(types))
	for i, t := range types {
		r.columns = append(r.columns, limnograph.Column{Name: t.Name(), Type: typeName(t.DatabaseTypeName())})
		r.targets[i] = &r.values[i]
	}
	return r, nil
}

func (r *rows) open(sql string) (err error) {
	r.page, err = r.session.conn.QueryContext(r.session.ctx, sql, r.session.args...)
	r.read = 0
	return err
}

// turn goes on to the next page, and returns io.EOF after the last.
func (r *rows) turn() error {
	r.first += pageRows
	sql := r.pages(r.first)
	if r.read < pageRows || sql == "" {
		return io.EOF
	}
	if err := r.page.Close(); err != nil {
		return r.explain(err)
	}
	return r.explain(r.open(sql))
}

// typeName spells out what the driver abbreviates.
func typeName(name string) string {
	name = strings.ReplaceAll(name, "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
	return strings.ReplaceAll(name, "TIMETZ", "TIME WITH TIME ZONE")
}

// Columns describes the result. A name that a query gives twice gets _1 at its end the second time.
func (r *rows) Columns() []limnograph.Column { return r.columns }

// Next returns the next row, or io.EOF.
func (r *rows) Next() ([]any, error) {
	if r.err == nil && r.closed {
		r.err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "read result", Message: "the rows are closed"}
	}
	if r.err == nil {
		r.err = r.advance()
	}
	if r.err != nil {
		return nil, r.err
	}
	for i := range r.values {
		r.values[i] = value(r.values[i], r.columns[i].Type)
	}
	return r.values, nil
}

// advance scans the next row, of the next page when this one is read.
func (r *rows) advance() error {
	for !r.page.Next() {
		if err := r.page.Err(); err != nil {
			return r.explain(err)
		}
		if err := r.turn(); err != nil {
			return err
		}
	}
	r.read++
	if r.read > maxCatalogRows { // only a question to the catalogue has such a page
		return &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "read result", Message: fmt.Sprintf("a question to the catalogue has more than %d rows", maxCatalogRows),
		}
	}
	return r.explain(r.page.Scan(r.targets...))
}

func (r *rows) explain(err error) error {
	return r.session.engine.explain(r.session.ctx, "read result", err, r.session.limit)
}

// Close ends the query. Further calls do nothing.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	var err error
	if r.page != nil { // a page that failed to open left none
		err = r.page.Close()
	}
	return errors.Join(err, r.session.end())
}
