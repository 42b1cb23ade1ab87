package sqlite

import (
	"path/filepath"
	"testing"
)

// TestCommitIsDurable: the settings that make a commit survive a power cut are in force on every connection.
func TestCommitIsDurable(t *testing.T) {
	c, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		conn, err := c.db.Conn(t.Context()) // held, so that each turn gets another one
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s, %v; want %s", name, got, err, want)
			}
		}
	}
}
