package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"limnograph"
)

// rows reads a result page by page: one page is in memory beside what DuckDB's limit counts. A reader that takes no
// more rows keeps its place among the queries until the time limit, not longer.
type rows struct {
	session *session
	pages   *pages
	columns []limnograph.Column
	values  []any
	targets []any
	expired func() bool // takes back that the rows end with the time limit

	mu     sync.Mutex // guards what follows
	page   *sql.Rows
	first  int64 // row number of the page's first row
	read   int64 // rows of the page that were read
	err    error // why there is no next row
	closed bool
	ended  error // what the end of the session gave
}

var _ limnograph.Rows = (*rows)(nil)

func newRows(s *session, p *pages) (*rows, error) {
	r := &rows{session: s, pages: p, values: make([]any, len(p.columns)), targets: make([]any, len(p.columns))}
	if err := r.open(p.sql(0)); err != nil {
		return nil, err
	}
	for i, c := range p.columns {
		r.columns = append(r.columns, limnograph.Column{Name: c.name, Type: c.column})
		r.targets[i] = &r.values[i]
	}
	r.expired = context.AfterFunc(s.ctx, r.expire)
	return r, nil
}

// expire gives the place back at the time limit, or when the caller's context ends.
func (r *rows) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.explain(r.session.ctx.Err())
	}
	r.end()
}

func (r *rows) open(sql string) (err error) {
	r.page, err = r.session.conn.QueryContext(r.session.ctx, sql, r.session.args...)
	r.read = 0
	return err
}

// turn goes on to the next page, and returns io.EOF after the last.
func (r *rows) turn() error {
	r.first += r.pages.rows
	sql := r.pages.sql(r.first)
	if r.read < r.pages.rows || sql == "" {
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.closed {
		r.err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "read result", Message: "the rows are closed"}
	}
	if r.err == nil && r.session.ctx.Err() != nil {
		r.err = r.explain(r.session.ctx.Err())
	}
	if r.err == nil {
		r.err = r.advance()
	}
	if r.err != nil {
		return nil, r.err
	}
	for i := range r.values {
		r.values[i] = r.pages.columns[i].value(r.values[i], r.columns[i].Type)
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
	r.expired()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	err := r.ended
	r.ended = nil
	return err
}

// end closes the page and gives back the session, once.
func (r *rows) end() {
	if r.closed {
		return
	}
	r.closed = true
	if r.page != nil { // a page that failed to open left none
		r.ended = r.page.Close()
	}
	r.ended = errors.Join(r.ended, r.session.end())
}
