package landing

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// named is a sealed object and what its key says.
type named struct {
	limnograph.ObjectInfo
	objectkey.Landing
}

// listTable lists the objects of a table that count, folder by folder: those that landed, and packed ones in the place of
// their parts. Objects of other names are none of landing's.
//
// Each folder is listed once more when the listing has left it: what was packed and removed before the listing came to it
// is in a packed object that the second one finds, for that was there before anything was removed.
func listTable(ctx context.Context, objects limnograph.ObjectReader, table string) iter.Seq2[[]named, error] {
	return func(yield func([]named, error) bool) {
		var folder string
		var found []named
		leave := func() bool {
			all, err := relist(ctx, objects, folder, found)
			return yield(all, err) && err == nil
		}
		for info, err := range objects.List(ctx, objectkey.TablePrefix(table), "") {
			if err != nil {
				yield(nil, err)
				return
			}
			at := info.Key[:strings.LastIndexByte(info.Key, '/')+1]
			if at != folder && folder != "" && !leave() {
				return
			}
			if at != folder {
				folder, found = at, nil
			}
			found = appendNamed(found, info)
		}
		if folder != "" {
			leave()
		}
	}
}

// relist adds to what was found in a folder what is there now, and returns what counts, in the order of sequences.
func relist(ctx context.Context, objects limnograph.ObjectReader, folder string, found []named) ([]named, error) {
	for info, err := range objects.List(ctx, folder, "") {
		if err != nil {
			return nil, err
		}
		found = appendNamed(found, info)
	}
	slices.SortFunc(found, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(b.Through, a.Through), strings.Compare(a.ObjectInfo.Key, b.ObjectInfo.Key))
	})
	found = slices.CompactFunc(found, func(a, b named) bool { return a.ObjectInfo.Key == b.ObjectInfo.Key })
	return standing(found), nil
}

func appendNamed(all []named, info limnograph.ObjectInfo) []named {
	if l, err := objectkey.ParseLanding(info.Key); err == nil {
		all = append(all, named{info, l})
	}
	return all
}

// standing leaves out the objects of a folder whose content is in a packed one. They come in the order of sequences, the
// longest first of those that begin with the same one.
func standing(sorted []named) (kept []named) {
	var pack objectkey.Landing // that reaches furthest so far
	for _, o := range sorted {
		if pack.Packed() && o.Sequence <= pack.Through && o.Through <= pack.Through {
			continue
		}
		if kept = append(kept, o); o.Through > pack.Through {
			pack = o.Landing
		}
	}
	return kept
}
