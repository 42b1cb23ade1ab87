package cataloging

import (
	"context"
	"maps"
	"path"
	"slices"

	"limnograph"
)

// maxWaiting bounds the files that wait for their partition; the comparison with the whole store finds the others.
const maxWaiting = 1 << 16

// postpone takes the files whose partition, or whose whole table, is not registered yet out of an addition, to be tried
// again.
func (w *Worker) postpone(a *addition, missing []limnograph.Partition) {
	for key, f := range a.files {
		folder := path.Dir(key) + "/"
		if missing != nil && !slices.Contains(missing, a.parts[folder]) {
			continue
		}
		delete(a.files, key)
		if len(w.waiting) < maxWaiting {
			w.waiting[key] = f
		}
	}
}

// retryWaiting tries again what was not registered when it was seen.
func (w *Worker) retryWaiting(ctx context.Context) error {
	files := slices.Collect(maps.Values(w.waiting))
	clear(w.waiting)
	changed, err := w.add(ctx, files)
	w.publishIf(changed)
	if err != nil {
		for _, f := range files {
			w.waiting[f.Key] = f
		}
	}
	return err
}
