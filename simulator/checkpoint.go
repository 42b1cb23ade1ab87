package simulator

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Checkpoint keeps one small text between two processes: what was acknowledged. Save is called after every request.
type Checkpoint interface {
	// Load returns what was saved last; nil when nothing was.
	Load() ([]byte, error)
	// Save replaces it, whole or not at all.
	Save(state []byte) error
}

type fileCheckpoint struct{ path string }

var _ Checkpoint = fileCheckpoint{}

// NewFileCheckpoint keeps the checkpoint in a file, which is replaced atomically. It survives the end of the process
// at any moment; after a power failure it may be older or empty, and what it lacks is sent again.
func NewFileCheckpoint(path string) Checkpoint { return fileCheckpoint{path} }

func (c fileCheckpoint) Load() ([]byte, error) {
	b, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return nil, nil
	}
	return b, err
}

func (c fileCheckpoint) Save(state []byte) error {
	return replaceFile(c.path, func(w io.Writer) error {
		_, err := w.Write(state)
		return err
	})
}

// replaceFile writes beside path and renames: a reader sees the old content or the new one.
func replaceFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	f, err := os.Create(temp)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return os.Rename(temp, path)
}
