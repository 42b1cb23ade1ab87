package localdir

import (
	"context"
	"io/fs"
	"iter"
	"os"
	"sort"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// List implements limnograph.ObjectReader. It holds the entries of one directory per level at a time.
func (s *Store) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		w := walk{ctx: ctx, store: s, prefix: prefix, after: after, yield: yield}
		if objectkey.CanBegin(prefix) {
			w.dir(prefix[:strings.LastIndexByte(prefix, '/')+1])
		}
	}
}

// walk is one listing.
type walk struct {
	ctx           context.Context
	store         *Store
	prefix, after string
	yield         func(limnograph.ObjectInfo, error) bool
}

// dir yields the objects below a directory, named by its key with a slash at the end ("" is the root). It reports
// whether to go on.
func (w *walk) dir(key string) bool {
	if err := w.ctx.Err(); err != nil {
		return w.fail(wrapContext("list objects", err))
	}
	entries, err := os.ReadDir(w.store.path(key))
	if err != nil && codeOf(err) == limnograph.CodeNotFound {
		return true
	}
	if err != nil {
		return w.fail(wrap("list objects", key, err))
	}
	sortByKey(entries)
	for _, e := range entries {
		if !w.entry(key, e) {
			return false
		}
	}
	return true
}

func (w *walk) entry(dir string, e fs.DirEntry) bool {
	key := dir + e.Name()
	switch {
	case e.IsDir():
		return !w.mayHold(key+"/") || w.dir(key+"/")
	case !e.Type().IsRegular(), dir == "", !strings.HasPrefix(key, w.prefix), key <= w.after, objectkey.Check("list objects", key) != nil:
		return true
	}
	info, err := e.Info()
	if err != nil && codeOf(err) == limnograph.CodeNotFound {
		return true // deleted meanwhile
	}
	if err != nil {
		return w.fail(wrap("list objects", key, err))
	}
	return w.yield(describe(key, info), nil)
}

// mayHold tells whether a directory can hold keys of this listing.
func (w *walk) mayHold(dir string) bool {
	if dir == objectkey.SegmentsName+"/" || dir == objectkey.StagingName+"/" {
		return false
	}
	if !strings.HasPrefix(dir, w.prefix) && !strings.HasPrefix(w.prefix, dir) {
		return false
	}
	return dir > w.after || strings.HasPrefix(w.after, dir)
}

func (w *walk) fail(err error) bool {
	w.yield(limnograph.ObjectInfo{}, err)
	return false
}

// sortByKey puts entries in the order of the keys below them: "a-b" comes before "a/x", though "a" sorts before "a-b".
func sortByKey(entries []fs.DirEntry) {
	name := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	sort.Slice(entries, func(i, j int) bool { return name(entries[i]) < name(entries[j]) })
}
