package cataloging

import (
	"maps"
	"path"
	"slices"

	"limnograph"
)

// table is what is known of one published table.
type table struct {
	schema limnograph.Schema
	files  []limnograph.File // in the order of arrival here; appended to, never changed in place
	dirs   map[string]dir    // by folder: one arrival hour of one sender
}

// dir holds the names of the catalogued objects of one partition.
type dir map[string]struct{}

func newTable(s limnograph.Schema) *table {
	return &table{schema: s, dirs: make(map[string]dir)}
}

func (t *table) has(key string) bool {
	folder, name := path.Split(key)
	_, ok := t.dirs[folder][name]
	return ok
}

// add remembers a file; the caller has checked that it is new.
func (t *table) add(f limnograph.File) {
	folder, name := path.Split(f.Key)
	d := t.dirs[folder]
	if d == nil {
		d = make(dir)
		t.dirs[folder] = d
	}
	d[name] = struct{}{}
	t.files = append(t.files, f)
}

// drop forgets files. Earlier file sets share the old slice, so a new one is made.
func (t *table) drop(keys []string) {
	gone := make(map[string]bool, len(keys))
	for _, key := range keys {
		gone[key] = true
		folder, name := path.Split(key)
		delete(t.dirs[folder], name)
		if len(t.dirs[folder]) == 0 {
			delete(t.dirs, folder)
		}
	}
	left := make([]limnograph.File, 0, len(t.files))
	for _, f := range t.files {
		if !gone[f.Key] {
			left = append(left, f)
		}
	}
	t.files = left
}

func sortedNames(tables map[string]*table) []string {
	return slices.Sorted(maps.Keys(tables))
}
