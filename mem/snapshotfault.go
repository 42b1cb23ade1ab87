package mem

import (
	"math/rand/v2"

	"limnograph"
)

// The operations of Snapshots. Commit, RollBack, StepBack, Expire and CreateTable have two steps: before anything has
// happened, and when the new state is there but not yet durable.
const (
	OpTable    Op = "table"    // SnapshotWriter.CreateTable
	OpCommit   Op = "commit"   // SnapshotWriter.Commit
	OpCurrent  Op = "current"  // SnapshotReader.Current
	OpHistory  Op = "history"  // SnapshotReader.History
	OpRollBack Op = "rollback" // SnapshotKeeper.RollBack
	OpStepBack Op = "stepback" // SnapshotKeeper.StepBack
	OpExpire   Op = "expire"   // SnapshotKeeper.Expire
)

// snapshotTable is the table that a running machine sees, and what the disk may hold of it.
type snapshotTable struct {
	now      *tableState // nil: there is no such table
	durable  *tableState
	unsynced []*tableState // states since durable, in order; the last one is now
	damaged  map[int64]bool
}

// Damage makes the metadata of a snapshot unreadable, as a broken disk does.
func (x *Snapshots) Damage(table string, id int64) {
	x.store.mu.Lock()
	defer x.store.mu.Unlock()
	x.tables[table].damaged[id] = true
}

// Drop removes a table, as another tool does: durably, and its files stay.
func (x *Snapshots) Drop(table string) {
	x.store.mu.Lock()
	defer x.store.mu.Unlock()
	delete(x.tables, table)
}

// Peek returns the history of a table, newest first, as a test sees it: it never fails, and is no step towards a crash.
func (x *Snapshots) Peek(table string) (all []limnograph.Snapshot) {
	x.store.mu.Lock()
	defer x.store.mu.Unlock()
	if t := x.tables[table]; t != nil && t.now != nil {
		for _, s := range t.now.history {
			all = append(all, clone(s))
		}
	}
	return all
}

// readable fails when one of the snapshots is damaged.
func (t *snapshotTable) readable(op, table string, snapshots []limnograph.Snapshot) error {
	for _, s := range snapshots {
		if t.damaged[s.ID] {
			return fail(limnograph.CodeInternal, op, "table "+table, errDamaged)
		}
	}
	return nil
}

// begin is the step before an operation.
func (x *Snapshots) begin(kind Op, op, table string) error {
	if err := x.store.faults.take(kind); err != nil {
		return wrap(op, table, err)
	}
	if kind == OpCurrent || kind == OpHistory {
		return nil
	}
	return x.store.faults.needSpace(op, table)
}

// end makes next the state of the table and then durable.
func (x *Snapshots) end(kind Op, op, table string, t *snapshotTable, next *tableState) error {
	t.now = next
	t.unsynced = append(t.unsynced, next)
	if err := x.store.faults.step(); err != nil {
		return wrap(op, table, err)
	}
	if !x.store.faults.lies[kind] {
		t.durable, t.unsynced = next, nil
	}
	if err := x.store.faults.takeLate(kind); err != nil {
		return wrap(op, table, err)
	}
	return nil
}

// lose leaves what the disk holds after a power cut: the durable state of each table or a later one.
func (x *Snapshots) lose(r *rand.Rand) {
	for _, name := range sortedKeys(x.tables) {
		t := x.tables[name]
		if n := r.IntN(len(t.unsynced) + 1); n > 0 {
			t.durable = t.unsynced[n-1]
		}
		t.now, t.unsynced = t.durable, nil
	}
}
