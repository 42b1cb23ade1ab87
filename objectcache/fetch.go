package objectcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"limnograph"
)

// flight is one object being checked or fetched, for all who wait for it.
type flight struct {
	waiters int
	done    chan struct{}
	err     error // may be read once done is closed
}

// stamp is what a file looks like from outside; a file with another stamp than before is checked again.
type stamp struct{ size, modified int64 }

func stampOf(path string) (stamp, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}, nil
}

// isReady reports whether the copy was checked and has not changed since.
func (c *Cache) isReady(e *entry) bool {
	if e.sum == "" || e.stamp == (stamp{}) || e.flight != nil {
		return false
	}
	now, err := stampOf(e.path)
	return err == nil && now == e.stamp
}

// ensure waits until the copy of a held entry is ready: it joins the flight that is on its way, or starts one.
func (c *Cache) ensure(ctx context.Context, e *entry) error {
	f := c.join(ctx, e)
	if f == nil {
		return nil
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		c.leave(e, f)
		return ctx.Err()
	}
}

// join returns the flight to wait for; nil: the copy is ready.
func (c *Cache) join(ctx context.Context, e *entry) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isReady(e) {
		c.stats.Hits++
		return nil
	}
	if e.flight == nil {
		e.flight = c.launch(ctx, e)
	}
	e.flight.waiters++
	return e.flight
}

// launch starts a flight that outlives the query that began it: others may wait for it too.
func (c *Cache) launch(ctx context.Context, e *entry) *flight {
	f := &flight{done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.flights[f] = cancel
	if c.closed {
		cancel()
	}
	was := *e
	c.work.Go(func() {
		err := c.fly(ctx, f, e, was)
		cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, f)
		if e.flight == f {
			e.flight = nil
		}
		f.err = err
		close(f.done)
	})
	return f
}

// leave ends a flight that nobody waits for any more.
func (c *Cache) leave(e *entry, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiters--; f.waiters > 0 {
		return
	}
	if cancel := c.flights[f]; cancel != nil {
		cancel()
	}
	if e.flight == f {
		e.flight = nil // whoever comes now starts another
	}
}

// fly checks the copy that there was, and fetches the object when it is not good.
func (c *Cache) fly(ctx context.Context, f *flight, e *entry, was entry) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if was.sum != "" {
		good, err := c.recheck(ctx, f, e, was)
		if good || err != nil {
			return err
		}
	}
	return c.fetch(ctx, f, e)
}

// recheck reads the copy and compares it with what was fetched once. A damaged one is removed.
func (c *Cache) recheck(ctx context.Context, f *flight, e *entry, was entry) (good bool, err error) {
	path := was.path
	before, err := stampOf(path)
	if err == nil && before.size == was.size {
		var sum string
		if sum, err = sumOf(ctx, path); err == nil && sum == was.sum {
			return c.vouch(f, e, was.sum, before)
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return false, c.settle(f, e, func() error {
		c.stats.Damaged++
		e.sum, e.stamp = "", stamp{}
		return removeFile(path)
	})
}

// vouch notes that the copy is good, unless another object is wanted meanwhile.
func (c *Cache) vouch(f *flight, e *entry, sum string, checked stamp) (good bool, err error) {
	err = c.settle(f, e, func() error {
		if good = e.sum == sum; good {
			e.stamp = checked
			c.stats.Hits++
		}
		return nil
	})
	return good, err
}

// settle changes the entry on behalf of a flight, unless the flight was given up.
func (c *Cache) settle(f *flight, e *entry, change func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.flight != f {
		return context.Canceled
	}
	return failed(opHold, e.key, change())
}

// attempts is how often an object is fetched whose content does not arrive whole.
const attempts = 3

// fetch brings a copy of the object into place.
func (c *Cache) fetch(ctx context.Context, f *flight, e *entry) (err error) {
	for range attempts {
		if err = c.fetchOnce(ctx, f, e); err == nil || ctx.Err() != nil || !worthAnother(err) {
			break
		}
	}
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return gone(e.key, err)
	}
	return unfetched(failed("fetch object", e.key, err))
}

// errShort says that less or more arrived than the store has.
var errShort = errors.New("the object did not arrive whole")

// worthAnother reports that the connection may be to blame: errors with a code were tried again by the store already.
func worthAnother(err error) bool {
	return errors.Is(err, errShort) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (c *Cache) fetchOnce(ctx context.Context, f *flight, e *entry) (err error) {
	temp, err := os.CreateTemp(filepath.Join(c.dir, tempName), "object-*")
	if err != nil {
		return err
	}
	size, sum, err := c.download(ctx, e.key, temp)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = c.settle(f, e, func() error { return c.install(e, temp.Name(), size, sum) })
	}
	if err != nil {
		return errors.Join(err, removeFile(temp.Name()))
	}
	return nil
}

// download copies the object and takes its sum on the way.
func (c *Cache) download(ctx context.Context, key string, to io.Writer) (size int64, sum string, err error) {
	r, err := c.objects.Open(ctx, key)
	if err != nil {
		return 0, "", err
	}
	hash := sha256.New()
	size, err = io.Copy(io.MultiWriter(to, hash), &patient{ctx, r})
	if err = errors.Join(err, r.Close()); err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(hash.Sum(nil)), c.compare(ctx, key, size)
}

// compare holds what arrived against the listing, and against the store where the listing says otherwise. Without a
// listed size there is nothing to compare: when a listing gives one later, it is compared then.
func (c *Cache) compare(ctx context.Context, key string, size int64) error {
	c.mu.Lock()
	e := c.entries[key]
	same := e == nil || e.listed == 0 || e.listed == size
	c.mu.Unlock()
	if same {
		return nil
	}
	info, err := c.objects.Stat(ctx, key)
	if err == nil && info.Size != size {
		err = fmt.Errorf("%w: %d of %d bytes", errShort, size, info.Size)
	}
	return err
}

// install moves a fetched copy into place: first the line that vouches for it, then the file.
func (c *Cache) install(e *entry, temp string, size int64, sum string) error {
	next := *e
	next.size, next.sum = size, sum
	if err := c.record(&next); err != nil {
		return err
	}
	path := e.path
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	now, err := stampOf(path)
	if err != nil {
		return err
	}
	c.resize(e, size)
	e.sum, e.stamp = sum, now
	c.stats.Misses++
	c.stats.Fetched += size
	return c.makeRoom()
}

// sumOf reads a file through.
func sumOf(ctx context.Context, path string) (sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, &patient{ctx, file})
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(err, file.Close())
}

// patient reads until the context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// Read reads, unless the context has ended.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
