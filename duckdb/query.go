package duckdb

import (
	"context"
	"errors"
	"io"
	"os"

	"limnograph"
)

// Query runs q on the file set of now. A zero Range reads all files; DuckDB leaves out those whose folders a filter
// on year, month, day, hour or sender excludes. A timestamp that q.Range excludes may still be in the result: files
// are pruned, not rows. The principal is not looked at here (package access does).
func (e *Engine) Query(ctx context.Context, _ limnograph.Principal, q limnograph.Query) (limnograph.Rows, error) {
	s, statement, err := e.begin(ctx, q)
	if err != nil {
		return nil, err
	}
	pages, err := s.store(statement)
	if err != nil {
		return nil, s.fail("run query", err)
	}
	r, err := newRows(s, pages)
	if err != nil {
		return nil, s.fail("run query", err)
	}
	return r, nil
}

// Export runs q and writes its result to w as one Parquet file (zstd). Nothing is written when the query fails.
// Errors: as Query, and those of w.
func (e *Engine) Export(ctx context.Context, _ limnograph.Principal, q limnograph.Query, w io.Writer) error {
	s, statement, err := e.begin(ctx, q)
	if err != nil {
		return err
	}
	path, err := s.export(statement)
	if err != nil {
		return s.fail("export query", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return s.fail("export query", err)
	}
	_, err = io.Copy(w, f)
	err = errors.Join(err, f.Close(), os.Remove(path))
	if err != nil {
		return s.fail("export query", err)
	}
	return s.end()
}

// export writes the result to a file of its own.
func (s *session) export(st *statement) (path string, err error) {
	sql, err := s.wrappable(st)
	if err != nil {
		return "", err
	}
	if st.catalog {
		sql = "SELECT * FROM (\n" + sql + "\n)"
	}
	f, err := os.CreateTemp(s.engine.scratch.dir, "export-*.parquet")
	if err != nil {
		return "", err
	}
	path = f.Name()
	_, err = s.conn.ExecContext(s.ctx, "COPY (\n"+sql+"\n) TO "+literal(path)+" (FORMAT parquet, COMPRESSION zstd)", s.args...)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}
