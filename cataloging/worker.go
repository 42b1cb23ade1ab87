package cataloging

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"limnograph"
)

// Worker keeps catalogue, ledger and file set in step with the store. Load comes first, then Run; Notify and FileSet
// may be called at any time from anywhere.
type Worker struct {
	objects limnograph.ObjectReader
	cat     limnograph.Catalog
	ledger  limnograph.ObjectLedger
	schemas func() []limnograph.Schema
	cfg     Config

	mu            sync.Mutex
	queue         []notice
	dropped       bool                                  // the queue overflowed: reconcile soon
	vanished      map[string]map[string]limnograph.File // by table and key
	vanishedTotal int64
	wake          chan struct{} // has one element while there is something to do

	replacements chan replacement

	published atomic.Pointer[limnograph.FileSet]

	// Owned by the goroutine in Load or Run.
	tables  map[string]*table
	known   []limnograph.Schema        // what schemas returned last
	warned  map[string]bool            // complaints that have been logged
	waiting map[string]limnograph.File // by key: what a catalogue that somebody else writes does not have yet

	lines *lineReader // owned by the goroutine that fills in bounds
}

// New returns a worker over a store, its catalogue and its ledger. schemas returns the definitions of now; it is
// polled, so that a table appears while the server runs.
func New(objects limnograph.ObjectReader, cat limnograph.Catalog, ledger limnograph.ObjectLedger, schemas func() []limnograph.Schema, cfg Config) *Worker {
	w := &Worker{
		objects: objects, cat: cat, ledger: ledger, schemas: schemas, cfg: cfg.withDefaults(),
		wake: make(chan struct{}, 1), replacements: make(chan replacement),
		tables:   make(map[string]*table),
		warned:   make(map[string]bool),
		waiting:  make(map[string]limnograph.File),
		vanished: make(map[string]map[string]limnograph.File),
		lines:    newLineReader(),
	}
	w.published.Store(&limnograph.FileSet{})
	return w
}

// FileSet returns the newest published picture; before Load it is empty. It never returns nil.
func (w *Worker) FileSet() *limnograph.FileSet { return w.published.Load() }

// Notify says that an object was sealed. It never blocks.
func (w *Worker) Notify(ev limnograph.ObjectEvent) { w.enqueue(notice{file: limnograph.File(ev)}) }

// notice is what waits to be catalogued.
type notice struct {
	file   limnograph.File
	bounds bool // its bounds were read: nothing to do when the file has vanished meanwhile
}

func (w *Worker) enqueue(notices ...notice) {
	w.mu.Lock()
	fit := min(len(notices), max(0, maxQueued-len(w.queue)))
	w.queue = append(w.queue, notices[:fit]...)
	w.dropped = w.dropped || fit < len(notices)
	w.mu.Unlock()
	w.wakeUp()
}

func (w *Worker) wakeUp() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (w *Worker) take() []notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.queue
	w.queue = nil
	return taken
}

// putBack returns what could not be catalogued, before what came meanwhile.
func (w *Worker) putBack(notices []notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(notices, w.queue...)
}

func (w *Worker) hasDropped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dropped
}

// setDropped says whether dropped events are still to be made good, and returns what was said before.
func (w *Worker) setDropped(dropped bool) (before bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, w.dropped = w.dropped, dropped
	return before
}

// publish swaps in a new file set. The slices of files are shared with earlier sets: they only grow at
// their end, or are replaced.
func (w *Worker) publish() {
	set := &limnograph.FileSet{Version: w.published.Load().Version + 1, Published: w.cfg.Now().UTC()}
	for _, name := range sortedNames(w.tables) {
		t := w.tables[name]
		set.Tables = append(set.Tables, limnograph.TableFiles{Schema: t.schema, Files: t.files[:len(t.files):len(t.files)]})
	}
	w.published.Store(set)
}

func (w *Worker) publishIf(changed bool) {
	if changed {
		w.publish()
	}
}

// warnOnce logs a complaint the first time.
func (w *Worker) warnOnce(message, key string, err error) {
	if id := message + "\x00" + key; !w.warned[id] && len(w.warned) < 1000 {
		w.warned[id] = true
		w.cfg.Logger.Warn(message, "subject", key, "err", err)
	}
}

// sleep waits for d unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
