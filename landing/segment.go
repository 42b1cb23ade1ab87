package landing

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// segment is an open segment, or a retired one that waits to be sealed.
//
// Three things happen to it at once: members are added (push, fill), one goroutine at a time writes those whose turn
// has come, and the committer syncs. Only short work is done under mu, so that a slow disk blocks nobody who just
// wants a place in the queue.
type segment struct {
	at    place
	name  string
	key   string    // the object it becomes
	first uint64    // sequence in its name: that of its first batch
	born  time.Time // when its first batch came
	hooks hooks

	waiting *atomic.Int64 // lines of the table that are durable and that its feed has not read

	disk   sync.Mutex // held while the file is synced, cut or ended; taken before mu
	closed bool       // its file was closed without becoming an object; disk guards it
	ended  bool       // its bytes are accounted for: only its file may be left

	mu       sync.Mutex
	idle     *sync.Cond         // open is 0
	file     limnograph.Segment // made by the first write
	queue    []*ticket          // not written yet, in order
	unsynced []*ticket          // written, not durable yet
	writing  bool               // somebody is writing
	open     int                // tickets that are not resolved
	size     int64              // bytes of whole members written
	synced   int64              // bytes known to be durable
	broken   error              // why nothing more may be written; what stands behind synced is lost
	content  objectkey.Member   // sums over the durable members
}

// hooks are what a segment needs of its lander.
type hooks struct {
	create  func(ctx context.Context, name string) (limnograph.Segment, error)
	recycle func(t *ticket)           // its body is not needed any more
	wrote   func(g *segment, n int64) // n bytes wait to be synced, or the segment has broken
}

func newSegment(at place, name, key string, born time.Time, hooks hooks) *segment {
	g := &segment{at: at, name: name, key: key, born: born, hooks: hooks}
	g.idle = sync.NewCond(&g.mu)
	return g
}

// push gives the next place to a member.
func (g *segment) push(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, t)
	g.open++
}

// fill hands over a ticket that has its body, or the error that took its place. If nobody is writing, it writes every
// member whose turn has come, also those of other batches: so the end of ctx does not stop it.
func (g *segment) fill(ctx context.Context, t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.ready = true
	if g.writing {
		return // that writer will come to it
	}
	g.writing = true
	for len(g.queue) > 0 && g.queue[0].ready {
		next, broken := g.queue[0], g.broken
		g.queue = g.queue[1:]
		g.mu.Unlock()
		n, err := g.write(context.WithoutCancel(ctx), next, broken)
		g.mu.Lock()
		g.written(next, n, err)
	}
	g.writing = false
}

// write appends one member. Only the writer calls it; it alone sets file.
func (g *segment) write(ctx context.Context, t *ticket, broken error) (int64, error) {
	defer g.hooks.recycle(t)
	if t.err != nil {
		return 0, t.err
	}
	if broken != nil {
		return 0, broken
	}
	if err := g.create(ctx); err != nil {
		return 0, err
	}
	n := int64(t.body.Len())
	if _, err := g.file.Write(t.body.Bytes()); err != nil {
		return 0, g.cut(err)
	}
	return n, nil
}

func (g *segment) create(ctx context.Context) error {
	if g.file != nil {
		return nil
	}
	file, err := g.hooks.create(ctx, g.name)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.file, g.broken = file, err
	return err
}

// cut removes the part of a member that a failed write left, and returns the cause.
func (g *segment) cut(cause error) error {
	g.disk.Lock()
	defer g.disk.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.file.Truncate(g.size); err != nil {
		g.broken = cause
	}
	return cause
}

// written notes the outcome of write. The caller holds mu.
func (g *segment) written(t *ticket, n int64, err error) {
	if err == nil {
		err = g.broken // a sync failed while the member was written
	}
	if g.broken != nil {
		g.hooks.wrote(g, 0)
	}
	if err != nil {
		g.resolve(t, err)
		return
	}
	g.size += n
	g.unsynced = append(g.unsynced, t)
	g.hooks.wrote(g, n)
}

// sync makes what was written durable and tells the batches.
func (g *segment) sync() error {
	g.disk.Lock()
	defer g.disk.Unlock()
	g.mu.Lock()
	batch, size, file := g.unsynced, g.size, g.file
	g.unsynced = nil
	g.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := file.Sync()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.broken = err
		batch, g.unsynced = append(batch, g.unsynced...), nil // later bytes are as doubtful
	} else {
		g.synced = size
	}
	for _, t := range batch {
		if err == nil {
			g.content.Add(t.header)
			g.waiting.Add(t.header.Lines)
		}
		g.resolve(t, err)
	}
	return err
}

// resolve ends a ticket. The caller holds mu.
func (g *segment) resolve(t *ticket, err error) {
	t.batch.resolve(err)
	g.open--
	if g.open == 0 {
		g.idle.Broadcast()
	}
}

// settle waits until no ticket is left. The caller has made sure that no new one comes.
func (g *segment) settle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.idle.Broadcast()
	})
	defer stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.open > 0 && ctx.Err() == nil {
		g.idle.Wait()
	}
	return ctx.Err()
}

// state is a picture of a segment.
type state struct {
	file         limnograph.Segment
	size, synced int64
	broken       error
	content      objectkey.Member
}

func (g *segment) state() state {
	g.mu.Lock()
	defer g.mu.Unlock()
	return state{g.file, g.size, g.synced, g.broken, g.content}
}
