package objectcache

import (
	"context"
	"fmt"
	"sync"

	"limnograph"
)

// ticket is a Hold that waits for room, then holds.
type ticket struct {
	files    []limnograph.File // each key once
	entries  []*entry          // once admitted
	admitted chan struct{}     // closed with the answer
	err      error             // why there is no room
}

// Hold returns the paths of the copies of files, in their order, after fetching what is missing. The copies stay until
// release is called, which may be done more than once. The size that a file states is compared with that of the copy;
// 0 is an unknown one. Nothing is held after an error.
//
// Errors: CodeTooLarge (more than the cache may hold), CodeUnavailable (the store, no space on the disk, ctx was
// cancelled, an object is gone), CodeTimeout (the deadline of ctx passed before all was there), CodeInvalid (a key
// that is no file name), and others of the store.
func (c *Cache) Hold(ctx context.Context, files []limnograph.File) (paths []string, release func(), err error) {
	t, err := newTicket(files)
	if err != nil {
		return nil, nil, err
	}
	if err := c.admit(ctx, t); err != nil {
		return nil, nil, err
	}
	release = sync.OnceFunc(func() { c.release(t) })
	if err := c.makeReady(ctx, t.entries); err != nil {
		release()
		return nil, nil, err
	}
	return t.paths(files), release, nil
}

// paths returns the paths of the files, of which some may be asked for twice.
func (t *ticket) paths(files []limnograph.File) []string {
	paths := make([]string, len(files))
	if len(files) == len(t.entries) {
		for i, e := range t.entries {
			paths[i] = e.path
		}
		return paths
	}
	byKey := make(map[string]string, len(t.entries))
	for _, e := range t.entries {
		byKey[e.key] = e.path
	}
	for i, f := range files {
		paths[i] = byKey[f.Key]
	}
	return paths
}

func newTicket(files []limnograph.File) (*ticket, error) {
	t := &ticket{admitted: make(chan struct{})}
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		if err := checkKey(f.Key); err != nil {
			return nil, err
		}
		if !seen[f.Key] {
			seen[f.Key] = true
			t.files = append(t.files, f)
		}
	}
	return t, nil
}

// admit waits until everything of the ticket fits beside what others hold. All of it is taken in one step: two queries
// that each hold half would wait for each other.
func (c *Cache) admit(ctx context.Context, t *ticket) error {
	if err := c.enqueue(t); err != nil {
		return err
	}
	select {
	case <-t.admitted:
		return t.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-t.admitted: // meanwhile
		c.drop(t)
	default:
		c.leaveQueue(t)
	}
	return waited(ctx, "other queries hold the room of the cache")
}

func (c *Cache) enqueue(t *ticket) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return isClosed()
	}
	var need int64
	for _, f := range t.files {
		need += c.sizeOf(f)
	}
	if need > c.cfg.MaxBytes {
		return tooLarge(len(t.files), need, c.cfg.MaxBytes)
	}
	c.queue = append(c.queue, t)
	c.admitWaiting()
	return nil
}

// sizeOf is the room that a file takes: as listed, or as known when the listing does not say.
func (c *Cache) sizeOf(f limnograph.File) int64 {
	if e := c.entries[f.Key]; e != nil && e.is(f) {
		return e.size
	}
	return f.Size
}

// is reports whether the entry stands for the object that was listed.
func (e *entry) is(f limnograph.File) bool {
	return f.Size == 0 || f.Size == e.listed || e.sum != "" && f.Size == e.size
}

// admitWaiting lets in those that wait, in the order of their coming, as long as the first one fits.
func (c *Cache) admitWaiting() {
	for len(c.queue) > 0 && c.fits(c.queue[0]) {
		t := c.queue[0]
		c.queue = c.queue[1:]
		c.take(t)
		t.err = c.makeRoom()
		if t.err != nil {
			c.giveBack(t)
		}
		close(t.admitted)
	}
}

func (c *Cache) fits(t *ticket) bool {
	sum := c.held
	for _, f := range t.files {
		e := c.entries[f.Key]
		switch {
		case e == nil || e.holders == 0:
			sum += c.sizeOf(f)
		case !e.is(f):
			sum += f.Size - e.size
		}
	}
	return sum <= c.cfg.MaxBytes
}

// take makes the ticket a holder of its entries.
func (c *Cache) take(t *ticket) {
	for _, f := range t.files {
		e := c.entries[f.Key]
		if e == nil {
			e = &entry{key: f.Key, path: c.Path(f.Key), size: f.Size, listed: f.Size}
			c.entries[f.Key] = e
			c.used += e.size
		}
		if e.holders++; e.holders == 1 {
			c.held += e.size
			if e.place != nil {
				c.idle.Remove(e.place)
				e.place = nil
			}
		}
		if !e.is(f) { // replaced in the store, though its key promises that it never is
			e.sum, e.listed = "", f.Size
			c.resize(e, f.Size)
		}
		t.entries = append(t.entries, e)
	}
}

// resize corrects the size of a held entry.
func (c *Cache) resize(e *entry, size int64) {
	c.used += size - e.size
	c.held += size - e.size
	e.size = size
}

// giveBack ends the ticket's hold.
func (c *Cache) giveBack(t *ticket) {
	for _, e := range t.entries {
		if e.holders--; e.holders > 0 {
			continue
		}
		c.held -= e.size
		if e.sum != "" {
			e.place = c.idle.PushBack(e)
			continue
		}
		c.used -= e.size
		delete(c.entries, e.key)
	}
	t.entries = nil
}

func (c *Cache) release(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(t)
}

// drop gives back and lets the next ones in.
func (c *Cache) drop(t *ticket) {
	c.giveBack(t)
	c.admitWaiting()
}

func (c *Cache) leaveQueue(t *ticket) {
	for i, other := range c.queue {
		if other == t {
			c.queue = append(c.queue[:i:i], c.queue[i+1:]...)
		}
	}
	c.admitWaiting() // whom it kept waiting may fit
}

func (c *Cache) refuseWaiting(err error) {
	for _, t := range c.queue {
		t.err = err
		close(t.admitted)
	}
	c.queue = nil
}

// makeReady fetches and checks what is not ready, several at a time.
func (c *Cache) makeReady(ctx context.Context, entries []*entry) error {
	rest := c.notReady(entries)
	if len(rest) == 0 {
		return nil
	}
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan *entry)
	var workers sync.WaitGroup
	for range min(c.cfg.Downloads, len(rest)) {
		workers.Go(func() {
			for e := range next {
				if err := c.ensure(work, e); err != nil {
					cancel(err) // the first one is the answer
				}
			}
		})
	}
	for _, e := range rest {
		if work.Err() != nil {
			break
		}
		next <- e
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return waited(ctx, fmt.Sprintf("%d objects had to be fetched or checked", len(rest)))
	}
	return context.Cause(work)
}

// notReady leaves out the entries whose copy is there and known to be good.
func (c *Cache) notReady(entries []*entry) (rest []*entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range entries {
		if c.isReady(e) {
			c.stats.Hits++
		} else {
			rest = append(rest, e)
		}
	}
	return rest
}
