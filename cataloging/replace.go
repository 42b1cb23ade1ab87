package cataloging

import (
	"context"
	"fmt"
	"path"

	"limnograph"
)

// replacement is a wish of Replace, handed to the goroutine in Run.
type replacement struct {
	table string
	old   []string
	files []limnograph.File
	done  chan error // has room for the answer
}

// Replace publishes files in the place of old objects, in one step: every file set has the old ones or the new ones.
// When it returns nil the newest file set has the new ones, and no later one of this worker has an old one again, even
// while the store still holds it. Without files it withdraws the old ones. It waits for Run, which must be running.
//
// After an error nothing, or all, may have been published: repeat it. Errors: CodeNotFound (table), CodeInvalid (files
// that can't be catalogued), CodeTimeout (ctx ended), those of catalogue and ledger.
func (w *Worker) Replace(ctx context.Context, table string, old []string, files []limnograph.File) error {
	r := replacement{table: table, old: old, files: files, done: make(chan error, 1)}
	select {
	case w.replacements <- r:
	case <-ctx.Done():
		return replaceTimeout(ctx, table)
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return replaceTimeout(ctx, table)
	}
}

func replaceTimeout(ctx context.Context, table string) error {
	return &limnograph.Error{Code: limnograph.CodeTimeout, Op: "replace objects", Message: "table " + table, Err: ctx.Err()}
}

// replace does what Replace says. What is packed in the new files leaves with their addition.
func (w *Worker) replace(ctx context.Context, r replacement) error {
	changed, err := w.add(ctx, r.files)
	if err == nil {
		err = w.missingOf(r.table, r.files)
	}
	if err == nil {
		var withdrawn bool
		withdrawn, err = w.withdraw(ctx, r.table, r.old)
		changed = changed || withdrawn
	}
	w.publishIf(changed)
	return err
}

// missingOf says which file is not catalogued after it was added.
func (w *Worker) missingOf(name string, files []limnograph.File) error {
	t := w.tables[name]
	for _, f := range files {
		if t == nil || !t.has(f.Key) {
			return &limnograph.Error{
				Code: limnograph.CodeInvalid, Op: "replace objects", Message: fmt.Sprintf("%s is not catalogued in table %s", f.Key, name),
				Hint: "the objects that it was made of stay published",
			}
		}
	}
	return nil
}

// withdraw drops objects, and keeps them out while the store still has them.
func (w *Worker) withdraw(ctx context.Context, name string, keys []string) (changed bool, err error) {
	if len(keys) == 0 {
		return false, nil
	}
	t := w.tables[name]
	if t == nil {
		return false, &limnograph.Error{Code: limnograph.CodeNotFound, Op: "withdraw objects", Message: "table " + name}
	}
	if err := w.ledger.Forget(ctx, name, keys); err != nil {
		return false, err
	}
	for _, key := range keys {
		changed = changed || t.has(key)
		t.withdrawn[key] = true
		delete(w.waiting, key)
	}
	if changed {
		t.drop(keys)
	}
	return changed, nil
}

// has reports whether an object is known.
func (t *table) has(key string) bool {
	folder, name := path.Split(key)
	_, known := t.dirs[folder][name]
	return known
}

// isWithdrawn reports whether an object is kept out.
func (w *Worker) isWithdrawn(key string) bool {
	t := w.tables[tableOf(key)]
	return t != nil && t.withdrawn[key]
}

// forgetWithdrawn forgets the withdrawn objects that a listing of everything has not found: they are deleted.
func (w *Worker) forgetWithdrawn(found map[string]bool) {
	for _, t := range w.tables {
		for key := range t.withdrawn {
			if !found[key] {
				delete(t.withdrawn, key)
			}
		}
	}
}
