package cataloging

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"limnograph"
)

// FollowConfig holds what is optional; the zero value works.
type FollowConfig struct {
	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now
}

// askEvery is how often the tables are asked for; it is also the shortest pause between two questions for the same missing
// partition, and askAtMost the longest one.
const (
	askEvery  = 30 * time.Second
	askAtMost = 10 * time.Minute
)

// Follower shows a catalogue that somebody else writes as one that a Worker can stand on: nothing is ever written, and
// what is not registered yet is left out until it is. It is safe for concurrent use.
type Follower struct {
	reader limnograph.CatalogReader
	cfg    FollowConfig
	look   chan struct{} // has one element when the catalogue is known to have changed

	mu     sync.Mutex // guards what follows; never held while the catalogue is asked
	tables []limnograph.Schema
	parts  map[string]*followed // by table
}

// followed is what is known of the partitions of one table.
type followed struct {
	known   map[limnograph.Partition]bool
	missing map[limnograph.Partition]bool // asked for, and not there
	next    time.Time                     // when missing ones are asked for again
	pause   time.Duration
}

var _ limnograph.Catalog = (*Follower)(nil)

// ReadOnly returns a follower of a catalogue. It knows no table before Refresh or Tables was called.
func ReadOnly(reader limnograph.CatalogReader, cfg FollowConfig) *Follower {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Follower{reader: reader, cfg: cfg, look: make(chan struct{}, 1), parts: make(map[string]*followed)}
}

// Run asks for the tables again and again until ctx ends; then it returns nil. While the catalogue does not answer, what
// is known stays.
func (f *Follower) Run(ctx context.Context) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-f.look:
		}
		if err := f.Refresh(ctx); err != nil && ctx.Err() == nil {
			f.cfg.Logger.Warn("catalogue does not answer, what is known of it stays", "err", err)
		}
	}
}

// Look says that the catalogue has changed: tables are asked for soon, and missing partitions when they are wanted. It
// never blocks.
func (f *Follower) Look() {
	f.mu.Lock()
	for _, t := range f.parts {
		t.next, t.pause = time.Time{}, 0
	}
	f.mu.Unlock()
	select {
	case f.look <- struct{}{}:
	default:
	}
}

// Refresh asks which tables there are. Errors: those of the catalogue.
func (f *Follower) Refresh(ctx context.Context) error {
	_, err := f.Tables(ctx)
	return err
}

// Schemas returns the tables of the last answer, sorted by name: they are the schemas of the Worker.
func (f *Follower) Schemas() []limnograph.Schema {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tables
}

// Tables asks the catalogue for its tables. Errors: those of the catalogue.
func (f *Follower) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	tables, err := f.reader.Tables(ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables = tables
	return tables, nil
}

// Partitions asks the catalogue for the partitions of a table. Errors: those of the catalogue.
func (f *Follower) Partitions(ctx context.Context, table string) ([]limnograph.Partition, error) {
	return f.reader.Partitions(ctx, table)
}

// EnsureTable looks whether the table is registered. Errors: CodeNotFound (not yet).
func (f *Follower) EnsureTable(_ context.Context, s limnograph.Schema) (changed bool, err error) {
	if _, ok := f.schemaOf(s.Table); !ok {
		return false, notYet(s.Table, nil)
	}
	return false, nil
}

func (f *Follower) schemaOf(table string) (limnograph.Schema, bool) {
	for _, s := range f.Schemas() {
		if s.Table == table {
			return s, true
		}
	}
	return limnograph.Schema{}, false
}

// AddPartitions looks whether the partitions are registered. The catalogue is asked when one is new here, and seldom
// when it was missing before. None is ever added. Errors: CodeNotFound with those that are not registered yet, and those
// of the catalogue.
func (f *Follower) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (added int, err error) {
	s, ok := f.schemaOf(table)
	if !ok {
		return 0, notYet(table, parts)
	}
	missing := f.missingOf(s, parts)
	if len(missing) > 0 && f.mayAsk(table, missing) {
		list, err := f.reader.Partitions(ctx, table)
		if err != nil {
			return 0, err
		}
		f.learn(table, list, missing)
		missing = f.missingOf(s, missing)
	}
	if len(missing) > 0 {
		return 0, notYet(table, missing)
	}
	return 0, nil
}

// missingOf lists the partitions that are neither computed nor known.
func (f *Follower) missingOf(s limnograph.Schema, parts []limnograph.Partition) (missing []limnograph.Partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.table(s.Table).known
	for _, p := range parts {
		p.Hour = p.Hour.UTC()
		if !isComputed(s.Projection, p) && !known[p] {
			missing = append(missing, p)
		}
	}
	return missing
}

func (f *Follower) table(name string) *followed {
	t := f.parts[name]
	if t == nil {
		t = &followed{known: make(map[limnograph.Partition]bool)}
		f.parts[name] = t
	}
	return t
}

// mayAsk reports whether one of the partitions was not asked for yet, or the pause is over.
func (f *Follower) mayAsk(table string, missing []limnograph.Partition) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.table(table)
	fresh := slices.ContainsFunc(missing, func(p limnograph.Partition) bool { return !t.missing[p] })
	return fresh || !f.cfg.Now().Before(t.next)
}

// learn takes in an answer. A question that found nothing new doubles the pause.
func (f *Follower) learn(table string, list, asked []limnograph.Partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.table(table)
	before := len(t.known)
	t.known = make(map[limnograph.Partition]bool, len(list))
	for _, p := range list {
		t.known[limnograph.Partition{Sender: p.Sender, Hour: p.Hour.UTC()}] = true
	}
	t.missing = make(map[limnograph.Partition]bool)
	for _, p := range asked {
		if !t.known[p] {
			t.missing[p] = true
		}
	}
	if t.pause *= 2; len(t.known) != before || t.pause == 0 {
		t.pause = askEvery
	}
	t.pause = min(t.pause, askAtMost)
	t.next = f.cfg.Now().Add(t.pause)
}

// unregistered says what a follower does not find in its catalogue.
type unregistered struct{ parts []limnograph.Partition }

// Error counts them.
func (u *unregistered) Error() string {
	return fmt.Sprintf("%d partitions are not registered yet", len(u.parts))
}

func notYet(table string, parts []limnograph.Partition) error {
	e := &limnograph.Error{
		Code: limnograph.CodeNotFound, Op: "follow catalogue", Message: "table " + table,
		Hint: "it appears as soon as whoever writes the catalogue has registered it",
	}
	if parts != nil {
		e.Err = &unregistered{parts}
	}
	return e
}

// isNotYet reports whether an error says that something is not registered, and which partitions; none: the table.
func isNotYet(err error) (parts []limnograph.Partition, ok bool) {
	var u *unregistered
	if errors.As(err, &u) {
		return u.parts, true
	}
	return nil, limnograph.ErrorCode(err) == limnograph.CodeNotFound
}
