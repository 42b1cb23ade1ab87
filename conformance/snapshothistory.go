package conformance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"limnograph"
)

func (x *snapshotTest) wantSteps(t testing.TB, want int) {
	t.Helper()
	if steps, err := x.Store.StepBack(t.Context(), x.schema.Table); err != nil || steps != want {
		t.Errorf("stepped back over %d states, %v; want %d", steps, err, want)
	}
}

func (x *snapshotTest) rollBack(t testing.TB, id int64) {
	t.Helper()
	if err := x.Store.RollBack(t.Context(), x.schema.Table, id); err != nil {
		t.Fatalf("roll back: %v", err)
	}
}

func (x *snapshotTest) expire(t testing.TB, keep int) {
	t.Helper()
	if err := x.Store.Expire(t.Context(), x.schema.Table, keep, 0); err != nil {
		t.Fatalf("expire: %v", err)
	}
}

// chain commits n files, one in each commit, and returns the history.
func (x *snapshotTest) chain(t testing.TB, n int) []limnograph.Snapshot {
	t.Helper()
	var all []limnograph.Snapshot
	for i := range n {
		all = append([]limnograph.Snapshot{x.add(t, noon+int64(i))}, all...)
	}
	return all
}

// snapshotRace: of the writers that have one base exactly one wins, and the others are told so.
func snapshotRace(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	for round := range 10 {
		base := x.current(t)
		var add []limnograph.DataFile
		for range 4 {
			add = append(add, x.write(t, noon))
		}
		errs, made := make([]error, len(add)), make([]limnograph.Snapshot, len(add))
		var wg sync.WaitGroup
		for i, f := range add {
			wg.Go(func() {
				change := limnograph.TableChange{Add: []limnograph.DataFile{f}, Properties: map[string]string{"limno.commit": fmt.Sprint(i)}}
				made[i], errs[i] = x.Store.Commit(t.Context(), aTable, base.ID, change)
			})
		}
		wg.Wait()
		winner := slices.Index(errs, nil)
		if winner < 0 {
			t.Fatalf("nobody won: %v", errors.Join(errs...))
		}
		for i, err := range errs {
			if i != winner {
				wantCode(t, err, limnograph.CodeConflict)
			}
		}
		x.wantCurrent(t, made[winner])
		if len(made[winner].Files) != round+1 {
			t.Fatalf("%d files after round %d", len(made[winner].Files), round)
		}
	}
}

func snapshotRollBack(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	all := x.chain(t, 4)
	x.rollBack(t, all[0].ID)
	x.wantHistory(t, all...)
	x.rollBack(t, all[2].ID)
	x.wantHistory(t, all[2:]...)
	x.wantCurrent(t, all[2])
	wantCode(t, x.Store.RollBack(t.Context(), aTable, all[1].ID), limnograph.CodeNotFound)
	wantCode(t, x.Store.RollBack(t.Context(), aTable, 0), limnograph.CodeNotFound)
	_, err := x.Store.Commit(t.Context(), aTable, all[0].ID, limnograph.TableChange{})
	wantCode(t, err, limnograph.CodeConflict)
	next := x.add(t, noon)
	x.wantHistory(t, append([]limnograph.Snapshot{next}, all[2:]...)...)
	x.Store = x.Reopen(t)
	x.wantHistory(t, append([]limnograph.Snapshot{next}, all[2:]...)...)
}

func snapshotExpire(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	all := x.chain(t, 6)
	wantCode(t, x.Store.Expire(t.Context(), aTable, 0, 0), limnograph.CodeInvalid)
	x.expire(t, 6)
	x.expire(t, 100)
	x.wantHistory(t, all...)
	x.expire(t, 2)
	x.wantHistory(t, all[:2]...)
	wantCode(t, x.Store.RollBack(t.Context(), aTable, all[2].ID), limnograph.CodeNotFound)
	x.Store = x.Reopen(t)
	x.wantHistory(t, all[:2]...)
	next := x.add(t, noon)
	x.wantHistory(t, next, all[0], all[1])
	x.rollBack(t, all[0].ID)
	x.expire(t, 1)
	x.wantHistory(t, all[0])
	x.Store = x.Reopen(t)
	x.wantHistory(t, x.add(t, noon), all[0])
}

func snapshotKeepsData(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	first := x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{x.write(t, noon), x.write(t, noon)}})
	before := keys(t, x.Objects, limnograph.DataPrefix(aTable), "")
	x.commit(t, limnograph.TableChange{Remove: first.Files})
	x.expire(t, 1)
	if got := keys(t, x.Objects, limnograph.DataPrefix(aTable), ""); len(got) != 2 || !slices.Equal(got, before) {
		t.Errorf("data files %q, before %q", got, before)
	}
}

// lose removes a data file.
func (x *snapshotTest) lose(t testing.TB, f limnograph.DataFile) {
	t.Helper()
	if err := x.Objects.Delete(t.Context(), f.Key); err != nil {
		t.Fatal(err)
	}
}

func snapshotStepBack(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	all := x.chain(t, 5)
	added := func(at int) limnograph.DataFile {
		return all[at].Files[slices.IndexFunc(all[at].Files, func(f limnograph.DataFile) bool { return !slices.Contains(all[at+1].Files, f) })]
	}
	x.lose(t, added(0))
	x.wantSteps(t, 1)
	x.wantHistory(t, all[1:]...)
	put(t, x.Objects, added(2).Key, "cut")
	x.wantSteps(t, 2)
	x.wantHistory(t, all[3:]...)
	x.wantSteps(t, 0)
	x.Store = x.Reopen(t)
	x.wantHistory(t, x.add(t, noon), all[3], all[4])
}

func snapshotStepBackAll(t testing.TB, x *snapshotTest) {
	ids := x.create(t, x.schema)
	all := x.chain(t, 3)
	x.lose(t, all[2].Files[0])
	x.wantSteps(t, 3)
	x.wantCurrent(t, limnograph.Snapshot{})
	x.wantHistory(t)
	x.Store = x.Reopen(t)
	if again := x.create(t, x.schema); len(again) != len(ids) {
		t.Errorf("columns %v, before %v", again, ids)
	}
	x.wantHistory(t, x.add(t, noon))
}

func snapshotApart(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	x.create(t, other())
	made := x.add(t, noon)
	foreign := x.writeTo(t, other(), noon)
	_, err := x.Store.Commit(t.Context(), aTable, made.ID, limnograph.TableChange{Add: []limnograph.DataFile{foreign}})
	wantCode(t, err, limnograph.CodeInvalid)
	if _, err := x.Store.Commit(t.Context(), limnograph.OtherTable, 0, limnograph.TableChange{Add: []limnograph.DataFile{foreign}}); err != nil {
		t.Fatal(err)
	}
	x.wantHistory(t, made)
	got, err := x.Store.Current(t.Context(), limnograph.OtherTable)
	if err != nil || len(got.Files) != 1 || got.Files[0] != foreign {
		t.Errorf("the other table holds %+v, %v", got, err)
	}
}

func snapshotReopen(t testing.TB, x *snapshotTest) {
	ids := x.create(t, x.schema)
	all := x.chain(t, 2)
	x.Store = x.Reopen(t)
	x.wantHistory(t, all...)
	if again := x.create(t, x.schema); len(again) != len(ids) || again["ts"] != ids["ts"] {
		t.Errorf("ids %v, before %v", again, ids)
	}
	x.wantHistory(t, append([]limnograph.Snapshot{x.add(t, noon)}, all...)...)
	x.Store = x.Reopen(t)
	if got := x.history(t); len(got) != 3 || len(got[0].Files) != 3 {
		t.Errorf("history %+v", got)
	}
}

// snapshotWalk compares random orders of calls with a list of snapshots. Each walk has a table of its own.
func snapshotWalk(t testing.TB, x *snapshotTest) {
	for walk := range uint64(15) {
		r := rand.New(rand.NewPCG(walk, 0))
		x.schema.Table = fmt.Sprintf("walk%d_metrics", walk)
		x.create(t, x.schema)
		var model []limnograph.Snapshot
		var calls []string
		for range 12 {
			calls = append(calls, []string{"commit", "commit", "commit", "roll back", "expire", "reopen", "step back"}[r.IntN(7)])
			model = x.step(t, r, calls[len(calls)-1], model)
			x.wantHistory(t, model...)
		}
		if t.Failed() {
			t.Fatalf("walk %d: %q", walk, calls)
		}
	}
}

func (x *snapshotTest) step(t testing.TB, r *rand.Rand, call string, model []limnograph.Snapshot) []limnograph.Snapshot {
	t.Helper()
	switch {
	case call == "commit":
		return append([]limnograph.Snapshot{x.commit(t, x.anyChange(t, r))}, model...)
	case call == "roll back" && len(model) > 0:
		at := r.IntN(len(model))
		x.rollBack(t, model[at].ID)
		return model[at:]
	case call == "expire":
		keep := 1 + r.IntN(4)
		x.expire(t, keep)
		return model[:min(keep, len(model))]
	case call == "reopen":
		x.Store = x.Reopen(t)
	case call == "step back":
		x.wantSteps(t, 0)
	}
	return model
}

func (x *snapshotTest) anyChange(t testing.TB, r *rand.Rand) limnograph.TableChange {
	c := limnograph.TableChange{Properties: map[string]string{"limno.mark": fmt.Sprint(r.Int64())}}
	for range r.IntN(4) {
		c.Add = append(c.Add, x.write(t, noon+int64(r.IntN(7)-3)*aDay))
	}
	for _, f := range x.current(t).Files {
		if r.IntN(4) == 0 {
			c.Remove = append(c.Remove, f)
		}
	}
	return c
}
