package trino

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"sync"

	"limnograph"
	"limnograph/trinosql"
)

// rows reads a result page by page; the client holds three pages at most. A reader that takes no more rows keeps its
// place among the queries until the time limit, not longer.
type rows struct {
	session *session
	columns []limnograph.Column
	types   []kind
	values  []any
	targets []any
	expired func() bool // takes back that the rows end with the time limit

	mu     sync.Mutex // guards what follows
	result *sql.Rows
	err    error // why there is no next row
	closed bool
	ended  error // what the end of the session gave
}

var (
	_ limnograph.Rows    = (*rows)(nil)
	_ limnograph.Metered = (*rows)(nil)
)

func newRows(s *session, result *sql.Rows) (*rows, error) {
	types, err := result.ColumnTypes()
	if err != nil {
		return nil, errors.Join(err, result.Close())
	}
	r := &rows{session: s, result: result, values: make([]any, len(types)), targets: make([]any, len(types))}
	seen := make(map[string]bool, len(types))
	for i, t := range types {
		k := kindOf(t)
		r.types = append(r.types, k)
		r.columns = append(r.columns, limnograph.Column{Name: trinosql.DistinctName(seen, t.Name()), Type: k.String()})
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
		r.err = r.session.explain("read result", r.session.ctx.Err())
	}
	r.end()
}

// Columns describes the result. A name that a query gives twice gets _1 at its end the second time.
func (r *rows) Columns() []limnograph.Column { return r.columns }

// Usage says what the cluster has read from the objects; Trino charges nothing by query.
func (r *rows) Usage() limnograph.Usage {
	return limnograph.Usage{BytesScanned: r.session.watch.scanned()}
}

// Next returns the next row, or io.EOF.
func (r *rows) Next() ([]any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.closed {
		r.err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "read result", Message: "the rows are closed"}
	}
	if r.err == nil {
		r.err = r.advance()
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.values, nil
}

func (r *rows) advance() error {
	if !r.result.Next() {
		if err := r.result.Err(); err != nil {
			return r.session.explain("read result", err)
		}
		return io.EOF
	}
	if err := r.result.Scan(r.targets...); err != nil {
		return r.session.explain("read result", err)
	}
	for i, k := range r.types {
		v, err := k.value(r.values[i])
		if err != nil {
			return trinosql.Unreadable(r.columns[i], err)
		}
		r.values[i] = v
	}
	return nil
}

// Close ends the query, on the cluster too. Further calls do nothing.
func (r *rows) Close() error {
	r.expired()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	err := r.ended
	r.ended = nil
	return err
}

// end gives back the session, once.
func (r *rows) end() {
	if r.closed {
		return
	}
	r.closed = true
	r.ended = r.session.end(r.result)
}
