package iceberg

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"limnograph"
)

// The names under which other Iceberg implementations find the tables.
const (
	catalogName = "limno"
	namespace   = "limnograph"
)

// pointers is the catalog: which metadata file is the newest of each table. It holds the two tables of Iceberg's SQL
// (JDBC) catalog. A pointer is moved by hand and not through iceberg-go, for two reasons: the new metadata must be durable
// before the pointer names it, and a conflict must be told apart from any other failure.
type pointers struct {
	disk disk

	mu   sync.Mutex
	db   *sql.DB     // nil: the catalog was taken away, and could not be made anew yet
	file fs.FileInfo // that db works on
}

const catalogKey = "lake/catalog.db"

// openPointers opens the catalog, and makes it when there is none.
func openPointers(ctx context.Context, d disk) (*pointers, error) {
	p := &pointers{disk: d}
	return p, p.open(ctx)
}

func (p *pointers) open(ctx context.Context) error {
	if err := p.disk.makeDir("lake"); err != nil {
		return err
	}
	path := filepath.Join(p.disk.root, catalogKey)
	db, err := openCatalog(ctx, path)
	if err != nil {
		return err
	}
	file, err := os.Stat(path)
	if err == nil {
		err = p.disk.syncDir("lake")
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	p.db, p.file = db, file
	return nil
}

// use calls f with the catalog. One whose file was deleted or replaced while it was open is opened anew: what would be
// written to the old file, nobody would find.
func (p *pointers) use(ctx context.Context, f func(db *sql.DB) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	file, err := os.Stat(filepath.Join(p.disk.root, catalogKey))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if p.db != nil && (err != nil || !os.SameFile(file, p.file)) {
		_ = p.db.Close() // SQLite sees that its file is gone, and leaves what stands in its place alone
		p.db = nil
	}
	if p.db == nil {
		if err := p.open(ctx); err != nil {
			return badCatalog("open the catalog again", filepath.Join(p.disk.root, "lake"), err)
		}
	}
	return f(p.db)
}

func (p *pointers) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db == nil {
		return nil
	}
	return p.db.Close()
}

// openCatalog opens the database, and makes it when there is none. Every commit is synced.
func openCatalog(ctx context.Context, path string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	u.RawQuery = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{
		`CREATE TABLE IF NOT EXISTS iceberg_tables (
			catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
			metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5),
			PRIMARY KEY (catalog_name, table_namespace, table_name))`,
		`CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
			catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL,
			property_value VARCHAR(1000),
			PRIMARY KEY (catalog_name, namespace, property_key))`,
		`INSERT INTO iceberg_namespace_properties VALUES ('` + catalogName + `', '` + namespace + `', 'exists', 'true')
			ON CONFLICT DO NOTHING`,
		`PRAGMA wal_checkpoint(TRUNCATE)`, // what a killed process wrote last is not synced yet: nobody may see it and then lose it
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// get returns the location of the newest metadata of a table. Errors: CodeNotFound.
func (p *pointers) get(ctx context.Context, table string) (string, error) {
	var location sql.NullString
	err := p.use(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, `SELECT metadata_location FROM iceberg_tables
			WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?`, catalogName, namespace, table).Scan(&location)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", &limnograph.Error{Code: limnograph.CodeNotFound, Message: "there is no curated table " + table}
	}
	return location.String, err
}

// create sets the pointer of a new table, and reports false when the table is there already.
func (p *pointers) create(ctx context.Context, table, location string) (bool, error) {
	return p.changed(ctx, `INSERT INTO iceberg_tables
		(catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location, iceberg_type)
		VALUES (?, ?, ?, ?, NULL, 'TABLE') ON CONFLICT DO NOTHING`, catalogName, namespace, table, location)
}

// move moves a pointer, and reports false when it does not point at from.
func (p *pointers) move(ctx context.Context, table, from, to string) (bool, error) {
	return p.changed(ctx, `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
		WHERE catalog_name = ? AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
		to, from, catalogName, namespace, table, from)
}

func (p *pointers) changed(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = p.use(ctx, func(db *sql.DB) error {
		result, err := db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		changed = n == 1
		return err
	})
	return changed, err
}
