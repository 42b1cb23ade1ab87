package landing

import (
	"context"
	"math"
	"strconv"
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
	born     string // tells its marks from those of other feeds
	most     int    // objects of a backlog that are remembered

	mu     sync.Mutex
	tables map[string]*tableFeed
}

// NewFeed returns the feed of a Lander, which has one at most. segments follows those that the Lander writes. It is safe
// for concurrent use, also with the Lander.
func NewFeed(l *Lander, segments limnograph.SegmentFollower) *Feed {
	born := strconv.FormatInt(l.cfg.Now().UnixNano(), 36)
	return &Feed{lander: l, segments: segments, born: born, most: maxBacklog, tables: map[string]*tableFeed{}}
}

// Waiting implements limnograph.Feed. After a start it is 0, whatever a mark of an earlier process does not cover.
func (f *Feed) Waiting(table string) int64 {
	return f.lander.waiting(table).Load()
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
	more, err = t.read(mark, &quota{ctx: ctx, yield: yield, limit: limit, left: limit})
	if err != nil {
		t.forget()
		return "", false, err
	}
	return t.mark, more, nil
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
		t = &tableFeed{lander: f.lander, segments: f.segments, name: name, born: f.born, most: f.most, damaged: map[string]bool{}, failures: map[string]int{}}
		f.tables[name] = t
	}
	return t
}
