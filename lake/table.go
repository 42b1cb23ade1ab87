package lake

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"limnograph"
	"limnograph/columns"
)

// table is one curated table at work. Whoever plans a commit on its newest snapshot holds mu until the commit has ended;
// preparing files for one (compaction, rebuild) needs it only to look, and again to commit.
type table struct {
	lake   *Lake
	name   string
	wanted atomic.Pointer[limnograph.Schema] // the newest definition

	tending       sync.Mutex           // held by compaction, expiry, rebuild: one at a time
	unneededSince map[string]time.Time // files that nobody needed at the last sweep; guarded by tending

	mu          sync.Mutex
	*tableFiles      // of the newest definition
	current     bool // the fields below are of the newest snapshot as far as we know
	opened      bool // stepped back once in this process
	schema      limnograph.Schema
	base        state
	mark        string // of the feed: covers base.Mark, and batches of which nothing was kept
	seen        *seen

	looked     int         // at which file was looked last, to see whether it is there
	trouble    string      // the damage that was logged last
	statements *statements // of the layout; kept between rounds for the series that it knows
	records    *records    // of a record table, which has neither layout nor statements; else nil
	rolledUp   rolledUp    // of limnograph.RunsTable
}

// state is a snapshot with its ledger.
type state struct {
	limnograph.Snapshot
	Ledger
}

func newTable(l *Lake, s limnograph.Schema) *table {
	return &table{lake: l, name: s.Table, seen: newSeen(l.cfg.SeenBytes)}
}

// ready loads the table if that is not done, and publishes it.
func (t *table) ready(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load(ctx)
}

// load makes the fields those of the newest snapshot. A table that was dropped meanwhile is made anew. The caller holds mu.
func (t *table) load(ctx context.Context) error {
	err := t.loadOnce(ctx)
	if t.opened && isGone(err) {
		t.startOver(err)
		err = t.loadOnce(ctx)
	}
	return err
}

func (t *table) loadOnce(ctx context.Context) error {
	if err := t.define(ctx); err != nil {
		return err
	}
	if t.current {
		return nil
	}
	if err := t.stepBack(ctx); err != nil {
		return err
	}
	now, err := t.newestOwn(ctx)
	if err != nil {
		return err
	}
	if err := t.heldThere(ctx, &now); err != nil {
		return err
	}
	t.take(now)
	t.mark = now.Mark
	t.seen.forget()
	t.rollAgain()
	t.current = true
	return nil
}

// define brings the table's columns to those of the newest definition.
func (t *table) define(ctx context.Context) error {
	wanted := *t.wanted.Load()
	if t.tableFiles != nil && reflect.DeepEqual(t.schema, wanted) {
		return nil
	}
	ids, err := t.lake.snapshots.CreateTable(ctx, wanted)
	if err != nil {
		return err
	}
	if wanted.Records != nil {
		t.schema, t.tableFiles = wanted, &tableFiles{t.lake, t.name, nil}
		t.records, err = newRecords(wanted, ids)
		return err
	}
	layout, err := columns.NewLayout(wanted, ids)
	if err != nil {
		return err
	}
	t.schema, t.tableFiles, t.statements = wanted, &tableFiles{t.lake, t.name, layout}, newStatements(layout)
	return nil
}

// stepBack repairs what a crash or a disk has left, once for each process.
func (t *table) stepBack(ctx context.Context) error {
	if t.opened {
		return nil
	}
	if err := t.giveUpLost(ctx); err != nil {
		return err
	}
	steps, err := t.lake.snapshots.StepBack(ctx, t.name)
	if err != nil {
		return err
	}
	t.opened = true
	if steps > 0 {
		t.lake.metrics.steppedBack.WithLabelValues(t.name).Add(float64(steps))
		t.lake.cfg.Logger.Warn("the newest state of a curated table was not intact: an earlier one was taken, and what followed is curated again from landing",
			"table", t.name, "steps", steps)
	}
	return nil
}

// newestOwn returns the newest snapshot, after it has rolled the table back past those that somebody else wrote.
func (t *table) newestOwn(ctx context.Context) (state, error) {
	now, own, err := t.newest(ctx)
	if err != nil || own {
		return now, err
	}
	return t.walkBack(ctx)
}

// newest returns the newest snapshot with its ledger; own is false when somebody else wrote it.
func (t *table) newest(ctx context.Context) (_ state, own bool, err error) {
	now, err := t.lake.snapshots.Current(ctx, t.name)
	if err != nil {
		return state{}, false, err
	}
	ledger, own, err := LedgerOf(now)
	return state{now, ledger}, own, err
}

// walkBack makes the newest snapshot of ours the newest one. What others have written is lost on purpose: their rows
// come from nowhere that we know.
func (t *table) walkBack(ctx context.Context) (state, error) {
	history, err := t.lake.snapshots.History(ctx, t.name)
	if err != nil {
		return state{}, err
	}
	for i, s := range history {
		_, own, err := LedgerOf(s)
		if err != nil {
			return state{}, err
		}
		if !own {
			continue
		}
		if err := t.lake.snapshots.RollBack(ctx, t.name, s.ID); err != nil {
			return state{}, err
		}
		t.lake.metrics.foreign.WithLabelValues(t.name).Add(float64(i))
		t.lake.cfg.Logger.Warn("a curated table was rolled back past snapshots of another writer", "table", t.name, "snapshots", i)
		return t.rolledBack(ctx)
	}
	return state{}, &limnograph.Error{
		Code: limnograph.CodeConflict, Op: "open curated table",
		Message: fmt.Sprintf("all %d snapshots of %s were written by somebody else", len(history), t.name),
		Hint:    "stop the other writer, then run `limno rebuild --table " + t.name + "`",
	}
}

// rolledBack reads the state after a roll-back, with its own ledger: the other writer may be at work still.
func (t *table) rolledBack(ctx context.Context) (state, error) {
	now, own, err := t.newest(ctx)
	if err == nil && !own {
		err = &limnograph.Error{Code: limnograph.CodeConflict, Op: "roll back table", Message: "another writer works on " + t.name, Hint: "stop it"}
	}
	return now, err
}

// heldThere takes held files that are gone or cut off out of a ledger. The state that is shown says so too: landing is needed
// until it is read again.
func (t *table) heldThere(ctx context.Context, now *state) error {
	var there []HeldFile
	for _, h := range now.Held {
		err := t.heldIsThere(ctx, h)
		switch {
		case err == nil:
			there = append(there, h)
		case isDamage(err):
			t.sayHeldLost(h, err)
			now.Mark = ""
			now.Properties = maps.Clone(now.Properties)
			now.Properties[markProperty] = ""
		default:
			return err
		}
	}
	now.Held = there
	return nil
}

// take makes a state the base of what follows, and shows it.
func (t *table) take(now state) {
	t.base = now
	t.lake.publish(t.name, &now.Snapshot)
	t.lake.metrics.state(t.name, now, t.seen.size())
}

// lose says that nobody knows the newest snapshot: the next round reads it.
func (t *table) lose() { t.current = false }
