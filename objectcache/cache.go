package objectcache

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"limnograph"
)

// Cache is a folder of copies. It is safe for concurrent use; one process at a time has the folder.
type Cache struct {
	dir     string
	objects limnograph.ObjectReader
	cfg     Config
	lock    *os.File
	slots   chan struct{} // one for each object that may be fetched or checked
	work    sync.WaitGroup

	mu      sync.Mutex // guards what follows
	index   *index
	entries map[string]*entry
	idle    *list.List // entries with a copy that nobody holds, the longest unused first
	used    int64      // bytes of all entries
	held    int64      // bytes of the entries that somebody holds
	queue   []*ticket  // who waits for room, in the order of their coming
	flights map[*flight]context.CancelFunc
	stats   Stats
	closed  bool
}

// entry is one object that is there or wanted.
type entry struct {
	key     string
	path    string // of its copy
	size    int64  // of the copy; without one, as listed
	listed  int64  // size that the listing gave; 0: unknown
	sum     string // SHA-256 of the copy in hexadecimal; empty: there is none
	stamp   stamp  // of the file when its content was last checked; zero: not since the start
	holders int
	place   *list.Element // among the idle ones; nil while held
	flight  *flight       // what fetches or checks it now
}

// Open opens the cache in a folder, which it makes, over a store of immutable objects. Damage that an earlier process
// left is found when a copy is wanted. Errors: CodeConflict (another process has the folder, or it holds other files),
// CodeUnavailable (no space), CodeInternal (the folder can't be used).
func Open(dir string, objects limnograph.ObjectReader, cfg Config) (*Cache, error) {
	cfg = cfg.withDefaults()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, openError(dir, err)
	}
	c := &Cache{
		dir: dir, objects: objects, cfg: cfg, slots: make(chan struct{}, cfg.Downloads),
		entries: make(map[string]*entry), idle: list.New(), flights: make(map[*flight]context.CancelFunc),
	}
	if err := c.open(); err != nil {
		return nil, errors.Join(openError(dir, err), c.unlock())
	}
	return c, nil
}

func (c *Cache) open() error {
	temp := filepath.Join(c.dir, tempName)
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if err := c.checkOwn(); err != nil {
		return err
	}
	if err := c.takeLock(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(temp), os.Mkdir(temp, 0o700)); err != nil {
		return err
	}
	if err := c.restore(); err != nil {
		return err
	}
	return c.makeRoom()
}

func openError(dir string, err error) error {
	var known *limnograph.Error
	if errors.As(err, &known) {
		return err
	}
	code := limnograph.CodeInternal
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = limnograph.CodeUnavailable
	}
	return &limnograph.Error{Code: code, Op: "open cache", Message: "the folder " + dir, Hint: "check its disk and permissions, or choose another with cache.dir", Err: err}
}

// checkOwn refuses a folder that holds something else: whatever the index does not name is removed.
func (c *Cache) checkOwn() error {
	names, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n.Name() == lockName {
			return nil
		}
	}
	if len(names) > 0 {
		return &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "open cache", Message: fmt.Sprintf("the folder %s holds other files", c.dir),
			Hint: "choose an empty folder with cache.dir",
		}
	}
	return nil
}

func (c *Cache) takeLock() (err error) {
	if c.lock, err = os.OpenFile(filepath.Join(c.dir, lockName), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	err = syscall.Flock(int(c.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "open cache", Message: fmt.Sprintf("another process uses the cache in %s", c.dir),
			Hint: "end it, or choose another folder with cache.dir",
		}
	}
	return err
}

func (c *Cache) unlock() error {
	if c.lock == nil {
		return nil
	}
	return c.lock.Close()
}

// Stats returns the figures of now.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Bytes, s.Objects = c.used, len(c.entries)
	return s
}

// Close ends what is being fetched and gives the folder back; the copies stay. Release everything before.
func (c *Cache) Close() error {
	c.mu.Lock()
	c.closed = true
	for _, cancel := range c.flights {
		cancel()
	}
	c.refuseWaiting(isClosed())
	c.mu.Unlock()
	c.work.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil {
		return nil
	}
	err := errors.Join(c.rewriteIndex(), c.index.close(), c.unlock())
	c.index = nil
	if err != nil {
		return failed("close cache", indexName, err)
	}
	return nil
}
