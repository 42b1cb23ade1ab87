package landing

import (
	"cmp"
	"context"
	"iter"
	"path"
	"slices"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// hour is what a listing has found in one folder: the arrivals of one hour, of one sender in one table.
type hour struct {
	folder string
	table  string
	part   limnograph.Partition
	all    []*landedObject
	newest time.Time // when the newest object was stored
}

// landedObject is one object of an hour.
type landedObject struct {
	key     string
	size    int64
	landing objectkey.Landing // zero unless named
	named   bool              // its name is one that landing gives
	arrival time.Time         // of its name; zero: it tells none
}

func (h *hour) end() time.Time { return h.part.Hour.Add(time.Hour) }

// hoursOf lists landing, one hour at a time: a key's folder comes before its name, so that those of an hour follow each
// other. Objects that lie elsewhere are left out.
func hoursOf(ctx context.Context, objects limnograph.ObjectReader) iter.Seq2[*hour, error] {
	return func(yield func(*hour, error) bool) {
		var h *hour
		for info, err := range listLanded(ctx, objects) {
			if err != nil {
				yield(nil, err)
				return
			}
			if folder := folderOf(info.Key); h == nil || h.folder != folder {
				if h != nil && !yield(h, nil) {
					return
				}
				h = newHour(folder, info.Key)
			}
			if h != nil {
				h.add(info)
			}
		}
		if h != nil {
			yield(h, nil)
		}
	}
}

// newHour returns nil for a folder that is none of an hour.
func newHour(folder, key string) *hour {
	table, part, err := objectkey.PartitionOf(key)
	if err != nil {
		return nil
	}
	return &hour{folder: folder, table: table, part: part}
}

func (h *hour) add(info limnograph.ObjectInfo) {
	o := &landedObject{key: info.Key, size: info.Size}
	if l, err := objectkey.ParseLanding(info.Key); err == nil {
		o.landing, o.named, o.arrival = l, true, l.Arrival
	} else if f, err := objectkey.ParseFirehose(info.Key); err == nil {
		o.arrival = f.Arrival
	}
	h.all = append(h.all, o)
	if info.Modified.After(h.newest) {
		h.newest = info.Modified
	}
}

// replacedBy lists what a packed object holds, in the order of sequences.
func (h *hour) replacedBy(packed *landedObject) (replaced []*landedObject) {
	for _, o := range h.all {
		if o.named && packed.landing.Replaces(o.landing) {
			replaced = append(replaced, o)
		}
	}
	sortBySequence(replaced)
	return replaced
}

// packs are the packed objects.
func (h *hour) packs() (packed []*landedObject) {
	for _, o := range h.all {
		if o.landing.Packed() {
			packed = append(packed, o)
		}
	}
	return packed
}

// live leaves out what a packed object holds.
func (h *hour) live() []*landedObject {
	packed := h.packs()
	return slices.DeleteFunc(slices.Clone(h.all), func(o *landedObject) bool {
		return o.named && slices.ContainsFunc(packed, func(p *landedObject) bool { return p.landing.Replaces(o.landing) })
	})
}

// folderOf is the part of a key before the name, with its slash.
func folderOf(key string) string { return path.Dir(key) + "/" }

func sortBySequence(objects []*landedObject) {
	slices.SortFunc(objects, func(a, b *landedObject) int {
		return cmp.Or(cmp.Compare(a.landing.Sequence, b.landing.Sequence), cmp.Compare(a.key, b.key))
	})
}

func keysOf(objects []*landedObject) []string {
	keys := make([]string, 0, len(objects))
	for _, o := range objects {
		keys = append(keys, o.key)
	}
	return keys
}
