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
		a, err := openAudit(path, 100, func(err error) { t.Error(err) })
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

// When the file can't be put aside, the line is written all the same and somebody hears of it.
func TestAuditGoesOnWhenItCannotRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.ndjson")
	var heard error
	a, err := openAudit(path, 10, func(err error) { heard = err })
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path+".1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Write([]byte("a whole line\n")); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "a whole line\n") != 2 || heard == nil {
		t.Errorf("%q, %v; heard %v", text, err, heard)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}
