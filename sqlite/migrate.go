package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"limnograph"
)

// migrations bring an empty file to the present version, one step each. A released step is never changed.
func migrations() []string {
	return []string{`
CREATE TABLE tables (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  namespace  TEXT NOT NULL,           -- empty: unknown, or of other_metrics
  definition TEXT NOT NULL            -- limnograph.Schema as JSON
) STRICT;
CREATE TABLE partitions (
  table_id INTEGER NOT NULL REFERENCES tables (id),
  hour     INTEGER NOT NULL,          -- seconds since the epoch
  sender   TEXT NOT NULL,
  PRIMARY KEY (table_id, hour, sender)
) STRICT, WITHOUT ROWID;
CREATE TABLE objects (
  table_id INTEGER NOT NULL REFERENCES tables (id),
  key      TEXT NOT NULL,
  size     INTEGER NOT NULL,
  lines    INTEGER NOT NULL,          -- 0: unknown
  min_time INTEGER NOT NULL,          -- milliseconds since the epoch
  max_time INTEGER NOT NULL,
  PRIMARY KEY (table_id, key)
) STRICT, WITHOUT ROWID;
`}
}

// migrate applies the steps that the file lacks.
func migrate(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT`)
	if err != nil {
		return err
	}
	have, err := version(ctx, tx)
	if err != nil {
		return err
	}
	steps := migrations()
	if have > len(steps) {
		return tooNew(have)
	}
	for i, step := range steps[have:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migrate to version %d: %w", have+i+1, err)
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES (?)`, len(steps))
	return err
}

func version(ctx context.Context, q querier) (int, error) {
	var v int
	err := q.QueryRowContext(ctx, `SELECT version FROM schema_version`).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

func checkVersion(ctx context.Context, db *sql.DB) error {
	have, err := version(ctx, db)
	if err != nil {
		return err
	}
	switch want := len(migrations()); {
	case have > want:
		return tooNew(have)
	case have < want:
		return &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "open catalogue", Message: "the catalogue was written by an older version",
			Hint: "start limno serve on this data directory once",
		}
	}
	return nil
}

func tooNew(have int) error {
	return &limnograph.Error{
		Code: limnograph.CodeConflict, Op: "open catalogue",
		Message: fmt.Sprintf("the catalogue has version %d, this program knows %d", have, len(migrations())),
		Hint:    "use the newer limno that wrote it",
	}
}
