package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"modernc.org/sqlite"

	"limnograph"
)

// busyTimeout is how long a call waits for another process that holds the file, in milliseconds.
const busyTimeout = 10_000

// Open opens the catalogue at path, and creates it unless readOnly. The folder must exist. A file left by a killed
// process is recovered, also when opened read-only.
//
// Errors: CodeNotFound (readOnly, and there is no file), CodeConflict (a newer version of the product wrote it),
// CodeInvalid (the file is no catalogue), CodeUnavailable (another process holds it), CodeInternal.
func Open(ctx context.Context, path string, readOnly bool) (*Catalog, error) {
	if err := checkPath(path, readOnly); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, readOnly))
	if err != nil {
		return nil, failure("open catalogue", err)
	}
	c := &Catalog{db: db, readOnly: readOnly}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(failure("open catalogue", err), db.Close())
	}
	return c, nil
}

func checkPath(path string, readOnly bool) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && readOnly {
		return &limnograph.Error{
			Code: limnograph.CodeNotFound, Op: "open catalogue", Message: "there is no catalogue at " + path,
			Hint: "start limno serve or limno import on this data directory once",
		}
	}
	return nil
}

// dsn opens for writing in the write-ahead log with an fsync per commit. A reader opens the same way, because a log
// left by a killed process must be replayed before the file can be read; query_only keeps it from changing anything.
// On a medium that can't be written SQLite falls back to reading by itself.
func dsn(path string, readOnly bool) string {
	q := url.Values{}
	q.Set("_txlock", "immediate")
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout))
	if readOnly {
		q.Set("mode", "rw")
		q.Add("_pragma", "query_only(true)")
		q.Set("_txlock", "deferred")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "foreign_keys(true)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// prepare brings the tables to the present version, or checks that they are when it may not.
func (c *Catalog) prepare(ctx context.Context) error {
	if c.readOnly {
		return checkVersion(ctx, c.db)
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := migrate(ctx, tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// failure gives an error of this package its code; one that has a code keeps it.
func failure(op string, err error) error {
	var known *limnograph.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	e := &limnograph.Error{Code: limnograph.CodeInternal, Op: op, Message: "the catalogue", Err: err, Hint: "check the disk; the catalogue can be rebuilt from landing"}
	var code *sqlite.Error
	if errors.As(err, &code) {
		e.Code, e.Hint = classify(code.Code() & 0xff)
	}
	return e
}

// classify maps SQLite's primary result codes.
func classify(code int) (limnograph.Code, string) {
	const (
		sqliteBusy    = 5
		sqliteLocked  = 6
		sqliteCorrupt = 11
		sqliteFull    = 13
		sqliteNotADB  = 26
	)
	switch code {
	case sqliteBusy, sqliteLocked:
		return limnograph.CodeUnavailable, "another process is writing it: try again"
	case sqliteFull:
		return limnograph.CodeUnavailable, "free some disk space"
	case sqliteCorrupt, sqliteNotADB:
		return limnograph.CodeInvalid, "move the file away: the next start of limno serve rebuilds the catalogue from landing; queries are slow until the time bounds have been read again"
	}
	return limnograph.CodeInternal, "check the disk and the permissions of the data directory"
}
