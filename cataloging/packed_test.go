package cataloging_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/objectkey"
)

// putPacked stores an object that holds what events tell of, all of one folder.
func (w *world) putPacked(of ...limnograph.ObjectEvent) limnograph.ObjectEvent {
	w.t.Helper()
	first, err := objectkey.ParseLanding(of[0].Key)
	if err != nil {
		w.t.Fatal(err)
	}
	last, err := objectkey.ParseLanding(of[len(of)-1].Key)
	if err != nil {
		w.t.Fatal(err)
	}
	first.Through = last.Sequence
	return w.putKey(first.Key())
}

// wantEvents compares what is published of glue_metrics, and what the ledger has, with keys.
func (w *world) wantEvents(events ...limnograph.ObjectEvent) {
	w.t.Helper()
	var want, published, recorded []string
	for _, ev := range events {
		want = append(want, ev.Key)
	}
	for _, f := range w.worker.FileSet().Tables[0].Files {
		published = append(published, f.Key)
	}
	files, err := w.cat.Objects(w.t.Context(), "glue_metrics")
	for _, f := range files {
		recorded = append(recorded, f.Key)
	}
	slices.Sort(want)
	slices.Sort(published)
	if !slices.Equal(published, want) || !slices.Equal(recorded, want) || err != nil {
		w.t.Errorf("published %q\nledger    %q, %v\nwant      %q", published, recorded, err, want)
	}
}

// Replace is one step, and what has left does not come back by an event or a listing.
func TestReplace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		defer stop()
		now := time.Now()
		a, b, c := w.put("glue_metrics", "a", now), w.put("glue_metrics", "a", now), w.put("glue_metrics", "a", now)
		for _, ev := range []limnograph.ObjectEvent{a, b, c} {
			w.worker.Notify(ev)
		}
		synctest.Wait()
		before := w.worker.FileSet()
		packed := w.putPacked(a, b)
		if err := w.worker.Replace(t.Context(), "glue_metrics", []string{a.Key, b.Key}, []limnograph.File{limnograph.File(packed)}); err != nil {
			t.Fatal(err)
		}
		w.wantEvents(c, packed)
		if got := w.worker.FileSet().Version; got != before.Version+1 {
			t.Errorf("version %d follows %d: there was one between", got, before.Version)
		}
		w.worker.Notify(a)
		time.Sleep(31 * time.Second) // the newest hours
		time.Sleep(2 * time.Hour)    // everything
		synctest.Wait()
		w.wantEvents(c, packed)
		if err := w.worker.Replace(t.Context(), "glue_metrics", []string{a.Key, b.Key}, []limnograph.File{limnograph.File(packed)}); err != nil {
			t.Errorf("repeated: %v", err)
		}
		w.wantEvents(c, packed)
	})
}

// What is withdrawn stays out while the store has it, and its key is free again when the store has forgotten it.
func TestWithdraw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		defer stop()
		a, b := w.put("glue_metrics", "a", time.Now()), w.put("glue_metrics", "a", time.Now())
		w.worker.Notify(a)
		w.worker.Notify(b)
		synctest.Wait()
		if err := w.worker.Replace(t.Context(), "glue_metrics", []string{a.Key}, nil); err != nil {
			t.Fatal(err)
		}
		w.wantEvents(b)
		w.worker.Notify(a)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		w.wantEvents(b)
		if err := w.store.Delete(t.Context(), a.Key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		w.putKey(a.Key)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		w.wantEvents(a, b)
	})
}

// A packed object that is found by listing takes the place of what it was made of, whatever of that is known.
func TestPackedObjectIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.put("glue_metrics", "a", noon), w.put("glue_metrics", "a", noon)
		other := w.put("glue_metrics", "b", noon)
		w.load()
		w.wantEvents(a, b, other)
		packed := w.putPacked(a, b)
		stop := w.run()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		w.wantEvents(packed, other)
		stop()
		w.start()
		w.load()
		w.wantEvents(packed, other)
		w.cat = mem.NewCatalog() // nothing is known any more
		w.start()
		w.load()
		w.wantEvents(packed, other)
		if err := w.store.Delete(t.Context(), packed.Key); err != nil { // somebody undoes the packing
			t.Fatal(err)
		}
		w.start()
		w.load()
		w.wantEvents(a, b, other)
	})
}

// A process that ended between recording a packed object and forgetting its parts left both in the ledger.
func TestLedgerWithPackedObjectAndParts(t *testing.T) {
	w := newWorld(t)
	a, b := w.put("glue_metrics", "a", noon), w.put("glue_metrics", "a", noon)
	w.load()
	packed := w.putPacked(a, b)
	if err := w.cat.Record(t.Context(), "glue_metrics", []limnograph.File{limnograph.File(packed)}); err != nil {
		t.Fatal(err)
	}
	set, err := cataloging.Snapshot(t.Context(), w.cat, w.cat)
	if err != nil || len(set.Tables[0].Files) != 1 || set.Tables[0].Files[0].Key != packed.Key {
		t.Errorf("without a server: %+v, %v", set, err)
	}
	w.start()
	w.load()
	w.wantEvents(packed)
}

func TestReplaceRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.worker.Replace(ctx, "glue_metrics", nil, nil); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
			t.Errorf("nobody runs: %v", err)
		}
		stop := w.run()
		defer stop()
		a := w.put("glue_metrics", "a", noon)
		w.worker.Notify(a)
		synctest.Wait()
		for name, tc := range map[string]struct {
			table string
			files []limnograph.File
			code  limnograph.Code
		}{
			"a table that is not there": {"ebs_metrics", nil, limnograph.CodeNotFound},
			"a file elsewhere":          {"glue_metrics", []limnograph.File{{Key: "lake/x.parquet"}}, limnograph.CodeInvalid},
			"a file of another table":   {"glue_metrics", []limnograph.File{{Key: objectkey.Landing{Table: "other_metrics", Sender: "a", Stream: "s", Arrival: noon, Sequence: 9}.Key()}}, limnograph.CodeInvalid},
		} {
			if err := w.worker.Replace(t.Context(), tc.table, []string{a.Key}, tc.files); limnograph.ErrorCode(err) != tc.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.wantEvents(a)
	})
}

// brokenLedger fails when something is to be forgotten.
type brokenLedger struct {
	*mem.Catalog
	broken bool
}

func (l *brokenLedger) Forget(ctx context.Context, table string, keys []string) error {
	if l.broken {
		return errors.New("the disk is full")
	}
	return l.Catalog.Forget(ctx, table, keys)
}

// While the ledger fails readers see the parts, all of them, and never both.
func TestReplaceIsRepeatedAfterAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ledger := &brokenLedger{Catalog: w.cat}
		w.worker = cataloging.New(w.store, w.cat, ledger, w.known, cataloging.Config{})
		a, b := w.put("glue_metrics", "a", noon), w.put("glue_metrics", "a", noon)
		w.load()
		stop := w.run()
		defer stop()
		packed := w.putPacked(a, b)
		ledger.broken = true
		replace := func() error {
			return w.worker.Replace(t.Context(), "glue_metrics", []string{a.Key, b.Key}, []limnograph.File{limnograph.File(packed)})
		}
		if err := replace(); err == nil {
			t.Error("the ledger failed and nobody says so")
		}
		w.want("glue_metrics:2 other_metrics:0")
		ledger.broken = false
		if err := replace(); err != nil {
			t.Error(err)
		}
		w.wantEvents(packed)
	})
}
