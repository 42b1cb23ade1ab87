package localdir

import (
	"os"
	"path/filepath"
	"sync"
)

// maxDurableDirs bounds the memory of directories; forgetting them costs a few needless syncs.
const maxDurableDirs = 4096

// dirs makes directories durable. It remembers which are, because an existing directory need not be: another call, or
// a process that was killed, may have made it without syncing its parent.
type dirs struct {
	disk disk
	root string

	mu      sync.Mutex
	durable map[string]bool
}

// ensure makes path, which lies below the root, and everything above it exist durably.
func (d *dirs) ensure(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ensureLocked(path)
}

func (d *dirs) ensureLocked(path string) error {
	if path == d.root || d.durable[path] {
		return nil
	}
	parent := filepath.Dir(path)
	if err := d.ensureLocked(parent); err != nil {
		return err
	}
	if err := d.disk.mkdir(path, 0o755); err != nil && !os.IsExist(err) {
		return err
	}
	if err := d.disk.syncDir(parent); err != nil {
		return err
	}
	if len(d.durable) >= maxDurableDirs {
		clear(d.durable)
	}
	d.durable[path] = true
	return nil
}

// forget makes the next ensure look at the disk again, after somebody removed a directory.
func (d *dirs) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.durable)
}

// withDir runs do, which makes a name in path, once path is there; and once more if path, or what is above it, was removed
// in between.
func (d *dirs) withDir(path string, do func() error) error {
	attempt := func() error {
		if err := d.ensure(path); err != nil {
			return err
		}
		return do()
	}
	err := attempt()
	if !os.IsNotExist(err) {
		return err
	}
	d.forget()
	return attempt()
}

// makeRoot makes the root and syncs the parent of every directory it had to make. The parent of one that is there is
// synced where that is allowed, since whoever made it may have been killed before doing so.
func makeRoot(disk disk, path string) error {
	if _, err := os.Stat(path); err == nil {
		_ = disk.syncDir(filepath.Dir(path))
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeRoot(disk, parent); err != nil {
			return err
		}
	}
	if err := disk.mkdir(path, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	return disk.syncDir(parent)
}
