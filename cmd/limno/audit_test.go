package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuditFileIsPrivateAndBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.ndjson")
	for range 2 { // a second start appends
		a, err := openAudit(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := a.Write([]byte(strings.Repeat("x", 29) + "\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int64{path: 90, path + ".1": 90} {
		info, err := os.Stat(name)
		if err != nil || info.Size() != want || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want %d bytes, private", name, info, err, want)
		}
	}
}
