package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// auditKeep is the size at which the audit file is put aside; one earlier file is kept.
const auditKeep = 64 << 20

// auditFile is the append-only file of audit lines, private to its owner and bounded in size.
type auditFile struct {
	mu   sync.Mutex
	path string
	file *os.File
	size int64
	keep int64

	trouble func(error) // hears of a file that can't be put aside
}

// openAudit opens or creates the file.
func openAudit(path string, keep int64, trouble func(error)) (*auditFile, error) {
	a := &auditFile{path: path, keep: keep, trouble: trouble}
	if err := a.open(); err != nil {
		return nil, err
	}
	return a, nil
}

func auditPath(data string) string { return filepath.Join(data, "audit.ndjson") }

func (a *auditFile) open() error {
	file, err := os.OpenFile(a.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	a.file, a.size = file, info.Size()
	return nil
}

// Write appends one line; slog calls it once a record. A file that can't be put aside now grows on, so that no line
// is lost.
func (a *auditFile) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var rotation error
	if a.size+int64(len(line)) > a.keep {
		rotation = a.rotate()
	}
	n, err := a.file.Write(line)
	a.size += int64(n)
	if err == nil && rotation != nil {
		a.trouble(rotation)
	}
	return n, err
}

// rotate puts the file aside and goes on in a new one; on an error the old one stays in use.
func (a *auditFile) rotate() error {
	old := a.file
	if err := os.Rename(a.path, a.path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := a.open(); err != nil {
		return err
	}
	return old.Close()
}

// Close releases the file.
func (a *auditFile) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.Close()
}
