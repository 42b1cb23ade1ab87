package landing

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"sync"

	"limnograph"
)

var _ limnograph.Feed = (*Feed)(nil)

// Feed hands out what a Lander has made durable, without waiting for it to become objects: it follows the segments of a
// table as far as they are synced. What it does not remember, after a restart or for a mark that is not the last one it
// gave, it finds by listing the table's objects.
//
// What lies behind damage in an object or segment is not handed out, and covered all the same, or nothing behind it ever
// came: it is counted (limno_landing_feed_damaged_objects_total) and logged. An object that was deleted is skipped,
// unless a packed one holds its content.
type Feed struct {
	lander   *Lander
	segments limnograph.SegmentFollower

	mu     sync.Mutex
	tables map[string]*tableFeed
}

// NewFeed returns the feed of a Lander, which has one at most. segments follows those that the Lander writes. It is safe
// for concurrent use, also with the Lander.
func NewFeed(l *Lander, segments limnograph.SegmentFollower) *Feed {
	return &Feed{lander: l, segments: segments, tables: map[string]*tableFeed{}}
}

// Waiting implements limnograph.Feed. After a start it is 0, whatever a mark of an earlier process does not cover.
func (f *Feed) Waiting(table string) int64 {
	f.lander.mu.Lock()
	defer f.lander.mu.Unlock()
	return f.lander.book.table(table).waiting.Load()
}

// Read implements limnograph.Feed. A limit of 0 or less is none. When nothing was read, the mark stays as it is. A mark
// that this feed did not give last costs a listing of the table.
func (f *Feed) Read(ctx context.Context, table, mark string, limit int64, yield func(limnograph.LandedBatch) error) (next string, more bool, err error) {
	t := f.table(table)
	t.reading.Lock()
	defer t.reading.Unlock()
	if limit <= 0 {
		limit = math.MaxInt64
	}
	next, more, err = t.read(ctx, mark, limit, yield)
	if err != nil {
		t.forget()
		return "", false, err
	}
	return next, more, nil
}

// Close closes the files that the feed holds open. It may be read again after that.
func (f *Feed) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.tables {
		t.reading.Lock()
		t.forget()
		t.reading.Unlock()
	}
	return nil
}

func (f *Feed) table(name string) *tableFeed {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tables[name]
	if t == nil {
		t = &tableFeed{feed: f, lander: f.lander, name: name, damaged: map[string]bool{}, failures: map[string]int{}}
		f.tables[name] = t
	}
	return t
}

// tableFeed is the feed of one table: what it has read, and what it knows of that it has not.
type tableFeed struct {
	feed   *Feed
	lander *Lander
	name   string

	reading  sync.Mutex // held by Read
	known    bool       // what follows belongs to mark
	mark     string     // given last
	through  uint64     // of the last picture
	pending  []uint64   // first sequences of objects that imports will bring
	live     map[string]*cursor
	backlog  []*cursor // sealed objects that a listing has found, in the order of sequences
	beyond   backlogRest
	batches  batchReader
	moved    bool            // something was read or given up since mark
	damaged  map[string]bool // by key; counted already
	failures map[string]int  // by key: how often it could not be read
}

// forget makes the next Read look at the store, whatever its mark.
func (t *tableFeed) forget() {
	for _, c := range t.live {
		c.close()
	}
	for _, c := range t.backlog {
		c.close()
	}
	t.known, t.live, t.backlog, t.beyond, t.moved = false, map[string]*cursor{}, nil, backlogRest{}, false
}

func (t *tableFeed) read(ctx context.Context, mark string, limit int64, yield func(limnograph.LandedBatch) error) (next string, more bool, err error) {
	if t.known && mark != t.mark {
		t.forget()
	}
	waiting := t.lander.waitingOf(t.name).Load()
	p := t.lander.picture(t.name)
	if !t.known || p.gap {
		err = t.start(ctx, mark, p)
	} else {
		t.take(p)
	}
	if err == nil {
		more, err = t.drain(ctx, limit, yield)
	}
	if err != nil {
		return "", false, err
	}
	t.lander.waitingOf(t.name).Add(-waiting)
	if t.moved {
		t.mark, t.moved = t.covered().text(), false
	}
	return t.mark, more, nil
}

// take brings what is known up to a picture.
func (t *tableFeed) take(p picture) {
	t.through, t.pending = p.through, p.pending
	for _, g := range p.live {
		c := t.live[g.key]
		if c == nil {
			c = &cursor{key: g.key, segment: g.name, first: g.first, from: g.first}
			t.live[g.key] = c
		}
		c.end = g.acked
	}
	for _, e := range p.ended {
		c := t.live[e.key]
		if c == nil {
			c = &cursor{key: e.key, first: e.first, from: e.first}
			t.live[e.key] = c
		}
		c.end, c.ended = e.size, true
	}
}

// covered is the mark of everything that was read.
func (t *tableFeed) covered() mark {
	m := mark{Through: t.through}
	for _, sequence := range t.pending {
		m.Pending = append(m.Pending, [2]uint64{sequence, sequence})
	}
	for _, c := range t.live {
		m.Open = append(m.Open, [2]uint64{c.first, c.covered()})
	}
	return t.addBacklog(m)
}

// addBacklog takes out of a mark what is still to be read of the backlog. It is read in order, so that one range says it.
func (t *tableFeed) addBacklog(m mark) mark {
	left := t.backlog
	if len(left) > 0 && left[0].through == 0 && left[0].file != nil {
		m.Open = append(m.Open, [2]uint64{left[0].first, left[0].covered()})
		left = left[1:]
	}
	if len(left) > 0 {
		r := [2]uint64{left[0].from, left[0].from}
		for _, c := range left {
			r = [2]uint64{min(r[0], c.from), max(r[1], c.from, c.first, c.through)}
		}
		m.Pending = append(m.Pending, r)
	}
	if t.beyond.more {
		m.Pending = append(m.Pending, [2]uint64{t.beyond.from, t.beyond.to})
	}
	return m
}

// drain hands out about limit lines: of live segments first, for they are what people wait for, then of what has ended
// since, then of the backlog; each kind leaves something for the next ones. It reports whether it left anything.
func (t *tableFeed) drain(ctx context.Context, limit int64, yield func(limnograph.LandedBatch) error) (more bool, err error) {
	var live, ended []*cursor
	for _, c := range t.live {
		if c.ended {
			ended = append(ended, c)
		} else {
			live = append(live, c)
		}
	}
	backlog := len(t.backlog) > 0 || t.beyond.more
	left := limit
	if err = t.drainAll(ctx, live, share(&left, limit, backlog || len(ended) > 0), yield); err == nil {
		err = t.drainAll(ctx, ended, share(&left, left, backlog), yield)
	}
	return more, err
}
