package main

import (
	"errors"
	"io/fs"
	"os"
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
}

// openAudit opens or creates the file.
func openAudit(path string, keep int64) (*auditFile, error) {
	a := &auditFile{path: path, keep: keep}
	return a, a.open()
}

func (a *auditFile) open() (err error) {
	if a.file, err = os.OpenFile(a.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	info, err := a.file.Stat()
	if err == nil {
		a.size = info.Size()
	}
	return err
}

// Write appends one line; slog calls it once a record.
func (a *auditFile) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.size+int64(len(line)) > a.keep {
		if err := a.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := a.file.Write(line)
	a.size += int64(n)
	return n, err
}

func (a *auditFile) rotate() error {
	if err := a.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(a.path, a.path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return a.open()
}

// Close releases the file.
func (a *auditFile) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.Close()
}
