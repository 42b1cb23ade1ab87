package landing

import (
	"sync"

	"golang.org/x/sync/errgroup"
)

// parallelSyncs bounds how many segments are synced at once; file systems join concurrent syncs into one.
const parallelSyncs = 8

// committer syncs the segments that hold unsynced members, all of them in one round while the next round gathers: the
// more batches come, the more share one sync. It runs while there is something to sync and no longer.
type committer struct {
	sync func(g *segment)

	mu      sync.Mutex
	dirty   map[*segment]bool
	running bool
	done    sync.WaitGroup
}

func newCommitter(sync func(g *segment)) *committer {
	return &committer{sync: sync, dirty: map[*segment]bool{}}
}

// add asks for g to be synced.
func (c *committer) add(g *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirty[g] = true
	if !c.running {
		c.running = true
		c.done.Go(c.rounds)
	}
}

func (c *committer) rounds() {
	for {
		round := c.next()
		if round == nil {
			return
		}
		var syncs errgroup.Group
		syncs.SetLimit(parallelSyncs)
		for g := range round {
			syncs.Go(func() error { c.sync(g); return nil })
		}
		_ = syncs.Wait() // sync tells the waiting batches itself
	}
}

// next takes what has gathered, or ends the run.
func (c *committer) next() map[*segment]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.dirty) == 0 {
		c.running = false
		return nil
	}
	round := c.dirty
	c.dirty = map[*segment]bool{}
	return round
}

// wait returns when nothing is left to sync.
func (c *committer) wait() { c.done.Wait() }
