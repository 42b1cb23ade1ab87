package cataloging

import (
	"maps"
	"path"
	"slices"

	"limnograph"
)

// table is what is known of one published table.
type table struct {
	schema    limnograph.Schema
	files     []limnograph.File // in the order of arrival here; appended to or replaced, never changed in place
	dirs      map[string]dir    // by folder: one arrival hour of one sender
	unbounded map[string]bool   // keys of files whose lines and time bounds are unknown
	packed    packs             // the packed ones among the files
	withdrawn map[string]bool   // keys of objects that are no longer published, while the store still has them
}

// dir holds the names of the catalogued objects of one partition.
type dir map[string]struct{}

func newTable(s limnograph.Schema) *table {
	return &table{schema: s, dirs: make(map[string]dir), unbounded: make(map[string]bool), packed: make(packs), withdrawn: make(map[string]bool)}
}

// wants reports whether the file is new, or brings the bounds of one that is known without.
func (t *table) wants(f limnograph.File) bool {
	return !t.has(f.Key) || f.Lines > 0 && t.unbounded[f.Key]
}

// add remembers files that the table wants.
func (t *table) add(files []limnograph.File) {
	better := make(map[string]limnograph.File)
	for _, f := range files {
		folder, name := path.Split(f.Key)
		d := t.dirs[folder]
		if d == nil {
			d = make(dir)
			t.dirs[folder] = d
		}
		if _, known := d[name]; known {
			better[f.Key] = f
			continue
		}
		d[name] = struct{}{}
		t.packed.add(f.Key)
		t.files = append(t.files, f)
		if f.Lines == 0 {
			t.unbounded[f.Key] = true
		}
	}
	t.replace(better)
}

// replace puts files with bounds in the place of those without. Earlier file sets share the old slice, so a new one
// is made.
func (t *table) replace(better map[string]limnograph.File) {
	if len(better) == 0 {
		return
	}
	t.files = slices.Clone(t.files)
	for i, f := range t.files {
		if b, ok := better[f.Key]; ok {
			t.files[i] = b
			delete(t.unbounded, f.Key)
		}
	}
}

// drop forgets files. Earlier file sets share the old slice, so a new one is made.
func (t *table) drop(keys []string) {
	gone := make(map[string]bool, len(keys))
	for _, key := range keys {
		gone[key] = true
		delete(t.unbounded, key)
		t.packed.drop(key)
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

// lacksBounds reports whether a file is known, and its lines and time bounds are not.
func (w *Worker) lacksBounds(key string) bool {
	t := w.tables[tableOf(key)]
	return t != nil && t.unbounded[key]
}

func sortedNames(tables map[string]*table) []string {
	return slices.Sorted(maps.Keys(tables))
}
