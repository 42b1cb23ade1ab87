package localdir

import (
	"io"
	"os"
)

// disk is every operation that changes the file system or makes it durable. The tests put one in its place that
// forgets, at a power cut, whatever was not synced.
type disk interface {
	mkdir(path string, perm os.FileMode) error
	create(path string) (handle, error) // for appending; the path must be free
	createTemp(dir, pattern string) (handle, error)
	openAppend(path string) (handle, error)
	link(from, to string) error
	rename(from, to string) error
	remove(path string) error
	syncDir(path string) error // makes the names in a directory durable
}

// handle is an open file that can be written.
type handle interface {
	io.WriteCloser
	Name() string
	Stat() (os.FileInfo, error)
	Chmod(mode os.FileMode) error
	Truncate(size int64) error
	Sync() error
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) mkdir(path string, perm os.FileMode) error { return os.Mkdir(path, perm) }

func (osDisk) create(path string) (handle, error) {
	return orNil(os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644))
}

func (osDisk) createTemp(dir, pattern string) (handle, error) {
	return orNil(os.CreateTemp(dir, pattern))
}

func (osDisk) openAppend(path string) (handle, error) {
	return orNil(os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0))
}

// orNil keeps a nil file from becoming a handle that is not nil.
func orNil(f *os.File, err error) (handle, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osDisk) link(from, to string) error   { return os.Link(from, to) }
func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(path string) error     { return os.Remove(path) }

func (osDisk) syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
