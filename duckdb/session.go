package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"limnograph"
)

// session is one query at work: a place among the concurrent ones, a connection of its own, and a time limit.
type session struct {
	engine *Engine
	db     *sql.DB
	conn   *sql.Conn
	ctx    context.Context // ends at the time limit
	cancel context.CancelFunc
	limit  time.Duration
	args   []any

	releases []func() // give back the files that are held
}

// begin waits for a place, takes the newest file set, checks the statement and hands the session its files.
func (e *Engine) begin(ctx context.Context, q limnograph.Query) (*session, *statement, error) {
	s := &session{engine: e, limit: e.cfg.timeout(q)}
	s.ctx, s.cancel = context.WithTimeoutCause(ctx, s.limit, errTimeLimit)
	select {
	case e.slots <- struct{}{}:
	case <-s.ctx.Done():
		s.cancel()
		return nil, nil, busy(s.ctx)
	}
	for name, value := range q.Params {
		s.args = append(s.args, sql.Named(name, value))
	}
	statement, err := s.prepare(q)
	if err != nil {
		return nil, nil, s.fail("prepare query", err)
	}
	return s, statement, nil
}

func busy(ctx context.Context) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "run query", Message: "too many queries are running",
		Hint: "try again later", Err: ctx.Err(),
	}
}

func (s *session) prepare(q limnograph.Query) (*statement, error) {
	set := s.engine.cfg.Files()
	var err error
	if s.db, err = s.engine.database(s.ctx, set); err != nil {
		return nil, err
	}
	if s.conn, err = s.db.Conn(s.ctx); err != nil {
		return nil, err
	}
	statement, err := parse(s.ctx, s.conn, q.SQL)
	if err != nil {
		return nil, err
	}
	if q.Untrusted {
		if err := newChecker(set, s.engine.functions).check(statement); err != nil {
			return nil, err
		}
	}
	return statement, s.provide(statement, set, q.Range)
}

// provide gives the session the files of all tables that the statement reads, of one file set.
func (s *session) provide(statement *statement, set *limnograph.FileSet, r limnograph.TimeRange) error {
	var curated []dataNeed
	var needs []need
	for _, t := range set.Tables {
		if t.Snapshot != nil && statement.tables[t.Schema.Table] {
			curated = append(curated, dataNeed{t.Schema.Table, dataFilesOf(t, r)})
		}
		if slices.ContainsFunc(t.Schema.RawNames(), func(name string) bool { return statement.tables[name] }) {
			needs = append(needs, need{t.Schema.Table, filesOf(t, r)})
		}
	}
	if err := s.setDataFiles(curated); err != nil {
		return err
	}
	if s.engine.cfg.Hold != nil && r.IsZero() {
		if err := s.narrow(statement, needs); err != nil {
			return err
		}
	}
	return s.setFiles(needs)
}

// fail ends the session and returns its error with a code.
func (s *session) fail(op string, err error) error {
	fatal := isFatal(err)
	err = s.engine.explain(s.ctx, op, err, s.limit)
	err = errors.Join(err, s.end())
	if fatal {
		err = errors.Join(err, s.engine.discard(context.WithoutCancel(s.ctx), s.db))
	}
	return err
}

// end gives back everything. Call it once.
func (s *session) end() error {
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	for _, release := range s.releases { // once DuckDB has closed them
		release()
	}
	s.cancel()
	<-s.engine.slots
	return err
}
