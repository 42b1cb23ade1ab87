package cataloging

import (
	"path"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// packs are the packed objects of each folder. What they were made of may still lie beside them, and is not published:
// each line is in one published object.
type packs map[string][]objectkey.Landing

// packedAt reads a key, and reports whether it is that of a packed object.
func packedAt(key string) (l objectkey.Landing, ok bool) {
	if !strings.Contains(path.Base(key), "+") {
		return l, false // most names are told by this alone
	}
	l, err := objectkey.ParseLanding(key)
	return l, err == nil && l.Packed()
}

// add remembers an object if it is packed.
func (p packs) add(key string) {
	if l, ok := packedAt(key); ok {
		folder := path.Dir(key) + "/"
		p[folder] = append(p[folder], l)
	}
}

// drop forgets an object.
func (p packs) drop(key string) {
	l, ok := packedAt(key)
	if !ok {
		return
	}
	folder := path.Dir(key) + "/"
	p[folder] = slices.DeleteFunc(p[folder], func(other objectkey.Landing) bool { return other == l })
	if len(p[folder]) == 0 {
		delete(p, folder)
	}
}

// replaced reports whether a packed object holds what the object of a key does.
func (p packs) replaced(key string) bool {
	packed := p[path.Dir(key)+"/"]
	if len(packed) == 0 {
		return false
	}
	l, err := objectkey.ParseLanding(key)
	return err == nil && slices.ContainsFunc(packed, func(one objectkey.Landing) bool { return one.Replaces(l) })
}

// withoutReplaced leaves out the files that are packed in others of the same list, and names them.
func withoutReplaced(files []limnograph.File) (left []limnograph.File, replaced []string) {
	packed := make(packs)
	for _, f := range files {
		packed.add(f.Key)
	}
	if len(packed) == 0 {
		return files, nil
	}
	for _, f := range files {
		if packed.replaced(f.Key) {
			replaced = append(replaced, f.Key)
		} else {
			left = append(left, f)
		}
	}
	return left, replaced
}

// leaveOut takes out of an addition what is withdrawn, and what is packed, here or in the addition itself.
func (t *table) leaveOut(a *addition) {
	coming := make(packs)
	for key := range a.files {
		coming.add(key)
	}
	for key := range a.files {
		if t.withdrawn[key] || t.packed.replaced(key) || coming.replaced(key) {
			delete(a.files, key)
		}
	}
}

// replacedBy lists the known objects whose content is in files.
func (t *table) replacedBy(files []limnograph.File) (keys []string) {
	coming := make(packs)
	for _, f := range files {
		coming.add(f.Key)
	}
	for folder := range coming {
		for name := range t.dirs[folder] {
			if coming.replaced(folder + name) {
				keys = append(keys, folder+name)
			}
		}
	}
	slices.Sort(keys)
	return keys
}
