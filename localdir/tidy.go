package localdir

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"limnograph/objectkey"
)

// RemoveEmpty removes the directory of a folder when it is empty, and those above it that become empty, but for the
// first part of a key. A directory comes back when an object needs it. Errors: CodeInvalid (folder).
func (s *Store) RemoveEmpty(ctx context.Context, folder string) error {
	const op = "remove empty folder"
	folder = strings.TrimSuffix(folder, "/")
	if err := ctx.Err(); err != nil {
		return wrapContext(op, err)
	}
	if err := objectkey.Check(op, folder); err != nil {
		return err
	}
	s.dirs.removeEmpty(s.path(folder), s.path(folder[:strings.IndexByte(folder, '/')]))
	return nil
}

// removeEmpty removes directories upwards, as far as they are empty and below top.
func (d *dirs) removeEmpty(path, top string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ; path != top; path = filepath.Dir(path) {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() || d.disk.remove(path) != nil {
			return
		}
		clear(d.durable)
	}
}
