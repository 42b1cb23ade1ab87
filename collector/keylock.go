package collector

import (
	"context"
	"sync"
)

// keyLocks lets one caller at a time work on a run.
type keyLocks struct {
	mu   sync.Mutex
	held map[runID]*keyLock
}

type keyLock struct {
	free  chan struct{} // has one element while nobody holds it
	users int
}

func newKeyLocks() *keyLocks { return &keyLocks{held: make(map[runID]*keyLock)} }

// lock waits for a run, and returns how to let go of it. Errors: the context's.
func (l *keyLocks) lock(ctx context.Context, id runID) (unlock func(), err error) {
	l.mu.Lock()
	k := l.held[id]
	if k == nil {
		k = &keyLock{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		l.held[id] = k
	}
	k.users++
	l.mu.Unlock()
	select {
	case <-k.free:
		return func() { k.free <- struct{}{}; l.leave(id, k) }, nil
	case <-ctx.Done():
		l.leave(id, k)
		return nil, ctx.Err()
	}
}

func (l *keyLocks) leave(id runID, k *keyLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.held, id)
	}
}
