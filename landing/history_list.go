package landing

import (
	"context"
	"iter"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// Objects implements limnograph.LandedReader. Objects that are packed while it runs may be gone when they are read: what
// they held is in an object that a later call lists. The last ones are those that the ledger knows and the store has not:
// ReadObject says so.
func (h *History) Objects(ctx context.Context, table string) iter.Seq2[limnograph.File, error] {
	return func(yield func(limnograph.File, error) bool) {
		known, err := h.known(ctx, table)
		if err != nil {
			yield(limnograph.File{}, err)
			return
		}
		listed := make([]bool, len(known))
		for folder, err := range listTable(ctx, h.objects, table) {
			if err != nil {
				yield(limnograph.File{}, err)
				return
			}
			for _, o := range folder {
				f := limnograph.File{Key: o.ObjectInfo.Key, Size: o.Size}
				if at, ok := find(known, f.Key); ok {
					f, listed[at] = h.compared(f, known[at]), true
				}
				if !yield(f, nil) {
					return
				}
			}
		}
		h.yieldMissing(ctx, table, known, listed, yield)
	}
}

// known returns what the ledger says about a table, in key order.
func (h *History) known(ctx context.Context, table string) ([]limnograph.File, error) {
	if h.ledger == nil {
		return nil, nil
	}
	known, err := h.ledger.Objects(ctx, table)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil, nil
	}
	return known, err
}

func find(sorted []limnograph.File, key string) (at int, ok bool) {
	return slices.BinarySearchFunc(sorted, key, func(f limnograph.File, key string) int { return strings.Compare(f.Key, key) })
}

// compared gives a listed object the bounds that the ledger knows, if it is the one that was recorded.
func (h *History) compared(listed, recorded limnograph.File) limnograph.File {
	if listed.Size != recorded.Size {
		h.setDoubt(listed.Key, doubt{size: recorded.Size})
		return listed
	}
	h.trust(listed.Key)
	return recorded
}

func (h *History) yieldMissing(ctx context.Context, table string, known []limnograph.File, listed []bool, yield func(limnograph.File, error) bool) {
	missing, err := h.missing(ctx, table, known, listed)
	if err != nil {
		yield(limnograph.File{}, err)
		return
	}
	for _, f := range missing {
		h.setDoubt(f.Key, doubt{f.Size, true})
		if !yield(f, nil) {
			return
		}
	}
}

// missing returns the objects that were known when a listing began, that it has not found, and that are not there. The
// ledger forgets what is packed or expires before that is deleted, so it is asked once more, after the store.
func (h *History) missing(ctx context.Context, table string, known []limnograph.File, listed []bool) (missing []limnograph.File, err error) {
	for i, f := range known {
		if _, err := objectkey.ParseLanding(f.Key); listed[i] || err != nil {
			continue // there, or none of landing's
		}
		_, err := h.objects.Stat(ctx, f.Key)
		switch limnograph.ErrorCode(err) {
		case "": // it came later, or is packed
		case limnograph.CodeNotFound:
			missing = append(missing, f)
		default:
			return nil, err
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	known, err = h.known(ctx, table)
	return slices.DeleteFunc(missing, func(f limnograph.File) bool { _, ok := find(known, f.Key); return !ok }), err
}
