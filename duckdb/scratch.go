package duckdb

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const scratchPrefix = "duckdb-"

// scratch is the engine's own folder for spilled data, exports and empty objects. A lock in it tells the folder of
// a living process from one that a killed process left.
type scratch struct {
	dir        string
	empty      string // stands for the files of a table that has none: DuckDB refuses an empty list
	emptyTable string // the same for a curated table; whoever opens DuckDB writes it
	lock       *os.File
}

func newScratch(parent string) (*scratch, error) {
	if err := removeAbandoned(parent); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, scratchPrefix)
	if err != nil {
		return nil, err
	}
	s := &scratch{dir: dir, emptyTable: filepath.Join(dir, "empty.parquet")}
	if s.lock, err = lockDir(dir); err == nil {
		s.empty, err = s.emptyIn("sender=/year=0000/month=00/day=00/hour=00")
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *scratch) remove() error {
	err := os.RemoveAll(s.dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// removeAbandoned removes the folders whose lock nobody holds.
func removeAbandoned(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		lock, err := lockDir(dir)
		if err != nil {
			continue // it is in use, or no folder of ours
		}
		if err := errors.Join(os.RemoveAll(dir), lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// emptyIn returns an object without lines in a partition's folder. It stays for the next time.
func (s *scratch) emptyIn(folder string) (path string, err error) {
	path = filepath.Join(s.dir, "partitions", filepath.FromSlash(folder), "empty.gz")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	temp, err := os.CreateTemp(s.dir, "empty-*")
	if err != nil {
		return "", err
	}
	err = errors.Join(gzip.NewWriter(temp).Close(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path) // whole at once: another query may be here too
	}
	return path, err
}
