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
	scratch   *scratch
	slots     chan struct{} // one for each query that may run
	functions map[string]bool

	mu    sync.Mutex // guards what follows
	db    *sql.DB
	views map[string]published // by table: whose views exist in db
	seen  *limnograph.FileSet  // the last set whose views were made
}

var _ limnograph.Engine = (*Engine)(nil)

// Open starts an engine. Errors: CodeInvalid (cfg), CodeInternal (the temporary folder, DuckDB).
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, slots: make(chan struct{}, cfg.MaxConcurrent), functions: allowedFunctions()}
	if e.scratch, err = newScratch(cfg.TempDir); err != nil {
		return nil, openError(err)
	}
	if err := e.start(ctx); err != nil {
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

// start opens the first database and writes what stands for the files of an empty curated table.
func (e *Engine) start(ctx context.Context) error {
	if err := e.reopen(ctx); err != nil {
		return err
	}
	_, err := e.db.ExecContext(ctx, "COPY (SELECT 0 AS nothing WHERE false) TO "+literal(e.scratch.emptyTable)+" (FORMAT parquet)")
	if err != nil {
		return errors.Join(err, e.db.Close())
	}
	return nil
}

// reopen starts a database without views.
func (e *Engine) reopen(ctx context.Context) error {
	db, err := openDatabase(ctx, e.cfg, e.scratch)
	if err != nil {
		return err
	}
	e.db, e.views, e.seen = db, make(map[string]published), nil
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
		want := published{t.Schema, t.Snapshot != nil}
		if have, ok := e.views[t.Schema.Table]; ok && reflect.DeepEqual(have, want) {
			continue
		}
		if err := e.createViews(ctx, want); err != nil {
			return nil, err
		}
		e.views[t.Schema.Table] = want
	}
	e.seen = set
	return e.db, nil
}

// published is what the names of a table depend on.
type published struct {
	schema  limnograph.Schema
	curated bool // there is a curated table behind Schema.Table
}

// views are the statements that make the names of a table, or make them anew. A record table has none over landing.
func (p published) views() []string {
	curated := "DROP VIEW IF EXISTS " + identifier(p.schema.Table)
	if p.curated {
		curated = curatedViewSQL(p.schema)
	}
	if p.schema.Records != nil {
		return []string{curated}
	}
	return []string{rawViewSQL(p.schema), flatViewSQL(p.schema), curated}
}

// createViews makes the names of a table, or makes them anew.
func (e *Engine) createViews(ctx context.Context, p published) (err error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := setFiles(ctx, conn, filesVariable(p.schema.Table), []string{e.scratch.empty}); err != nil {
		return err
	}
	if err := setFiles(ctx, conn, curatedVariable(p.schema.Table), []string{e.scratch.emptyTable}); err != nil {
		return err
	}
	for _, statement := range p.views() {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
