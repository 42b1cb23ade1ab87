package cataloging

import (
	"context"
	"maps"
	"slices"
	"strings"

	"limnograph"
)

// maxVanished bounds how many vanished objects of a table are remembered; all are counted.
const maxVanished = 10_000

// maxNamed is how many of them the log names at a time.
const maxNamed = 5

// Vanished lists the catalogued objects of a table that this worker has found gone, in key order: nobody withdrew them. A
// worker that follows the catalogue of somebody else lists none, for others delete there. Objects that came back since
// are listed too.
func (w *Worker) Vanished(table string) []limnograph.File {
	w.mu.Lock()
	defer w.mu.Unlock()
	files := slices.Collect(maps.Values(w.vanished[table]))
	slices.SortFunc(files, func(a, b limnograph.File) int { return strings.Compare(a.Key, b.Key) })
	return files
}

// VanishedTotal counts the objects that Vanished is about, each time that one was found gone.
func (w *Worker) VanishedTotal() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.vanishedTotal
}

// forgetGone forgets objects of a table that the store has no longer, and complains: what is deleted on purpose is
// withdrawn before.
func (w *Worker) forgetGone(ctx context.Context, name string, keys []string) error {
	if err := w.ledger.Forget(ctx, name, keys); err != nil {
		return err
	}
	t := w.tables[name]
	if !w.cfg.Follow {
		w.noteVanished(name, t.filesOf(keys))
		slices.Sort(keys)
		w.cfg.Logger.Error("landed objects are gone: something else has deleted them; put them back from a copy",
			"table", name, "objects", len(keys), "first", strings.Join(keys[:min(len(keys), maxNamed)], " "))
	}
	t.drop(keys)
	return nil
}

func (w *Worker) noteVanished(name string, files []limnograph.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.vanishedTotal += int64(len(files))
	all := w.vanished[name]
	if all == nil {
		all = make(map[string]limnograph.File)
		w.vanished[name] = all
	}
	for _, f := range files {
		if len(all) < maxVanished {
			all[f.Key] = f
		}
	}
}

// filesOf returns those of the known files that have one of the keys.
func (t *table) filesOf(keys []string) (files []limnograph.File) {
	wanted := make(map[string]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	for _, f := range t.files {
		if wanted[f.Key] {
			files = append(files, f)
		}
	}
	return files
}
