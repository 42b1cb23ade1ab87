package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"limnograph"
	"limnograph/schema"
)

// Catalog is the catalogue and the object ledger of one data directory. It is safe for concurrent use, also by
// several processes of which one writes.
type Catalog struct {
	db       *sql.DB
	readOnly bool
}

var (
	_ limnograph.Catalog      = (*Catalog)(nil)
	_ limnograph.ObjectLedger = (*Catalog)(nil)
)

// Close releases the file.
func (c *Catalog) Close() error {
	if err := c.db.Close(); err != nil {
		return failure("close catalogue", err)
	}
	return nil
}

// Tables lists the registered schemas, sorted by table name.
func (c *Catalog) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	const op = "list tables"
	rows, err := c.db.QueryContext(ctx, `SELECT definition FROM tables ORDER BY name`)
	if err != nil {
		return nil, failure(op, err)
	}
	defer rows.Close()
	var list []limnograph.Schema
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, failure(op, err)
		}
		s, err := schema.Decode(text)
		if err != nil {
			return nil, failure(op, err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, failure(op, err)
	}
	return list, nil
}

// EnsureTable stores the schema of a table when it is new or differs, and reports whether it did. Errors: CodeInvalid
// (schema), CodeConflict (the table belongs to another namespace, or would lose or change a column).
func (c *Catalog) EnsureTable(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	const op = "ensure table"
	if err := schema.ValidateLanded(s); err != nil {
		return false, &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Err: err}
	}
	text, err := schema.Encode(s)
	if err != nil {
		return false, failure(op, err)
	}
	err = c.write(ctx, op, func(tx *sql.Tx) error {
		changed, err = ensureTable(ctx, tx, s, text)
		return err
	})
	return changed, err
}

func ensureTable(ctx context.Context, tx *sql.Tx, s limnograph.Schema, text string) (bool, error) {
	var stored string
	err := tx.QueryRowContext(ctx, `SELECT definition FROM tables WHERE name = ?`, s.Table).Scan(&stored)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = tx.ExecContext(ctx, `INSERT INTO tables (name, namespace, definition) VALUES (?, ?, ?)`, s.Table, s.Namespace, text)
		return true, err
	case err != nil:
		return false, err
	case stored == text:
		return false, nil
	}
	old, err := schema.Decode(stored)
	if err == nil {
		err = schema.Evolve(old, s)
	}
	if err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE tables SET namespace = ?, definition = ? WHERE name = ?`, s.Namespace, text, s.Table)
	return true, err
}

// Partitions lists the partitions of a table, sorted by hour, then sender. Errors: CodeNotFound (table).
func (c *Catalog) Partitions(ctx context.Context, table string) ([]limnograph.Partition, error) {
	const op = "list partitions"
	id, err := tableID(ctx, c.db, table)
	if err != nil {
		return nil, failure(op, err)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT sender, hour FROM partitions WHERE table_id = ? ORDER BY hour, sender`, id)
	if err != nil {
		return nil, failure(op, err)
	}
	defer rows.Close()
	var list []limnograph.Partition
	for rows.Next() {
		var p limnograph.Partition
		var hour int64
		if err := rows.Scan(&p.Sender, &hour); err != nil {
			return nil, failure(op, err)
		}
		p.Hour = time.Unix(hour, 0).UTC()
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, failure(op, err)
	}
	return list, nil
}

// AddPartitions registers partitions and reports how many are new; those that exist are left as they are. Errors:
// CodeNotFound (table).
func (c *Catalog) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (added int, err error) {
	const op = "add partitions"
	err = c.write(ctx, op, func(tx *sql.Tx) error {
		added = 0
		id, err := tableID(ctx, tx, table)
		if err != nil {
			return err
		}
		stmt, err := tx.PrepareContext(ctx, `INSERT INTO partitions (table_id, hour, sender) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, p := range parts {
			result, err := stmt.ExecContext(ctx, id, p.Hour.UTC().Truncate(time.Hour).Unix(), p.Sender)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	return added, err
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func tableID(ctx context.Context, q querier, table string) (int64, error) {
	var id int64
	err := q.QueryRowContext(ctx, `SELECT id FROM tables WHERE name = ?`, table).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &limnograph.Error{Code: limnograph.CodeNotFound, Op: "find table", Message: "there is no table " + table}
	}
	return id, err
}

// write runs f in one transaction and commits it durably.
func (c *Catalog) write(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	if c.readOnly {
		return &limnograph.Error{Code: limnograph.CodeForbidden, Op: op, Message: "the catalogue is open for reading only"}
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return failure(op, err)
	}
	if err := f(tx); err != nil {
		return errors.Join(failure(op, err), rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return failure(op, err)
	}
	return nil
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}
