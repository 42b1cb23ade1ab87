package objectcache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// makeRoom removes copies that nobody holds, the longest unused first, until the rest fits.
func (c *Cache) makeRoom() error {
	for c.used > c.cfg.MaxBytes && c.idle.Len() > 0 {
		e := c.idle.Front().Value.(*entry) //nolint:forcetypeassert // the list holds nothing else
		if err := c.remove(e); err != nil {
			return failed("make room in the cache", e.key, err)
		}
		c.stats.Evictions++
	}
	return nil
}

// remove forgets an idle entry and its copy, and the folders that are empty without it.
func (c *Cache) remove(e *entry) error {
	path := e.path
	if err := removeFile(path); err != nil {
		return err
	}
	c.idle.Remove(e.place)
	delete(c.entries, e.key)
	c.used -= e.size
	c.removeEmpty(filepath.Dir(path))
	return nil
}

// removeEmpty removes a folder and those above it until one holds something.
func (c *Cache) removeEmpty(dir string) {
	for dir != c.dir && os.Remove(dir) == nil {
		dir = filepath.Dir(dir)
	}
}

// removeFile removes a file that may be gone already.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
