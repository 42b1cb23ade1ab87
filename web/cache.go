package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// The ages up to which a result is used. A newer file set makes a result stale at once, but a stale one is still
// shown for some seconds while one query refreshes it: so many viewers cost one query.
const (
	freshFor   = 10 * time.Second // same file set: nothing but the clock has moved
	idleFor    = 2 * time.Minute  // same file set: shown while it is refreshed
	staleFor   = 10 * time.Second // older file set: shown while it is refreshed
	maxResults = 64
)

// results keeps the answers of panels. Queries run on its own goroutines, which close ends and waits for.
type results struct {
	now     func() time.Time
	timeout time.Duration
	keepFor time.Duration // even when the file set is newer
	origin  *prometheus.CounterVec

	work sync.WaitGroup

	mu      sync.Mutex
	byKey   map[string]*result
	running map[*flight]context.CancelFunc
	closed  bool
}

// result is the answer of one key: the newest good value and the query that is under way, if any.
type result struct {
	value   any
	version uint64
	at      time.Time // when the query began; zero: no value yet
	used    time.Time
	flight  *flight
}

// flight is one running query; value and err may be read once done is closed.
type flight struct {
	done  chan struct{}
	value any
	err   error
}

func newResults(now func() time.Time, timeout, keepFor time.Duration, origin *prometheus.CounterVec) *results {
	return &results{
		now: now, timeout: timeout, keepFor: keepFor, origin: origin,
		byKey: make(map[string]*result), running: make(map[*flight]context.CancelFunc),
	}
}

func (c *results) close() {
	c.mu.Lock()
	c.closed = true
	for _, stop := range c.running {
		stop()
	}
	c.mu.Unlock()
	c.work.Wait()
}

// cached returns the value of key for the file-set version, from memory or by load. One load per key runs at a time.
// load must depend on nothing but the key and the file set.
func cached[T any](ctx context.Context, c *results, key string, version uint64, load func(context.Context) (T, error)) (T, error) {
	value, err := c.get(ctx, key, version, func(ctx context.Context) (any, error) { return load(ctx) })
	if err != nil {
		var zero T
		return zero, err
	}
	return value.(T), nil //nolint:forcetypeassert // a key has one type
}

func (c *results) get(ctx context.Context, key string, version uint64, load func(context.Context) (any, error)) (any, error) {
	value, f, origin := c.look(ctx, key, version, load)
	c.origin.WithLabelValues(origin).Inc()
	if f == nil {
		return value, nil
	}
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// look returns a value that may be shown now, or the flight to wait for.
func (c *results) look(ctx context.Context, key string, version uint64, load func(context.Context) (any, error)) (any, *flight, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	r := c.entry(key)
	r.used = now
	age := now.Sub(r.at)
	known := !r.at.IsZero()
	same := r.version == version
	if known && (same && age < freshFor || age < c.keepFor) {
		return r.value, nil, "kept"
	}
	if r.flight == nil {
		c.launch(ctx, r, version, now, load)
	}
	if known && (age < staleFor || same && age < idleFor) {
		return r.value, nil, "stale"
	}
	return nil, r.flight, "asked"
}

// entry finds or makes the result of key; the one that was not used for longest makes room.
func (c *results) entry(key string) *result {
	if r, ok := c.byKey[key]; ok {
		return r
	}
	if len(c.byKey) >= maxResults {
		c.evict()
	}
	r := &result{}
	c.byKey[key] = r
	return r
}

func (c *results) evict() {
	var oldest string
	var at time.Time
	for key, r := range c.byKey {
		if oldest == "" || r.used.Before(at) {
			oldest, at = key, r.used
		}
	}
	delete(c.byKey, oldest)
}

// launch starts the query of r on behalf of all who will want it: it outlives the request that began it. The caller
// holds the lock.
func (c *results) launch(ctx context.Context, r *result, version uint64, now time.Time, load func(context.Context) (any, error)) {
	f := &flight{done: make(chan struct{})}
	r.flight = f
	if c.closed {
		f.err = closedError()
		close(f.done)
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	c.running[f] = stop
	c.work.Go(func() {
		f.value, f.err = guarded(ctx, load)
		stop()
		c.land(r, f, version, now)
	})
}

func closedError() error {
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "the server is shutting down"}
}

// guarded keeps a panic of load within its flight.
func guarded(ctx context.Context, load func(context.Context) (any, error)) (value any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic in panel: %v", cause)
		}
	}()
	return load(ctx)
}

// land publishes the outcome. A failed refresh leaves the value that was there; it ages and is asked for again.
func (c *results) land(r *result, f *flight, version uint64, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, f)
	r.flight = nil
	if f.err == nil {
		r.value, r.version, r.at = f.value, version, at
	}
	close(f.done)
}
