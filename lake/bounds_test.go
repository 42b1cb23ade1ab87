package lake_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
)

// A damaged data file keeps held statements from being merged until somebody rebuilds it. Meanwhile others come, and each
// held file stands in the properties of every snapshot.
func TestHeldFilesStayFewBesideDamage(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.bring(t, point("a", 0, 1, 1))
	damaged := w.files(t)[0]
	w.corrupt(t, damaged)
	for i := range 120 {
		w.clock = w.clock.Add(5 * time.Second)
		w.bring(t, point("a", 0, float64(i+2), float64(i+2)))
		_, _ = w.lake.Compact(t.Context(), table) // it fails on the damaged file
	}
	if n := len(w.ledger(t).Held); n > 64 {
		t.Errorf("%d held files in the ledger", n)
	}
	w.heal(t)
	w.compact(t)
	if got, want := w.sums(t), "a+0=121"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A clock that was ahead when a statement was held must not make it wait until that time comes.
func TestHeldStatementsOfAClockThatWasAhead(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.clock = now.Add(time.Hour)
	w.bring(t, point("a", 0, 1, 1))
	w.bring(t, point("a", 0, 2, 2))
	w.clock = now.Add(10 * time.Minute)
	w.compact(t)
	if got, want := w.sums(t), "a+0=2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Landing that must be read again, since a held file is gone, counts as not curated: nothing of it may be deleted.
func TestALostHeldFileUncoversLanding(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.bring(t, point("a", 0, 1, 1))
	w.bring(t, point("a", 0, 2, 2))
	must(t, w.store.Delete(t.Context(), w.ledger(t).Held[0].Key))
	w.start(t)
	shown, _, err := lake.LedgerOf(*w.lake.Snapshots().Tables[table])
	must(t, err)
	if shown.Mark != "" {
		t.Errorf("the published mark is %q, though all of landing must be read again", shown.Mark)
	}
	w.curate(t)
	w.clock = now.Add(10 * time.Minute)
	w.compact(t)
	if got, want := w.sums(t), "a+0=2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// One damaged day must not take the others with it, when landing does not hold them any more.
func TestALostFileCostsOnlyItsOwnRows(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.bring(t, point("a", 0, 1, 1))
	w.clock = now.Add(24 * time.Hour)
	w.bring(t, point("b", 24*60, 1, 2))
	w.clock = now.Add(48 * time.Hour)
	for i := range 12 { // all retained snapshots name both
		w.bring(t, point("c", 48*60+i, 1, float64(i)))
	}
	w.expire(t)
	w.feed.batches = map[string][]limnograph.LandedBatch{} // expired
	before := len(w.visible(t))
	var lost limnograph.DataFile
	for _, f := range w.files(t) {
		if f.MinTime == at(0).UnixMilli() {
			lost = f
		}
	}
	must(t, w.store.Delete(t.Context(), lost.Key))
	w.start(t)
	w.curate(t)
	if got, want := len(w.visible(t)), before-1; got != want {
		t.Errorf("%d rows are left, want %d: files that are intact were given up with the lost one", got, want)
	}
}

// settling is a feed that says, some time after the last batch, that all of it is covered whole.
type settling struct{ *feed }

func (f settling) Read(ctx context.Context, name, mark string, limit int64, yield func(limnograph.LandedBatch) error) (string, bool, error) {
	read, settled := strings.CutSuffix(mark, "!")
	next, more, err := f.feed.Read(ctx, name, read, limit, yield)
	if err == nil && next == read && next != "" || settled && next == read {
		next += "!"
	}
	return next, more, err
}

// What landing may delete is decided by the mark of the newest snapshot, also when nothing comes any more.
func TestTheMarkOfAnIdleTableIsCommitted(t *testing.T) {
	w := newWorld(t, lake.Config{})
	l, err := lake.New(w.store, w.snapshots, settling{w.feed}, func() []limnograph.Schema { return []limnograph.Schema{w.schema} }, lake.Config{Now: func() time.Time { return w.clock }})
	must(t, err)
	w.lake = l
	must(t, w.lake.Open(t.Context()))
	w.bring(t, point("a", 0, 1, 1))
	w.curate(t)
	if got := w.ledger(t).Mark; got != "1!" {
		t.Errorf("the mark of the newest snapshot is %q", got)
	}
	before, err := w.snapshots.Current(t.Context(), table)
	must(t, err)
	w.curate(t)
	if after, err := w.snapshots.Current(t.Context(), table); err != nil || after.ID != before.ID {
		t.Errorf("a snapshot was made of nothing: %v", err)
	}
}
