package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"sync"

	"limnograph"
)

// Engine answers queries over the published objects. It is safe for concurrent use.
type Engine struct {
	cfg       Config
	root      string // folder of the landing objects
	scratch   *scratch
	slots     chan struct{} // one for each query that may run
	functions map[string]bool

	mu    sync.Mutex // guards what follows
	db    *sql.DB
	views map[string]limnograph.Schema // whose views exist in db
	seen  *limnograph.FileSet          // the last set whose views were made
}

var _ limnograph.Engine = (*Engine)(nil)

// Open starts an engine. Errors: CodeInvalid (cfg), CodeInternal (the temporary folder, DuckDB).
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, root: cfg.landingRoot(), slots: make(chan struct{}, cfg.MaxConcurrent), functions: allowedFunctions()}
	if e.scratch, err = newScratch(cfg.TempDir); err != nil {
		return nil, openError(err)
	}
	if err := e.reopen(ctx); err != nil {
		return nil, errors.Join(openError(err), e.scratch.remove())
	}
	return e, nil
}

func openError(err error) error {
	return &limnograph.Error{Code: limnograph.CodeInternal, Op: "open engine", Err: err, Hint: "check the temporary folder and its free space"}
}

// Close ends DuckDB and removes the temporary folder. No query may run.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := errors.Join(e.db.Close(), e.scratch.remove())
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "close engine", Err: err}
	}
	return nil
}

// reopen starts a database without views.
func (e *Engine) reopen(ctx context.Context) error {
	db, err := openDatabase(ctx, e.cfg, e.root, e.scratch)
	if err != nil {
		return err
	}
	e.db, e.views, e.seen = db, make(map[string]limnograph.Schema), nil
	return nil
}

// discard replaces a database that DuckDB has given up on.
func (e *Engine) discard(ctx context.Context, broken *sql.DB) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.db != broken {
		return nil
	}
	if err := e.reopen(ctx); err != nil {
		return err
	}
	return broken.Close()
}

// database returns the database with the views of the set.
func (e *Engine) database(ctx context.Context, set *limnograph.FileSet) (*sql.DB, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seen == set {
		return e.db, nil
	}
	for _, t := range set.Tables {
		if have, ok := e.views[t.Schema.Table]; ok && reflect.DeepEqual(have, t.Schema) {
			continue
		}
		if err := e.createViews(ctx, t.Schema); err != nil {
			return nil, err
		}
		e.views[t.Schema.Table] = t.Schema
	}
	e.seen = set
	return e.db, nil
}

// createViews makes both names of a table, or makes them anew.
func (e *Engine) createViews(ctx context.Context, s limnograph.Schema) (err error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := setFiles(ctx, conn, s.Table, []string{e.scratch.empty}); err != nil {
		return err
	}
	for _, statement := range []string{rawViewSQL(s), flatViewSQL(s)} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
