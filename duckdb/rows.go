package duckdb

import (
	"database/sql"
	"errors"
	"io"
	"strings"

	"limnograph"
)

// rows reads a result chunk by chunk. DuckDB holds the rest within its memory limit.
type rows struct {
	session *session
	result  *sql.Rows
	columns []limnograph.Column
	values  []any
	targets []any
	err     error // why there is no next row
	closed  bool
}

var _ limnograph.Rows = (*rows)(nil)

func newRows(s *session, result *sql.Rows) (*rows, error) {
	types, err := result.ColumnTypes()
	if err != nil {
		return nil, err
	}
	r := &rows{session: s, result: result, values: make([]any, len(types)), targets: make([]any, len(types))}
	for i, t := range types {
		r.columns = append(r.columns, limnograph.Column{Name: t.Name(), Type: typeName(t.DatabaseTypeName())})
		r.targets[i] = &r.values[i]
	}
	return r, nil
}

// typeName spells out what the driver abbreviates.
func typeName(name string) string {
	name = strings.ReplaceAll(name, "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
	return strings.ReplaceAll(name, "TIMETZ", "TIME WITH TIME ZONE")
}

// Columns describes the result.
func (r *rows) Columns() []limnograph.Column { return r.columns }

// Next returns the next row, or io.EOF.
func (r *rows) Next() ([]any, error) {
	if r.err == nil && r.closed {
		r.err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "read result", Message: "the rows are closed"}
	}
	if r.err != nil {
		return nil, r.err
	}
	if !r.result.Next() {
		r.err = io.EOF
		if err := r.result.Err(); err != nil {
			r.err = r.session.engine.explain(r.session.ctx, "read result", err, r.session.limit)
		}
		return nil, r.err
	}
	if err := r.result.Scan(r.targets...); err != nil {
		r.err = r.session.engine.explain(r.session.ctx, "read result", err, r.session.limit)
		return nil, r.err
	}
	for i := range r.values {
		r.values[i] = value(r.values[i], r.columns[i].Type)
	}
	return r.values, nil
}

// Close ends the query. Further calls do nothing.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.result.Close(), r.session.end())
}
