package mem

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"limnograph"
	"limnograph/columns"
)

// Snapshots keeps the snapshots of curated tables in memory. It shares the faults of the store that holds the data files:
// one CrashAfter counts the steps of both, PowerCut and Kill end both. It is safe for concurrent use.
type Snapshots struct {
	store  *Store                    // its mutex guards the rest
	tables map[string]*snapshotTable // also those whose creation a power cut undid
	made   uint64                    // snapshots so far, for their ids
}

var _ limnograph.SnapshotStore = (*Snapshots)(nil)

// NewSnapshots returns a snapshot store without tables, for data files in store.
func NewSnapshots(store *Store) *Snapshots {
	store.mu.Lock()
	defer store.mu.Unlock()
	x := &Snapshots{store: store, tables: make(map[string]*snapshotTable)}
	store.lose = append(store.lose, x.lose)
	return x
}

// tableState is one state of a table. It is immutable.
type tableState struct {
	columns []columns.Column
	history []limnograph.Snapshot // newest first
}

// CreateTable implements limnograph.SnapshotWriter.
func (x *Snapshots) CreateTable(ctx context.Context, s limnograph.Schema) (fieldIDs map[string]int, err error) {
	const op = "create curated table"
	if err := checkContext(ctx, op); err != nil {
		return nil, err
	}
	x.store.mu.Lock()
	defer x.store.mu.Unlock()
	if err := x.begin(OpTable, op, s.Table); err != nil {
		return nil, err
	}
	t := x.tables[s.Table]
	if t == nil {
		t = &snapshotTable{damaged: make(map[int64]bool)}
		x.tables[s.Table] = t
	}
	before := cmp.Or(t.now, &tableState{})
	all, err := withColumns(before.columns, s)
	if err != nil {
		return nil, err
	}
	if t.now == nil || len(all) > len(before.columns) {
		if err := x.end(OpTable, op, s.Table, t, &tableState{columns: all, history: before.history}); err != nil {
			return nil, err
		}
	}
	return idsOf(all), nil
}

// withColumns returns columns and those of the schema that are not among them, with new ids.
func withColumns(have []columns.Column, s limnograph.Schema) ([]columns.Column, error) {
	all := slices.Clone(have)
	for _, c := range columns.ColumnsOf(s) {
		at := slices.IndexFunc(all, func(h columns.Column) bool { return h.Name == c.Name })
		if at < 0 {
			c.ID = len(all) + 1
			all = append(all, c)
			continue
		}
		if all[at].Type != c.Type {
			return nil, fail(limnograph.CodeConflict, "create curated table", "column "+c.Name+" of table "+s.Table+" has another type", nil)
		}
	}
	return all, nil
}

func idsOf(all []columns.Column) map[string]int {
	ids := make(map[string]int, len(all))
	for _, c := range all {
		ids[c.Name] = c.ID
	}
	return ids
}

// Current implements limnograph.SnapshotReader.
func (x *Snapshots) Current(ctx context.Context, table string) (limnograph.Snapshot, error) {
	const op = "read newest snapshot"
	var newest limnograph.Snapshot
	err := x.with(ctx, OpCurrent, op, table, func(t *snapshotTable) error {
		if len(t.now.history) == 0 {
			return nil
		}
		newest = clone(t.now.history[0])
		return t.readable(op, table, t.now.history[:1])
	})
	return orZero(newest, err)
}

// History implements limnograph.SnapshotReader.
func (x *Snapshots) History(ctx context.Context, table string) ([]limnograph.Snapshot, error) {
	const op = "read snapshots"
	var all []limnograph.Snapshot
	err := x.with(ctx, OpHistory, op, table, func(t *snapshotTable) error {
		for _, s := range t.now.history {
			all = append(all, clone(s))
		}
		return t.readable(op, table, t.now.history)
	})
	return orZero(all, err)
}

// Commit implements limnograph.SnapshotWriter. Added files must be in the store, with their size.
func (x *Snapshots) Commit(ctx context.Context, table string, base int64, change limnograph.TableChange) (limnograph.Snapshot, error) {
	const op = "commit snapshot"
	var made limnograph.Snapshot
	err := x.with(ctx, OpCommit, op, table, func(t *snapshotTable) error {
		var newest limnograph.Snapshot
		if len(t.now.history) > 0 {
			newest = t.now.history[0]
		}
		if newest.ID != base {
			return fail(limnograph.CodeConflict, op, "another snapshot of table "+table+" is the newest one", nil)
		}
		if err := t.readable(op, table, t.now.history[:min(1, len(t.now.history))]); err != nil {
			return err
		}
		files, err := change.Apply(table, newest.Files)
		if err != nil {
			return err
		}
		if missing := x.missing(change.Add); missing != "" {
			return fail(limnograph.CodeInvalid, op, missing+" is not in the store, or has another size", nil)
		}
		made = clone(limnograph.Snapshot{ID: x.newID(), Committed: x.now(), Files: files, Properties: change.Properties})
		history := append([]limnograph.Snapshot{made}, t.now.history...)
		return x.end(OpCommit, op, table, t, &tableState{columns: t.now.columns, history: history})
	})
	return orZero(clone(made), err)
}

// newID returns an id that says nothing about the order of snapshots.
func (x *Snapshots) newID() int64 {
	x.made++
	return int64(x.made * 0x9E3779B97F4A7C15 & (1<<63 - 1)) // odd factor: no id comes twice
}

func (x *Snapshots) now() time.Time { return x.store.cfg.Now().UTC().Truncate(time.Millisecond) }

// RollBack implements limnograph.SnapshotKeeper.
func (x *Snapshots) RollBack(ctx context.Context, table string, id int64) error {
	const op = "roll back table"
	return x.with(ctx, OpRollBack, op, table, func(t *snapshotTable) error {
		at := slices.IndexFunc(t.now.history, func(s limnograph.Snapshot) bool { return s.ID == id })
		if at < 0 {
			return fail(limnograph.CodeNotFound, op, "table "+table+" has no such snapshot", nil)
		}
		return x.end(OpRollBack, op, table, t, &tableState{columns: t.now.columns, history: t.now.history[at:]})
	})
}

// StepBack implements limnograph.SnapshotKeeper.
func (x *Snapshots) StepBack(ctx context.Context, table string) (steps int, err error) {
	const op = "step back"
	err = x.with(ctx, OpStepBack, op, table, func(t *snapshotTable) error {
		history := t.now.history
		for steps = 0; steps < len(history) && !x.intact(t, history[steps]); steps++ {
		}
		if steps == 0 && len(t.unsynced) == 0 {
			return nil
		}
		return x.end(OpStepBack, op, table, t, &tableState{columns: t.now.columns, history: history[steps:]})
	})
	return orZero(steps, err)
}

func (x *Snapshots) intact(t *snapshotTable, s limnograph.Snapshot) bool {
	return !t.damaged[s.ID] && x.missing(s.Files) == ""
}

// missing returns the key of a file that the store lacks or has with another size; "" when all are there.
func (x *Snapshots) missing(files []limnograph.DataFile) string {
	for _, f := range files {
		if have, ok := x.store.objects.now[f.Key]; !ok || int64(len(have.data)) != f.Size {
			return f.Key
		}
	}
	return ""
}

// Expire implements limnograph.SnapshotKeeper.
func (x *Snapshots) Expire(ctx context.Context, table string, keep int, _ time.Duration) error {
	const op = "expire snapshots"
	return x.with(ctx, OpExpire, op, table, func(t *snapshotTable) error {
		if keep < 1 {
			return fail(limnograph.CodeInvalid, op, "at least one snapshot must be kept", nil)
		}
		if len(t.now.history) <= keep {
			return nil
		}
		return x.end(OpExpire, op, table, t, &tableState{columns: t.now.columns, history: slices.Clone(t.now.history[:keep])})
	})
}

// with runs f on a table that is there.
func (x *Snapshots) with(ctx context.Context, kind Op, op, table string, f func(*snapshotTable) error) error {
	if err := checkContext(ctx, op); err != nil {
		return err
	}
	x.store.mu.Lock()
	defer x.store.mu.Unlock()
	if err := x.begin(kind, op, table); err != nil {
		return err
	}
	t := x.tables[table]
	if t == nil || t.now == nil {
		return fail(limnograph.CodeNotFound, op, "there is no curated table "+table, nil)
	}
	return f(t)
}

func clone(s limnograph.Snapshot) limnograph.Snapshot {
	s.Files, s.Properties = slices.Clone(s.Files), maps.Clone(s.Properties)
	return s
}

func orZero[T any](value T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}

var errDamaged = errors.New("its metadata is damaged")
