package sqlite

import (
	"context"
	"database/sql"

	"limnograph"
)

// Record remembers objects of a table; a known key is left as it is, unless its lines and bounds were unknown and come
// now. Errors: CodeNotFound (table).
func (c *Catalog) Record(ctx context.Context, table string, objects []limnograph.File) error {
	return c.write(ctx, "record objects", func(tx *sql.Tx) error {
		id, err := tableID(ctx, tx, table)
		if err != nil {
			return err
		}
		stmt, err := tx.PrepareContext(ctx, `INSERT INTO objects (table_id, key, size, lines, min_time, max_time)
			VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET size = excluded.size, lines = excluded.lines, min_time = excluded.min_time, max_time = excluded.max_time
			WHERE objects.lines = 0 AND excluded.lines > 0`)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, f := range objects {
			if _, err := stmt.ExecContext(ctx, id, f.Key, f.Size, f.Lines, f.MinTime, f.MaxTime); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget drops objects that the store no longer holds; an unknown key is no error. Errors: CodeNotFound (table).
func (c *Catalog) Forget(ctx context.Context, table string, keys []string) error {
	return c.write(ctx, "forget objects", func(tx *sql.Tx) error {
		id, err := tableID(ctx, tx, table)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `DELETE FROM objects WHERE table_id = ? AND key = ?`, id, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// Objects lists all objects of a table in key order. Errors: CodeNotFound (table).
func (c *Catalog) Objects(ctx context.Context, table string) ([]limnograph.File, error) {
	const op = "list objects"
	id, err := tableID(ctx, c.db, table)
	if err != nil {
		return nil, failure(op, err)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT key, size, lines, min_time, max_time FROM objects WHERE table_id = ? ORDER BY key`, id)
	if err != nil {
		return nil, failure(op, err)
	}
	defer rows.Close()
	var list []limnograph.File
	for rows.Next() {
		var f limnograph.File
		if err := rows.Scan(&f.Key, &f.Size, &f.Lines, &f.MinTime, &f.MaxTime); err != nil {
			return nil, failure(op, err)
		}
		list = append(list, f)
	}
	if err := rows.Err(); err != nil {
		return nil, failure(op, err)
	}
	return list, nil
}
