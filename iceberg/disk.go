package iceberg

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	iceio "github.com/apache/iceberg-go/io"
)

const scheme = "file://"

// disk is the data directory. It turns keys into locations, as Iceberg metadata holds them, and makes what it writes
// durable. A location is read byte for byte: nothing in it is escaped.
type disk struct {
	root   string            // absolute, without a slash at its end
	moved  string            // where the directory was when its metadata was written; "": here
	synced func(path string) // told what became durable; nil: nobody
}

// sync makes a file or the names in a directory durable.
func (d disk) sync(f *os.File) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if d.synced != nil {
		d.synced(f.Name())
	}
	return nil
}

func (d disk) location(key string) string { return scheme + d.root + "/" + key }

// key returns the key of a location; a location outside the data directory is returned as it is.
func (d disk) key(location string) string {
	if key, inside := strings.CutPrefix(d.path(location), d.root+"/"); inside {
		return key
	}
	return location
}

// path returns where a location is now.
func (d disk) path(location string) string {
	p := pathOf(location)
	if d.moved != "" {
		if key, inside := strings.CutPrefix(p, d.moved+"/"); inside {
			return d.root + "/" + key
		}
	}
	return p
}

func pathOf(location string) string {
	if p, ok := strings.CutPrefix(location, scheme); ok {
		return p
	}
	return strings.TrimPrefix(location, "file:")
}

// Open implements iceio.IO.
func (d disk) Open(location string) (iceio.File, error) {
	f, err := os.Open(d.path(location))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Remove implements iceio.IO.
func (d disk) Remove(location string) error { return os.Remove(d.path(location)) }

func (d disk) read(location string) ([]byte, error) { return os.ReadFile(d.path(location)) }

// write makes a new file whose content is durable; its name is, once its directory was synced.
func (d disk) write(location string, content []byte) error {
	f, err := os.OpenFile(d.path(location), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = d.sync(f)
	}
	return errors.Join(err, f.Close())
}

// syncDir makes the names in a directory durable.
func (d disk) syncDir(dir string) error {
	f, err := os.Open(filepath.Join(d.root, dir))
	if err != nil {
		return err
	}
	return errors.Join(d.sync(f), f.Close())
}

// makeDir makes a directory below the root, and all above it, exist durably.
func (d disk) makeDir(dir string) error {
	if dir == "." || dir == "" {
		return nil
	}
	if err := d.makeDir(path.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(d.root, dir), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncDir(path.Dir(dir))
}
