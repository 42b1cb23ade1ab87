package lake_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/mem"
)

// visible reads the newest snapshot as a reader does, and fails when a key stands twice.
func (w *world) visible(t testing.TB) map[columns.Key]columns.Row {
	t.Helper()
	out := map[columns.Key]columns.Row{}
	for _, f := range w.lake.Snapshots().Tables["glue_metrics"].Files {
		for _, r := range w.read(t, f.Key) {
			if _, twice := out[r.Key()]; twice {
				t.Fatalf("%s at %d stands twice", r.Series.MetricName, r.TS)
			}
			out[r.Key()] = r
		}
	}
	return out
}

func (w *world) read(t testing.TB, key string) (all []columns.Row) {
	t.Helper()
	layout, err := columns.NewLayout(glue(), ids(glue()))
	must(t, err)
	object, err := w.store.OpenAt(t.Context(), key)
	must(t, err)
	defer object.Close()
	r, err := columns.NewReader(object, object.Size(), layout)
	must(t, err)
	for {
		batch, err := r.Next()
		if errors.Is(err, io.EOF) {
			must(t, r.Close())
			return all
		}
		must(t, err)
		all = append(all, batch...)
	}
}

// sums gives the visible sums by metric and minute after now, sorted.
func (w *world) sums(t testing.TB) string {
	t.Helper()
	var out []string
	for _, r := range w.visible(t) {
		out = append(out, fmt.Sprintf("%s%+d=%g", r.Series.MetricName, (r.TS-now.UnixMilli())/60_000, r.Sum))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func (w *world) ledger(t testing.TB) lake.Ledger {
	t.Helper()
	s, err := w.snapshots.Current(t.Context(), "glue_metrics")
	must(t, err)
	l, own, err := lake.LedgerOf(s)
	must(t, err)
	if !own {
		t.Fatal("the newest snapshot is somebody else's")
	}
	return l
}

func at(minute int) time.Time { return now.Add(time.Duration(minute) * time.Minute) }

func point(metric string, minute int, count, sum float64) statement {
	return statement{Metric: metric, TS: at(minute), Count: count, Sum: sum}
}

func wantSums(t testing.TB, w *world, want string) {
	t.Helper()
	if got := w.sums(t); got != want {
		t.Errorf("visible %s, want %s", got, want)
	}
}

func TestCurate(t *testing.T) {
	t.Run("AppendsWhatIsNew", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5), point("b", 0, 1, 7))
		w.feed.land("glue_metrics", now, point("a", 1, 1, 6))
		w.curate(t)
		wantSums(t, w, "a+0=5 a+1=6 b+0=7")
		if n := len(w.lake.Snapshots().Tables["glue_metrics"].Files); n != 1 {
			t.Errorf("%d files for one hour", n)
		}
	})
	t.Run("FoldsWithinARound", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 2, 50), point("a", 0, 1, 70), point("a", 0, 2, 60))
		w.curate(t)
		wantSums(t, w, "a+0=60")
	})
	t.Run("HoldsWhatItHas", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", 0, 2, 9), point("b", 0, 1, 1))
		w.curate(t)
		wantSums(t, w, "a+0=5 b+0=1")
		if held := w.ledger(t).Held; len(held) != 1 || held[0].Rows != 1 {
			t.Errorf("held %+v", held)
		}
	})
	t.Run("OneFileForEachHourAndForEachOldDay", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", -61, 1, 1), point("a", -1, 1, 2), point("a", 0, 1, 3), point("a", -4000, 1, 4), point("a", -4200, 1, 5))
		w.curate(t)
		var names []string
		for _, f := range w.lake.Snapshots().Tables["glue_metrics"].Files {
			names = append(names, strings.Join(strings.Split(f.Key, "/")[3:], "/")[:len("day=2026-11-24/11")])
		}
		if got, want := fmt.Sprint(names), "[day=2026-11-21/da day=2026-11-24/10 day=2026-11-24/11 day=2026-11-24/12]"; got != want {
			t.Errorf("files %s, want %s", got, want)
		}
	})
	t.Run("LeavesOutWhatIsFarFromItsArrival", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 120, 1, 1), point("b", 121, 1, 2), point("a", 0, 1, 3),
			statement{Metric: "a", TS: now.Add(-15*24*time.Hour - time.Millisecond), Count: 1, Sum: 4})
		w.curate(t)
		wantSums(t, w, "a+0=3 a+120=1")
	})
	t.Run("TakesARoundAtATime", func(t *testing.T) {
		w := newWorld(t, lake.Config{RoundLines: 1})
		for i := range 3 {
			w.feed.land("glue_metrics", now, point("a", i, 1, 1))
		}
		more, err := w.lake.Curate(t.Context(), "glue_metrics")
		must(t, err)
		if !more || w.ledger(t).Mark != "1" {
			t.Errorf("more %v, ledger %+v", more, w.ledger(t))
		}
		w.curate(t)
		wantSums(t, w, "a+0=1 a+1=1 a+2=1")
	})
	t.Run("CommitsNothingWhenNothingCame", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.curate(t)
		if s, err := w.snapshots.Current(t.Context(), "glue_metrics"); err != nil || s.ID != 0 {
			t.Errorf("snapshot %d, %v", s.ID, err)
		}
	})
	t.Run("RefusesATableWithoutSchema", func(t *testing.T) {
		_, err := newWorld(t, lake.Config{}).lake.Curate(t.Context(), "nobodys")
		wantCode(t, err, limnograph.CodeNotFound)
	})
	t.Run("CountsDamagedLinesAndGoesOn", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5), point("b", 0, 1, 6))
		b := &w.feed.batches["glue_metrics"][0]
		b.Lines = append([]byte("{broken\n"), b.Lines...)
		w.curate(t)
		wantSums(t, w, "a+0=5 b+0=6")
	})
}

func TestRestart(t *testing.T) {
	t.Run("GoesOnFromTheLedger", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", 0, 2, 6), point("b", 0, 1, 7))
		w.start(t)
		w.curate(t)
		wantSums(t, w, "a+0=5 b+0=7")
		if held := w.ledger(t).Held; len(held) != 1 || held[0].Rows != 1 {
			t.Errorf("held %+v: what a was seen before the restart was forgotten", held)
		}
	})
	t.Run("KeepsWhatIsHeld", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", 0, 2, 6))
		w.curate(t)
		w.start(t)
		w.feed.land("glue_metrics", now, point("b", 0, 1, 7))
		w.curate(t)
		if held := w.ledger(t).Held; len(held) != 1 {
			t.Errorf("held %+v", held)
		}
	})
	t.Run("ReadsLandingAgainWhenAHeldFileIsGone", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", 0, 2, 6))
		w.curate(t)
		must(t, w.store.Delete(t.Context(), w.ledger(t).Held[0].Key))
		w.start(t)
		w.curate(t)
		if held := w.ledger(t).Held; len(held) != 1 || held[0].Rows != 1 {
			t.Fatalf("held %+v", held)
		}
		if r := w.read(t, w.ledger(t).Held[0].Key); len(r) != 1 || r[0].Sum != 6 {
			t.Errorf("held statements %+v", r)
		}
	})
}

func TestCommitSucceededButTimedOut(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
	w.store.FailAfter(mem.OpCommit, &limnograph.Error{Code: limnograph.CodeTimeout, Op: "commit"})
	w.curate(t)
	wantSums(t, w, "a+0=5")
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5), point("b", 0, 1, 6))
	w.curate(t)
	wantSums(t, w, "a+0=5 b+0=6")
}

func TestCommitFailed(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
	w.store.FailNext(mem.OpCommit, errors.New("boom"))
	if _, err := w.lake.Curate(t.Context(), "glue_metrics"); err == nil {
		t.Error("no error")
	}
	w.curate(t)
	wantSums(t, w, "a+0=5")
}

// TestConflictPlansAgain has a second lake commit between the planning and the commit of the first.
func TestConflictPlansAgain(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
	w.curate(t)
	first := w.lake
	w.start(t)
	w.feed.land("glue_metrics", now, point("b", 0, 1, 6))
	w.curate(t) // by the second lake
	_, err := first.Curate(t.Context(), "glue_metrics")
	wantCode(t, err, limnograph.CodeConflict)
	_, err = first.Curate(t.Context(), "glue_metrics")
	must(t, err)
	w.lake = first
	wantSums(t, w, "a+0=5 b+0=6")
	if held := w.ledger(t).Held; len(held) != 0 {
		t.Errorf("held %+v: the rows of the other lake were taken for new ones, or again", held)
	}
}

func TestRollBackTakesTheLedgerBack(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
	w.curate(t)
	first, err := w.snapshots.Current(t.Context(), "glue_metrics")
	must(t, err)
	w.feed.land("glue_metrics", now, point("b", 0, 1, 6))
	w.curate(t)
	must(t, w.snapshots.RollBack(t.Context(), "glue_metrics", first.ID))
	w.start(t)
	wantSums(t, w, "a+0=5")
	w.curate(t)
	wantSums(t, w, "a+0=5 b+0=6")
}
