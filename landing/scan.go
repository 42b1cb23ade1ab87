package landing

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"

	"limnograph/objectkey"
)

// maxBacklog bounds how many objects of a backlog are remembered; the store is listed again for the next ones.
const maxBacklog = 50_000

// beyond is a part of the backlog that is not remembered: what a mark does not cover of the objects that begin in a range
// of sequences.
type beyond struct {
	more           bool
	first, through uint64
	mark           mark
}

// cursorOf returns a cursor for an object that lies in the range and is not covered, else nil. A packed object may begin
// before the range, with parts that were read when they were on their own: it counts from there on.
func (b *beyond) cursorOf(o named) *cursor {
	from, unread := b.mark.unread(o.Sequence, o.Through)
	if !unread || max(o.Sequence, o.Through) < b.first || o.Sequence > b.through {
		return nil
	}
	return &cursor{key: o.ObjectInfo.Key, first: max(o.Sequence, b.first), through: o.Through, from: max(from, b.first), end: toItsEnd}
}

// start finds what the reader of a mark does not have.
func (t *tableFeed) start(ctx context.Context, text string, p picture) error {
	t.forget()
	m, ok := parseMark(text)
	if !ok || m.Through > p.through {
		t.lander.cfg.Logger.Warn("the mark of curated batches is not of this landing: all of it is read", slog.String("table", t.name), slog.String("mark", text))
		m = mark{}
	}
	t.see(p)
	for _, c := range t.fresh {
		if from, unread := m.unread(c.first, 0); unread {
			c.from = from
		}
	}
	if err := t.scan(ctx, beyond{first: 0, through: p.through, mark: m}); err != nil {
		return err
	}
	t.known, t.mark, t.also = true, text, text
	return nil
}

// scan makes a backlog of the objects in a range that a mark does not cover: those with the lowest sequences, if they are
// many. Segments and objects that are read otherwise are left out.
func (t *tableFeed) scan(ctx context.Context, where beyond) error {
	t.backlog, t.beyond = nil, beyond{}
	elsewhere := map[uint64]bool{}
	for _, sequence := range t.pending {
		elsewhere[sequence] = true
	}
	for folder, err := range listTable(ctx, t.lander.objects, t.name) {
		if err != nil {
			return err
		}
		for _, o := range folder {
			c := where.cursorOf(o)
			if c == nil || !o.Packed() && elsewhere[o.Sequence] || t.fresh[c.key] != nil {
				continue
			}
			t.backlog = append(t.backlog, c)
		}
		t.cutBacklog(where, 2*t.most)
	}
	t.cutBacklog(where, t.most)
	sortCursors(t.backlog)
	return nil
}

// cutBacklog leaves the end of a backlog of more than limit objects to a later scan.
func (t *tableFeed) cutBacklog(where beyond, limit int) {
	if len(t.backlog) > limit {
		sortCursors(t.backlog)
		if rest := t.backlog[t.most].first; rest > t.backlog[0].first && (!t.beyond.more || rest < t.beyond.first) {
			t.beyond = beyond{more: true, first: rest, through: where.through, mark: where.mark}
		}
	}
	if t.beyond.more {
		t.backlog = slices.DeleteFunc(t.backlog, func(c *cursor) bool { return c.first >= t.beyond.first })
	}
}

func sortCursors(all []*cursor) {
	slices.SortFunc(all, func(a, b *cursor) int { return cmp.Or(cmp.Compare(a.first, b.first), strings.Compare(a.key, b.key)) })
}

// drop takes out a cursor whose object was deleted. What it held may have been packed: then the packed object comes in
// the place of all that it replaces.
func (t *tableFeed) drop(q *quota, gone *cursor) error {
	pack, err := t.packOf(q.ctx, gone)
	if err != nil {
		return err
	}
	replaced := func(c *cursor) bool {
		if c != gone && (pack == nil || c.file != nil || c.growing() || !pack.holds(c)) {
			return false
		}
		if pack != nil {
			pack.from = min(pack.from, c.covered()+1)
		}
		c.close()
		return true
	}
	maps.DeleteFunc(t.fresh, func(_ string, c *cursor) bool { return replaced(c) })
	t.backlog = slices.DeleteFunc(t.backlog, replaced)
	if pack != nil {
		t.backlog = append(t.backlog, pack)
		sortCursors(t.backlog)
	}
	q.moved = true
	return nil
}

// packOf returns a cursor for the packed object that holds what another one held; nil: there is none.
func (t *tableFeed) packOf(ctx context.Context, gone *cursor) (*cursor, error) {
	there, err := relist(ctx, t.lander.objects, gone.folder(), nil)
	for _, o := range there {
		pack := &cursor{key: o.ObjectInfo.Key, first: o.Sequence, through: o.Through, from: math.MaxUint64, end: toItsEnd}
		if o.Packed() && pack.holds(gone) {
			return pack, err
		}
	}
	return nil, err
}

// sourcesOf returns cursors for the objects that a packed one replaces and that are not deleted yet. What it has handed
// out does not come again.
func (t *tableFeed) sourcesOf(ctx context.Context, packed *cursor) (sources []*cursor, err error) {
	for info, err := range t.lander.objects.List(ctx, packed.folder(), "") {
		if err != nil {
			return nil, err
		}
		o, err := objectkey.ParseLanding(info.Key)
		if err != nil || o.Packed() {
			continue
		}
		source := &cursor{key: info.Key, first: o.Sequence, from: packed.covered() + 1, end: toItsEnd}
		if packed.holds(source) {
			sources = append(sources, source)
		}
	}
	return sources, nil
}

func (c *cursor) folder() string { return c.key[:strings.LastIndexByte(c.key, '/')+1] }

// holds reports whether a packed object holds the content of another one.
func (c *cursor) holds(other *cursor) bool {
	return c.folder() == other.folder() && c.first <= other.first && max(other.first, other.through) <= c.through
}
