package cataloging

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"limnograph"
)

// pageSize is how many objects a store lists in one call, for counting calls.
const pageSize = 1000

// walk looks into a store without listing what it does not want. It is used by one goroutine.
type walk struct {
	objects limnograph.ObjectReader
	limit   int // calls that it may make; 0: any number
	calls   int // calls that it has made
}

// call counts one call to the store.
func (w *walk) call() error {
	if w.limit > 0 && w.calls >= w.limit {
		return &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: "list landing", Message: fmt.Sprintf("%d list calls were not enough", w.limit),
			Hint: "what was found is catalogued; allow more calls, or look back over fewer hours",
		}
	}
	w.calls++
	return nil
}

// list yields the objects below folder whose key sorts after the given one. It counts one call a page.
func (w *walk) list(ctx context.Context, folder, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		if err := w.call(); err != nil {
			yield(limnograph.ObjectInfo{}, err)
			return
		}
		seen := 0
		for info, err := range w.objects.List(ctx, folder, after) {
			if err != nil {
				err = fmt.Errorf("list landing: %w", err)
			} else if seen++; seen%pageSize == 1 && seen > 1 {
				err = w.call()
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// children yields the folders directly below a folder, with a slash at their end, by skipping from one to the next.
func (w *walk) children(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := ""
		for {
			key, err := w.first(ctx, folder, after)
			if err != nil || key == "" {
				if err != nil {
					yield("", err)
				}
				return
			}
			name, _, isFolder := strings.Cut(key[len(folder):], "/")
			if !isFolder {
				after = key
				continue
			}
			if !yield(folder+name+"/", nil) {
				return
			}
			after = past(folder + name + "/")
		}
	}
}

// past returns what sorts after everything in a folder, and before what follows it: '0' follows '/'.
func past(folder string) string { return strings.TrimSuffix(folder, "/") + "0" }

// first returns the first key below folder that sorts after the given one, empty when there is none.
func (w *walk) first(ctx context.Context, folder, after string) (string, error) {
	for info, err := range w.list(ctx, folder, after) {
		return info.Key, err
	}
	return "", nil
}
