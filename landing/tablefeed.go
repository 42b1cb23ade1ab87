package landing

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"limnograph"
)

// tableFeed is the feed of one table: what it knows of that its reader does not have.
type tableFeed struct {
	lander   *Lander
	segments limnograph.SegmentFollower
	name     string
	born     string // of the feed
	turns    int

	reading sync.Mutex // held by Read
	known   bool       // the rest belongs to mark
	mark    string     // given last
	also    string     // an earlier one, between which and mark the reader was given nothing
	through uint64     // of the last picture
	pending []uint64   // first sequences of objects that imports will bring
	fresh   map[string]*cursor
	backlog []*cursor // sealed objects that a listing has found, in the order of sequences
	most    int       // of them that are remembered
	beyond  beyond
	batches batchReader
	buffer  *bufio.Reader // that nobody uses now

	damaged  map[string]bool // by key: what is counted
	failures map[string]int  // by key: how often reading has failed
}

// quota is how much one Read may hand out.
type quota struct {
	ctx         context.Context
	yield       func(limnograph.LandedBatch) error
	limit, left int64 // lines
	keep        int64 // of them, for those who come later
	starving    bool  // nothing was handed out of the present kind
	given       bool  // something was handed out
	moved       bool  // or given up
}

func (q *quota) spent() bool { return q.left <= q.keep && !q.starving }

// next turns to the next kind of batches. Of each at least one is handed out, so that none starves.
func (q *quota) next(keep int64) { q.keep, q.starving = keep, true }

// hand hands out a batch.
func (q *quota) hand(b limnograph.LandedBatch) error {
	q.left, q.given, q.starving = q.left-int64(b.Count), true, false
	return q.yield(b)
}

// forget makes the next Read look at the store, whatever its mark.
func (t *tableFeed) forget() {
	for _, c := range t.fresh {
		c.close()
	}
	for _, c := range t.backlog {
		c.close()
	}
	t.known, t.fresh, t.backlog, t.beyond = false, map[string]*cursor{}, nil, beyond{}
}

// read hands out what the reader of a mark does not have.
func (t *tableFeed) read(mark string, q *quota) (more bool, err error) {
	waiting := t.lander.waiting(t.name)
	before, p := waiting.Load(), t.lander.picture(t.name)
	if t.known && !p.gap && (mark == t.mark || mark == t.also) {
		t.take(p)
	} else if err := t.start(q.ctx, mark, p); err != nil {
		return false, err
	}
	more, err = t.drain(q)
	if err != nil {
		return false, err
	}
	waiting.Add(-before)
	if q.given || q.moved {
		t.mark = t.covered().text()
	}
	if q.given {
		t.also = t.mark
	}
	return more, nil
}

// take brings what is known up to a picture.
func (t *tableFeed) take(p picture) {
	t.see(p)
	for _, e := range p.ended {
		c := t.fresh[e.key]
		if c == nil {
			c = &cursor{key: e.key, first: e.first, from: e.first}
			t.fresh[e.key] = c
		}
		c.end, c.ended = e.size, true
	}
}

// see takes in what grows.
func (t *tableFeed) see(p picture) {
	t.through, t.pending = p.through, p.pending
	for _, g := range p.live {
		c := t.fresh[g.key]
		if c == nil {
			c = &cursor{key: g.key, segment: g.name, first: g.first, from: g.first}
			t.fresh[g.key] = c
		}
		c.end = g.acked
	}
}

// drain hands out the batches of live segments first, for people wait for them, then of what has ended since, then of
// the backlog; each kind leaves something to the later ones. It reports whether anything is left.
func (t *tableFeed) drain(q *quota) (more bool, err error) {
	live, ended := t.freshOnes()
	backlog := len(t.backlog) > 0 || t.beyond.more
	q.next(0)
	if backlog || len(ended) > 0 {
		q.next(q.limit / 2)
	}
	moreLive, err := t.drainFresh(q, live)
	if err != nil {
		return false, err
	}
	q.next(0)
	if backlog {
		q.next(q.limit / 4)
	}
	moreEnded, err := t.drainFresh(q, ended)
	if err != nil {
		return false, err
	}
	q.next(0)
	err = t.drainBacklog(q)
	return moreLive || moreEnded || len(t.backlog) > 0 || t.beyond.more, err
}

// freshOnes returns what is growing and what has ended, in the order of sequences.
func (t *tableFeed) freshOnes() (live, ended []*cursor) {
	for _, c := range t.fresh {
		if c.ended {
			ended = append(ended, c)
		} else {
			live = append(live, c)
		}
	}
	for _, all := range [][]*cursor{live, ended} {
		slices.SortFunc(all, func(a, b *cursor) int { return cmp.Compare(a.first, b.first) })
	}
	return live, ended
}

func (t *tableFeed) drainFresh(q *quota, all []*cursor) (more bool, err error) {
	for _, c := range all {
		if t.fresh[c.key] != c {
			continue // a packed object came in its place
		}
		state, err := t.drainCursor(q, c)
		if err == nil && state == cursorGone {
			err = t.drop(q, c)
		}
		if err != nil {
			return false, err
		}
		more = more || state == cursorMore
		if state == cursorDone && c.ended {
			t.release(c)
			delete(t.fresh, c.key)
			q.moved = true // it is covered whole from now on
		}
	}
	return more, nil
}

func (t *tableFeed) drainBacklog(q *quota) error {
	for len(t.backlog) > 0 || t.beyond.more {
		if len(t.backlog) == 0 {
			if err := t.scan(q.ctx, t.beyond); err != nil {
				return err
			}
			continue
		}
		c := t.backlog[0]
		state, err := t.drainCursor(q, c)
		if err == nil && state == cursorGone {
			err = t.drop(q, c)
		}
		if err != nil || state == cursorMore {
			return err
		}
		if state == cursorDone {
			t.release(c)
			t.backlog, q.moved = append(c.instead, t.backlog[1:]...), true
			sortCursors(t.backlog)
		}
	}
	return nil
}

// release closes a cursor that is not needed any more.
func (t *tableFeed) release(c *cursor) {
	t.keepBuffer(c)
	c.close()
}

// covered is the mark of everything that was handed out.
func (t *tableFeed) covered() mark {
	t.turns++
	m := mark{Through: t.through, Turn: fmt.Sprintf("%s-%d", t.born, t.turns)}
	for _, sequence := range t.pending {
		m.Pending = append(m.Pending, [2]uint64{sequence, sequence})
	}
	for _, c := range t.fresh {
		m.Open = append(m.Open, [2]uint64{c.first, c.covered()})
	}
	left := t.backlog
	if len(left) > 0 && left[0].through == 0 {
		m.Open = append(m.Open, [2]uint64{left[0].first, left[0].covered()})
		left = left[1:]
	}
	if len(left) > 0 {
		m.Pending = append(m.Pending, rangeOf(left))
	}
	if t.beyond.more {
		m.Pending = append(m.Pending, [2]uint64{t.beyond.first, t.beyond.through})
	}
	return m
}

// rangeOf is the range that holds the first sequences of a backlog, and of what is packed in it.
func rangeOf(backlog []*cursor) [2]uint64 {
	r := [2]uint64{backlog[0].first, backlog[0].first}
	for _, c := range backlog {
		r = [2]uint64{min(r[0], c.first), max(r[1], c.first, c.through)}
	}
	return r
}
