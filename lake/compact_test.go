package lake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
	"limnograph/mem"
)

const table = "glue_metrics"

// watched is a store that tells before it stores and deletes.
type watched struct {
	*mem.Store
	onPut    func(key string)
	onDelete func(key string)
}

func (w *watched) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	if w.onPut != nil {
		w.onPut(key)
	}
	return w.Store.Put(ctx, key, body, opt)
}

func (w *watched) Delete(ctx context.Context, key string) error {
	if w.onDelete != nil {
		w.onDelete(key)
	}
	return w.Store.Delete(ctx, key)
}

// watch lets a test act at stores and deletions.
func (w *world) watch(t testing.TB) *watched {
	t.Helper()
	objects := &watched{Store: w.store}
	w.objects = objects
	w.start(t)
	return objects
}

func (w *world) compact(t testing.TB) int {
	t.Helper()
	done, err := w.lake.Compact(t.Context(), table)
	must(t, err)
	return done
}

// bring lands statements at the world's time and curates them.
func (w *world) bring(t testing.TB, statements ...statement) {
	t.Helper()
	w.feed.land(table, w.clock, statements...)
	w.curate(t)
}

func (w *world) files(t testing.TB) []limnograph.DataFile {
	t.Helper()
	s, err := w.snapshots.Current(t.Context(), table)
	must(t, err)
	return s.Files
}

func wantFiles(t testing.TB, w *world, want int) {
	t.Helper()
	if files := w.files(t); len(files) != want {
		t.Errorf("%d files, want %d: %+v", len(files), want, files)
	}
}

func wantHeld(t testing.TB, w *world, want int64) {
	t.Helper()
	var rows int64
	for _, h := range w.ledger(t).Held {
		rows += h.Rows
	}
	if rows != want {
		t.Errorf("%d statements held, want %d", rows, want)
	}
}

// minutely brings one point of each metric for minutes from..to, each minute in a commit of its own.
func (w *world) minutely(t testing.TB, from, to int, metrics ...string) (want string) {
	t.Helper()
	var sums []string
	for m := from; m <= to; m++ {
		var points []statement
		for i, metric := range metrics {
			points = append(points, point(metric, m, 1, float64(100*m+i)))
			sums = append(sums, fmt.Sprintf("%s%+d=%d", metric, m, 100*m+i))
		}
		w.bring(t, points...)
	}
	return strings.Join(sorted(sums), " ")
}

func TestCompact(t *testing.T) {
	t.Run("MergesAnHourThatIsOver", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		want := w.minutely(t, 0, 59, "a", "b", "c")
		wantFiles(t, w, 60)
		w.clock = now.Add(70 * time.Minute)
		w.compact(t)
		wantFiles(t, w, 1)
		wantSums(t, w, want)
		if done := w.compact(t); done != 0 {
			t.Errorf("%d tasks for one file", done)
		}
	})
	t.Run("KeepsTheMark", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutely(t, 0, 59, "a")
		w.clock = now.Add(70 * time.Minute)
		w.compact(t)
		if got := w.ledger(t).Mark; got != "60" {
			t.Errorf("mark %q", got)
		}
	})
	t.Run("MakesDayFiles", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		var want []string
		for h := range 12 {
			want = append(want, strings.Fields(w.minutely(t, -60*h-2, -60*h-1, "a"))...)
		}
		w.clock = now.Add(85 * time.Hour)
		w.compact(t)
		wantFiles(t, w, 1)
		if key := w.files(t)[0].Key; !strings.Contains(key, "/day=2026-11-24/day-") {
			t.Errorf("file %s", key)
		}
		wantSums(t, w, strings.Join(sorted(want), " "))
	})
	t.Run("GoesOnPastAFileThatIsDamaged", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		want := w.minutely(t, 0, 1, "a", "b")
		more := w.minutely(t, 60, 61, "a", "b")
		w.corrupt(t, w.files(t)[2])
		w.clock = now.Add(3 * time.Hour)
		_, err := w.lake.Compact(t.Context(), table)
		wantCode(t, err, limnograph.CodeInvalid)
		wantFiles(t, w, 3)
		w.heal(t)
		w.compact(t)
		wantFiles(t, w, 2)
		wantSums(t, w, strings.Join(sorted(append(strings.Fields(want), strings.Fields(more)...)), " "))
	})
	t.Run("RefusesATableWithoutSchema", func(t *testing.T) {
		_, err := newWorld(t, lake.Config{}).lake.Compact(t.Context(), "nobodys")
		wantCode(t, err, limnograph.CodeNotFound)
	})
}

func TestCompactHeld(t *testing.T) {
	t.Run("MergesWithinTheTime", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 5), point("b", 0, 1, 6))
		w.bring(t, point("a", 0, 2, 9))
		w.clock = now.Add(time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=5 b+0=6")
		w.clock = now.Add(4 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=9 b+0=6")
		wantHeld(t, w, 0)
	})
	t.Run("MergesWhatIsLateWithinAnHour", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", -4000, 1, 5))
		w.bring(t, point("a", -4000, 2, 9))
		w.clock = now.Add(44 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a-4000=5")
		w.clock = now.Add(45 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a-4000=9")
	})
	t.Run("DropsWhatLosesOrIsEqualWithoutWriting", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 3, 5), point("b", 0, 1, 6))
		before := w.files(t)
		w.bring(t, point("a", 0, 2, 9))
		w.feed.batches[table] = append(w.feed.batches[table], w.feed.batches[table][0]) // the same batch again
		w.curate(t)
		wantHeld(t, w, 3)
		w.clock = now.Add(4 * time.Minute)
		w.compact(t)
		wantHeld(t, w, 0)
		wantSums(t, w, "a+0=5 b+0=6")
		if after := w.files(t); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("files %v, before %v", after, before)
		}
	})
	t.Run("TouchesOnlyFilesInWhichItWins", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 5))
		w.bring(t, point("b", 0, 1, 6))
		w.bring(t, point("a", 1, 1, 7))
		w.bring(t, point("b", 0, 2, 8))
		before := w.files(t)
		w.clock = now.Add(4 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=5 a+1=7 b+0=8")
		kept := 0
		for _, f := range w.files(t) {
			for _, b := range before {
				if f == b {
					kept++
				}
			}
		}
		if kept != 2 {
			t.Errorf("%d of 3 files were left alone", kept)
		}
	})
	t.Run("IntoADayFile", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutely(t, 0, 0, "a", "b", "c")
		w.minutely(t, 60, 60, "a", "b", "c")
		w.clock = now.Add(90 * time.Hour)
		w.compact(t)
		wantFiles(t, w, 1)
		w.bring(t, point("b", 60, 2, 1), point("c", 60, 0.5, 2), point("d", 60, 1, 3))
		w.clock = w.clock.Add(50 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=0 a+60=6000 b+0=1 b+60=1 c+0=2 c+60=6002 d+60=3")
		wantFiles(t, w, 2)
	})
	t.Run("PassesOnWithSmallFiles", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutely(t, 0, 58, "a")
		w.clock = now.Add(64*time.Minute + 30*time.Second)
		w.bring(t, point("a", 3, 2, 1))
		w.clock = now.Add(66 * time.Minute)
		w.compact(t)
		wantFiles(t, w, 1)
		wantHeld(t, w, 1)
		if !strings.Contains(w.sums(t), "a+3=1 ") {
			t.Errorf("visible %s", w.sums(t))
		}
	})
	t.Run("ManyHeldFilesBecomeOne", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", -4000, 1, 5))
		for i := range 40 {
			w.bring(t, point("a", -4000, 2, float64(i)))
		}
		w.clock = now.Add(time.Minute)
		w.compact(t)
		if held := w.ledger(t).Held; len(held) != 1 || held[0].Rows != 1 || !held[0].WrittenAt().Equal(now) {
			t.Errorf("held %+v", held)
		}
		wantSums(t, w, "a-4000=5")
		w.clock = now.Add(time.Hour)
		w.compact(t)
		wantSums(t, w, "a-4000=39")
	})
	t.Run("AppendsWhatNoFileHas", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 5))
		w.bring(t, point("a", 0, 2, 9))
		w.dropFiles(t)
		wantSums(t, w, "")
		w.clock = now.Add(4 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=9")
		wantHeld(t, w, 0)
		w.bring(t, point("a", 0, 3, 11))
		wantHeld(t, w, 1)
		wantSums(t, w, "a+0=9")
	})
	t.Run("LeavesAnUnplacedStatementThatSomebodyBrought", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		objects := w.watch(t)
		w.bring(t, point("a", 0, 1, 5), point("b", 0, 1, 1))
		w.bring(t, point("a", 0, 2, 9), point("b", 0, 2, 2))
		w.dropFiles(t)
		w.bring(t, point("b", 0, 1, 1))
		w.clock = now.Add(4 * time.Minute)
		objects.onPut = func(string) { // of the merge of b: a is not in the table yet
			objects.onPut = nil
			w.bring(t, point("a", 0, 1, 7))
		}
		w.compact(t)
		wantSums(t, w, "a+0=7 b+0=2")
		wantHeld(t, w, 1)
		w.clock = now.Add(8 * time.Minute)
		w.compact(t)
		wantSums(t, w, "a+0=9 b+0=2")
	})
}

// TestAppendRacesCompaction has rows and statements come between the merge and its commit.
func TestAppendRacesCompaction(t *testing.T) {
	w := newWorld(t, lake.Config{})
	objects := w.watch(t)
	w.minutely(t, 0, 2, "a")
	w.clock = now.Add(70 * time.Minute)
	races := 0
	objects.onPut = func(string) {
		hook := objects.onPut
		objects.onPut = nil
		races++
		w.bring(t, point("late", races, 1, 1), point("a", 1, 2, 150))
		if races < 3 {
			objects.onPut = hook
		}
	}
	w.compact(t)
	if races == 0 {
		t.Fatal("nothing raced")
	}
	if got, want := w.ledger(t).Mark, fmt.Sprint(w.feed.next); got != want {
		t.Errorf("mark %s, want %s", got, want)
	}
	objects.onPut = nil
	w.clock = now.Add(80 * time.Minute)
	w.compact(t)
	want := []string{"a+0=0", "a+1=150", "a+2=200"}
	for i := range races {
		want = append(want, fmt.Sprintf("late+%d=1", i+1))
	}
	wantSums(t, w, strings.Join(want, " "))
	wantHeld(t, w, 0)
}

// TestCompactionOnAnOldBase has the table go back to an earlier state between the merge and its commit: the merge must
// not bring back what was rolled back.
func TestCompactionOnAnOldBase(t *testing.T) {
	w := newWorld(t, lake.Config{})
	objects := w.watch(t)
	w.bring(t, point("a", 0, 1, 1))
	first, err := w.snapshots.Current(t.Context(), table)
	must(t, err)
	w.bring(t, point("b", 0, 1, 2))
	w.clock = now.Add(70 * time.Minute)
	objects.onPut = func(string) {
		objects.onPut = nil
		must(t, w.snapshots.RollBack(t.Context(), table, first.ID))
		w.feed.land(table, w.clock, point("c", 0, 1, 3))
		_, err := w.lake.Curate(t.Context(), table) // finds out; the next round begins at the earlier state
		if err != nil {
			wantCode(t, err, limnograph.CodeConflict)
		}
		w.curate(t)
	}
	w.compact(t)
	wantSums(t, w, "a+0=1 b+0=2 c+0=3")
}

// TestCompactionThatFails leaves the table as it was, or as it should be, whatever fails.
func TestCompactionThatFails(t *testing.T) {
	boom := errors.New("boom")
	for name, fail := range map[string]func(w *world){
		"Put":         func(w *world) { w.store.FailNext(mem.OpPut, boom) },
		"PutLate":     func(w *world) { w.store.FailAfter(mem.OpPut, boom) },
		"Commit":      func(w *world) { w.store.FailNext(mem.OpCommit, boom) },
		"CommitLate":  func(w *world) { w.store.FailAfter(mem.OpCommit, boom) },
		"NothingFail": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			w.bring(t, point("a", 0, 1, 1), point("b", 0, 1, 2))
			w.bring(t, point("a", 1, 1, 3))
			w.bring(t, point("a", 0, 2, 4))
			w.clock = now.Add(70 * time.Minute)
			fail(w)
			_, err := w.lake.Compact(t.Context(), table)
			if err != nil && !errors.Is(err, boom) {
				t.Fatal(err)
			}
			w.visible(t)
			w.bring(t, point("c", 0, 1, 5))
			w.compact(t)
			wantSums(t, w, "a+0=4 a+1=3 b+0=2 c+0=5")
			wantHeld(t, w, 0)
		})
	}
}

// TestRedeliverOldObjectAfterCompaction brings a batch again whose rows stand in a day file, and in part were restated.
func TestRedeliverOldObjectAfterCompaction(t *testing.T) {
	w := newWorld(t, lake.Config{})
	for h := range 12 {
		w.bring(t, point("a", -60*h-1, 1, float64(h)), point("b", -60*h-1, 1, float64(h)))
	}
	old := append([]limnograph.LandedBatch{}, w.feed.batches[table]...)
	w.bring(t, point("a", -61, 2, 77))
	w.clock = now.Add(90 * time.Hour)
	w.compact(t)
	wantFiles(t, w, 1)
	before, want := w.files(t), w.sums(t)
	w.start(t)
	w.feed.batches[table] = append(w.feed.batches[table], old...)
	w.curate(t)
	wantSums(t, w, want)
	wantHeld(t, w, 24)
	w.clock = w.clock.Add(time.Hour)
	w.compact(t)
	wantSums(t, w, want)
	wantHeld(t, w, 0)
	if after := w.files(t); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a redelivery without news wrote %v again", before)
	}
}

// TestTendingBesideCuration runs all loops at once, without any grace for deleted files; a reader looks on.
func TestTendingBesideCuration(t *testing.T) {
	w := newWorld(t, lake.Config{RoundLines: 1, LongestQuery: -1})
	w.clock = now.Add(70 * time.Minute)
	w.start(t)
	const rounds = 60
	for i := range rounds {
		w.feed.land(table, w.clock, point("a", i%30, float64(i), float64(i)), point("b", i, 1, 1))
	}
	ctx, done := context.WithCancel(t.Context())
	var tending sync.WaitGroup
	tending.Go(func() {
		for ctx.Err() == nil {
			_, compacted := w.lake.Compact(t.Context(), table)
			_, swept := w.lake.Sweep(t.Context(), table)
			if err := errors.Join(compacted, w.lake.Expire(t.Context(), table), swept, w.lake.Retain(t.Context(), table)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	w.curate(t)
	done()
	tending.Wait()
	w.visible(t)
	w.clock = now.Add(80 * time.Minute)
	w.compact(t)
	wantHeld(t, w, 0)
	got := w.visible(t)
	if len(got) != 30+rounds {
		t.Errorf("%d rows", len(got))
	}
	for _, r := range got {
		if minute := (r.TS - now.UnixMilli()) / 60_000; r.Series.MetricName == "a" && r.Sum != float64(30+minute) {
			t.Errorf("minute %d has %g", minute, r.Sum)
		}
	}
}
