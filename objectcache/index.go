package objectcache

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// index is the file that says which copies there are and what they hold: one line each below a line that names the
// store, the last line of a key counts.
// A line is written before its copy moves into place, so that no copy is without a line; a line that a crash tore is no
// line, and a copy without one is removed at the next start.
type index struct {
	path  string
	file  *os.File
	lines int
}

// slack is how many more lines than copies the index may have before it is written anew.
const slack = 10_000

// lineOf writes what the next process has to know of an entry.
func lineOf(e *entry) string {
	return fmt.Sprintf("%s %d %d %q\n", e.sum, e.size, e.listed, e.key)
}

// parseLine reads a line with its line break.
func parseLine(line string) (*entry, bool) {
	e := &entry{}
	n, err := fmt.Sscanf(line, "%64s %d %d %q\n", &e.sum, &e.size, &e.listed, &e.key)
	if err != nil || n != 4 || lineOf(e) != line {
		return nil, false
	}
	_, err = hex.DecodeString(e.sum)
	return e, err == nil && len(e.sum) == 64 && e.size >= 0 && checkKey(e.key) == nil
}

// headOf is the first line: it names the store.
func headOf(store string) string { return fmt.Sprintf("objects of %q\n", store) }

// readIndex returns the entries in the order of their last lines, which is that of their use. A missing or damaged
// file gives those that are readable, one of another store none.
func readIndex(path, store string) ([]*entry, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !strings.HasPrefix(string(data), headOf(store)) {
		return nil, nil
	}
	last := make(map[string]int)
	var all []*entry
	for line := range strings.Lines(string(data)) {
		e, ok := parseLine(line)
		if !ok {
			continue
		}
		if i, twice := last[e.key]; twice {
			all[i] = nil
		}
		last[e.key] = len(all)
		all = append(all, e)
	}
	kept := all[:0]
	for _, e := range all {
		if e != nil {
			kept = append(kept, e)
		}
	}
	return kept, nil
}

func (x *index) add(e *entry) error {
	_, err := x.file.WriteString(lineOf(e))
	x.lines++
	return err
}

func (x *index) close() error { return x.file.Close() }

// restore finds the copies that an earlier process left and removes everything else.
func (c *Cache) restore() error {
	path := filepath.Join(c.dir, indexName)
	known, err := readIndex(path, c.cfg.Of)
	if err != nil {
		return err
	}
	byPath := make(map[string]*entry, len(known))
	for _, e := range known {
		e.path = c.Path(e.key)
		byPath[e.path] = e
	}
	present, err := c.sweep(byPath)
	if err != nil {
		return err
	}
	for _, e := range known {
		if present[e] {
			c.entries[e.key] = e
			e.place = c.idle.PushBack(e)
			c.used += e.size
		}
	}
	c.index = &index{path: path}
	return c.rewriteIndex()
}

// sweep walks the folder: it says which entries have a file of their size, and removes all other files and the folders
// that are empty.
func (c *Cache) sweep(byPath map[string]*entry) (present map[*entry]bool, err error) {
	present = make(map[*entry]bool)
	var folders []string
	err = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Dir(path) == c.dir && strings.HasPrefix(d.Name(), ".") {
			return err
		}
		if d.IsDir() {
			folders = append(folders, path)
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if e := byPath[path]; e != nil && info.Mode().IsRegular() && info.Size() == e.size {
			present[e] = true
			return nil
		}
		return os.Remove(path) //nolint:gosec // the folder is the cache's own, and removing follows no link
	})
	for i := len(folders) - 1; i > 0; i-- {
		_ = os.Remove(folders[i]) // fails for those that hold something
	}
	return present, err
}

// rewriteIndex writes the lines of what is there, the longest unused first, to a new file.
func (c *Cache) rewriteIndex() error {
	temp := filepath.Join(c.dir, tempName, "index")
	file, err := os.Create(temp)
	if err != nil {
		return err
	}
	fresh := &index{path: c.index.path, file: file}
	w := bufio.NewWriter(file)
	_, _ = w.WriteString(headOf(c.cfg.Of)) // Flush says what failed
	for _, e := range c.byUse() {
		_, _ = w.WriteString(lineOf(e))
		fresh.lines++
	}
	if err := errors.Join(w.Flush(), os.Rename(temp, fresh.path)); err != nil {
		return errors.Join(err, file.Close())
	}
	if c.index.file != nil {
		err = c.index.close()
	}
	c.index = fresh
	return err
}

// byUse lists the entries with a copy: the idle ones in their order, then those that are held.
func (c *Cache) byUse() []*entry {
	var all []*entry
	for at := c.idle.Front(); at != nil; at = at.Next() {
		all = append(all, at.Value.(*entry)) //nolint:forcetypeassert // the list holds nothing else
	}
	for _, e := range c.entries {
		if e.place == nil && e.sum != "" {
			all = append(all, e)
		}
	}
	return all
}

// record adds a line for an entry.
func (c *Cache) record(e *entry) error {
	if c.index.lines > 2*len(c.entries)+slack {
		if err := c.rewriteIndex(); err != nil {
			return err
		}
	}
	return c.index.add(e)
}
