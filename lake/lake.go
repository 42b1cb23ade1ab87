package lake

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
)

// Objects is the store of data and held files.
type Objects interface {
	limnograph.ObjectStore
	limnograph.RandomReader
}

// Config adjusts a Lake. The zero value works.
type Config struct {
	CommitEvery  time.Duration // how long acknowledged datapoints wait to be visible, at most; 0: 5 s
	RoundLines   int64         // lines that one commit takes, about; 0: 400,000
	SeenBytes    int64         // memory of each table's seen index; 0: 128 MiB
	LongestQuery time.Duration // a file outlives the last snapshot that names it by this; 0: 10 min
	Compaction   Compaction
	RollUpFrom   string                // the table of those datapoints; empty: glue_metrics
	Logger       *slog.Logger          // nil: silent
	Now          func() time.Time      // nil: time.Now
	Rand         io.Reader             // names of files and commits; nil: crypto/rand
	Registerer   prometheus.Registerer // nil: metrics are not exposed
}

func (c Config) withDefaults() Config {
	c.CommitEvery = cmp.Or(c.CommitEvery, 5*time.Second)
	c.RoundLines = cmp.Or(c.RoundLines, 400_000)
	c.SeenBytes = cmp.Or(c.SeenBytes, 128<<20)
	c.LongestQuery = cmp.Or(c.LongestQuery, 10*time.Minute)
	c.RollUpFrom = cmp.Or(c.RollUpFrom, "glue_metrics")
	c.Compaction = c.Compaction.withDefaults()
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

// Set is what readers may see of all curated tables, at one moment. It is immutable.
type Set struct {
	Tables map[string]*limnograph.Snapshot // by table name
}

// Lake curates every table. Its methods are safe for concurrent use.
type Lake struct {
	objects   Objects
	snapshots limnograph.SnapshotStore
	feed      limnograph.Feed
	schemas   func() []limnograph.Schema
	cfg       Config
	metrics   *metrics
	published atomic.Pointer[Set]
	rollsUp   atomic.Pointer[RollUp]
	files     fileUse

	mu     sync.Mutex
	tables map[string]*table
}

// New returns a lake over its stores. schemas names the tables; it is asked again and again. Errors: CodeConflict
// (metrics).
func New(objects Objects, snapshots limnograph.SnapshotStore, feed limnograph.Feed, schemas func() []limnograph.Schema, cfg Config) (*Lake, error) {
	l := &Lake{
		objects: objects, snapshots: snapshots, feed: feed, schemas: schemas, cfg: cfg.withDefaults(),
		metrics: newMetrics(), tables: make(map[string]*table), files: newFileUse(),
	}
	l.published.Store(&Set{Tables: map[string]*limnograph.Snapshot{}})
	return l, l.metrics.register(cfg.Registerer)
}

// Snapshots returns the newest published set. It never returns nil.
func (l *Lake) Snapshots() *Set { return l.published.Load() }

// publish shows a new state of one table.
func (l *Lake) publish(name string, s *limnograph.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := maps.Clone(l.published.Load().Tables)
	next[name] = s
	l.published.Store(&Set{Tables: next})
}

// Open makes every table ready to be read and curated: it steps back to the newest intact state, past the snapshots of
// others, and publishes it. Errors of one table do not keep the others from it; they are joined.
func (l *Lake) Open(ctx context.Context) error {
	var errs []error
	for _, s := range l.schemas() {
		t, err := l.table(s)
		if err == nil {
			err = t.ready(ctx)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// table returns the table of a schema, made when it is new.
func (l *Lake) table(s limnograph.Schema) (*table, error) {
	if s.Table == "" {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "open curated table", Message: "a schema has no table"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.tables[s.Table]
	if !ok {
		t = newTable(l, s)
		l.tables[s.Table] = t
	}
	t.wanted.Store(&s)
	return t, nil
}

// each calls f for every table that a schema names, in order of their names.
func (l *Lake) each(f func(t *table) error) error {
	schemas := slices.SortedFunc(slices.Values(l.schemas()), func(a, b limnograph.Schema) int {
		return strings.Compare(a.Table, b.Table)
	})
	var errs []error
	for _, s := range schemas {
		t, err := l.table(s)
		if err == nil {
			err = f(t)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// named returns the table of a name. Errors: CodeNotFound.
func (l *Lake) named(name string) (*table, error) {
	for _, s := range l.schemas() {
		if s.Table == name {
			return l.table(s)
		}
	}
	return nil, &limnograph.Error{Code: limnograph.CodeNotFound, Op: "find curated table", Message: "no schema names the table " + name, Hint: "see `limno query \"SHOW TABLES\"`"}
}

// Curate takes what has landed in a table since its last commit, up to RoundLines, into the table. more reports that
// there is more already.
func (l *Lake) Curate(ctx context.Context, name string) (more bool, err error) {
	t, err := l.named(name)
	if err != nil {
		return false, err
	}
	return t.curate(ctx)
}
