package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

//go:embed shim.sql
var shimSQL string

// openDatabase starts an empty database in memory that can read below the roots and write below the scratch folder, and
// locks that down.
func openDatabase(ctx context.Context, cfg Config, s *scratch) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // each query has a session of its own; the connector keeps the database
	if err := configure(ctx, db, cfg, s); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func configure(ctx context.Context, db *sql.DB, cfg Config, s *scratch) error {
	allowed := []string{literal(s.dir)}
	for _, root := range cfg.roots() {
		allowed = append(allowed, literal(root))
	}
	settings := []string{
		"TimeZone = 'UTC'",
		"integer_division = true",
		"autoinstall_known_extensions = false",
		"autoload_known_extensions = false",
		"allow_community_extensions = false",
		"allow_persistent_secrets = false",
		fmt.Sprintf("memory_limit = '%dB'", cfg.MemoryLimit),
		fmt.Sprintf("max_temp_directory_size = '%dB'", spillFactor*cfg.MemoryLimit),
		"temp_directory = " + literal(filepath.Join(s.dir, "spill")),
		"allowed_directories = [" + strings.Join(allowed, ", ") + "]",
	}
	if cfg.Threads > 0 {
		settings = append(settings, fmt.Sprintf("threads = %d", cfg.Threads))
	}
	settings = append(settings, "enable_external_access = false")
	var script strings.Builder
	for _, one := range settings {
		script.WriteString("SET GLOBAL " + one + ";\n")
	}
	script.WriteString(shimSQL)
	script.WriteString("SET GLOBAL lock_configuration = true;")
	_, err := db.ExecContext(ctx, script.String())
	return err
}
