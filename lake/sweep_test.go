package lake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
	"limnograph/mem"
)

func (w *world) sweep(t testing.TB) int {
	t.Helper()
	deleted, err := w.lake.Sweep(t.Context(), table)
	must(t, err)
	return deleted
}

func (w *world) expire(t testing.TB) {
	t.Helper()
	must(t, w.lake.Expire(t.Context(), table))
}

// stored lists the data and held files.
func (w *world) stored(t testing.TB) (keys []string) {
	t.Helper()
	for info, err := range w.store.List(t.Context(), "lake/"+table+"/", "") {
		must(t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// outdated makes a table of one file whose two earlier files only older snapshots name, and then only time.
func outdated(t testing.TB) (w *world, gone []limnograph.DataFile) {
	t.Helper()
	w = newWorld(t, lake.Config{})
	w.bring(t, point("a", 0, 1, 1))
	w.bring(t, point("b", 0, 1, 2))
	gone = w.files(t)
	w.clock = now.Add(70 * time.Minute)
	w.compact(t)
	wantFiles(t, w, 1)
	return w, gone
}

// forget makes as many snapshots as are kept, so that what older ones name is named no more.
func (w *world) forget(t testing.TB) {
	t.Helper()
	for i := range 10 {
		w.bring(t, point("z", 60+i, 1, 1))
	}
	w.expire(t)
}

func TestSweep(t *testing.T) {
	const wait = 10 * time.Minute
	t.Run("KeepsWhatASnapshotNames", func(t *testing.T) {
		w, _ := outdated(t)
		for range 3 {
			if n := w.sweep(t); n != 0 {
				t.Errorf("%d files deleted", n)
			}
			w.clock = w.clock.Add(2 * wait)
		}
	})
	t.Run("DeletesAfterTheLongestQueryAndNotBefore", func(t *testing.T) {
		w, gone := outdated(t)
		w.forget(t)
		for i, c := range []struct {
			after time.Duration
			want  int
		}{{0, 0}, {wait, 0}, {time.Millisecond, 2}, {wait, 0}} {
			w.clock = w.clock.Add(c.after)
			if n := w.sweep(t); n != c.want {
				t.Errorf("sweep %d deleted %d files, want %d", i, n, c.want)
			}
		}
		for _, f := range gone {
			if slices.Contains(w.stored(t), f.Key) {
				t.Errorf("%s is still there", f.Key)
			}
		}
		w.visible(t)
	})
	t.Run("CountsAnewAfterARestart", func(t *testing.T) {
		w, _ := outdated(t)
		w.forget(t)
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		w.start(t)
		if n := w.sweep(t); n != 0 {
			t.Errorf("%d files deleted", n)
		}
		w.clock = w.clock.Add(2 * wait)
		if n := w.sweep(t); n != 2 {
			t.Errorf("%d files deleted", n)
		}
	})
	t.Run("DeletesHeldFilesThatAreMerged", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 1))
		w.bring(t, point("a", 0, 2, 2))
		key := w.ledger(t).Held[0].Key
		w.clock = now.Add(5 * time.Minute)
		w.compact(t)
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		w.sweep(t)
		if !slices.Contains(w.stored(t), key) {
			t.Fatal("a held file that an older snapshot names was deleted")
		}
		w.forget(t)
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		w.sweep(t)
		if slices.Contains(w.stored(t), key) {
			t.Error("the held file is still there")
		}
	})
	t.Run("LeavesFilesOfOthers", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 1))
		for _, key := range []string{"README", "x.parquet", "day=2026-11-24/12-0011223344556677.parquet"} {
			_, err := w.store.Put(t.Context(), "lake/"+table+"/data/"+key, bytes.NewReader([]byte("x")), limnograph.PutOptions{})
			must(t, err)
		}
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		if n := w.sweep(t); n != 0 {
			t.Errorf("%d files deleted", n)
		}
	})
	t.Run("DeletesNothingWhenHistoryCannotBeRead", func(t *testing.T) {
		w, _ := outdated(t)
		w.forget(t)
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		before := len(w.stored(t))
		w.store.FailNext(mem.OpHistory, errors.New("boom"))
		if _, err := w.lake.Sweep(t.Context(), table); err == nil {
			t.Error("no error")
		}
		if after := len(w.stored(t)); after != before {
			t.Errorf("%d files, before %d", after, before)
		}
	})
	t.Run("DeletesWhatAFailedCommitLeft", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.bring(t, point("a", 0, 1, 1))
		w.feed.land(table, now, point("b", 0, 1, 2))
		w.store.FailNext(mem.OpCommit, errors.New("boom"))
		if _, err := w.lake.Curate(t.Context(), table); err == nil {
			t.Fatal("no error")
		}
		w.curate(t)
		w.sweep(t)
		w.clock = w.clock.Add(2 * wait)
		if n := w.sweep(t); n != 1 {
			t.Errorf("%d files deleted", n)
		}
		wantSums(t, w, "a+0=1 b+0=2")
	})
}

// TestQueryOpenWhileExpiryDeletesItsFiles has a query hold the files of a snapshot that is merged and forgotten.
func TestQueryOpenWhileExpiryDeletesItsFiles(t *testing.T) {
	w, gone := outdated(t)
	release := w.lake.Hold(gone)
	w.forget(t)
	for range 4 {
		w.sweep(t)
		w.clock = w.clock.Add(time.Hour)
	}
	for _, f := range gone {
		if rows := w.read(t, f.Key); len(rows) != 1 {
			t.Errorf("%s has %d rows", f.Key, len(rows))
		}
	}
	release()
	release()
	w.sweep(t)
	w.clock = w.clock.Add(time.Hour)
	if n := w.sweep(t); n != 2 {
		t.Errorf("%d files deleted after the query", n)
	}
}

// TestSweepBesideACommit: without any grace, a file is written, and later named, while a sweep looks.
func TestSweepBesideACommit(t *testing.T) {
	t.Run("CommittedBeforeItLists", func(t *testing.T) { sweepBeside(t, true) })
	t.Run("CommittedAfterItListed", func(t *testing.T) { sweepBeside(t, false) })
	t.Run("WrittenAndNotYetCommitted", func(t *testing.T) {
		w := newWorld(t, lake.Config{LongestQuery: -1})
		objects := &listing{watched: &watched{Store: w.store}}
		w.objects = objects
		w.start(t)
		w.bring(t, point("a", 0, 1, 1))
		w.feed.land(table, now, point("b", 0, 1, 1))
		stored, swept, curated := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		objects.onStored = func() { close(stored); <-swept }
		objects.onList = func() {
			objects.onList = nil
			go func() { _, err := w.lake.Curate(t.Context(), table); curated <- err }()
			<-stored
		}
		if n := w.sweep(t); n != 0 {
			t.Errorf("%d files deleted", n)
		}
		close(swept)
		must(t, <-curated)
		wantSums(t, w, "a+0=1 b+0=1")
	})
}

func sweepBeside(t *testing.T, before bool) {
	w := newWorld(t, lake.Config{LongestQuery: -1})
	objects := &listing{watched: &watched{Store: w.store}}
	w.objects = objects
	w.start(t)
	w.bring(t, point("a", 0, 1, 1))
	commits := 0
	commit := func() {
		commits++
		w.feed.land(table, w.clock, point("b", commits, 1, 1))
		w.curate(t)
	}
	if before {
		objects.onList = commit
	} else {
		objects.onListed = commit
	}
	w.sweep(t)
	w.sweep(t)
	if n := len(w.visible(t)); n != 5 || commits != 4 {
		t.Errorf("%d rows after %d commits", n, commits)
	}
}

// listing tells before and after it is listed, and when something was stored.
type listing struct {
	*watched
	onList, onListed, onStored func()
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (l *listing) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		call(l.onList)
		for info, err := range l.watched.List(ctx, prefix, after) {
			if !yield(info, err) {
				return
			}
		}
		call(l.onListed)
	}
}

func (l *listing) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	info, err := l.watched.Put(ctx, key, body, opt)
	call(l.onStored)
	return info, err
}

func TestRetain(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.schema.TableRetention = 3 * 24 * time.Hour
	w.bring(t, point("a", 0, 1, 1), point("a", -2900, 1, 2), point("a", -3*1440-719, 1, 3), point("a", -3*1440-721, 1, 4))
	wantSums(t, w, "a+0=1 a-2900=2 a-5039=3")
	w.bring(t, point("a", -2900, 2, 20), point("a", -5039, 2, 30))
	w.clock = now.Add(24 * time.Hour)
	must(t, w.lake.Retain(t.Context(), table))
	wantSums(t, w, "a+0=1 a-2900=2")
	w.compact(t)
	wantSums(t, w, "a+0=1 a-2900=20")
	wantHeld(t, w, 0)
	mark := w.ledger(t).Mark
	w.bring(t, point("a", -5039, 3, 31))
	wantSums(t, w, "a+0=1 a-2900=20")
	if w.ledger(t).Mark == mark {
		t.Error("the batch will be read again and again")
	}
	w.schema.TableRetention = 0
	w.bring(t, point("a", -5039, 3, 32))
	wantSums(t, w, "a+0=1 a-2900=20 a-5039=32")
	w.schema.TableRetention = 3 * 24 * time.Hour
	must(t, w.lake.Retain(t.Context(), table))
	before, err := w.snapshots.Current(t.Context(), table)
	must(t, err)
	must(t, w.lake.Retain(t.Context(), table))
	if after, err := w.snapshots.Current(t.Context(), table); err != nil || after.ID != before.ID {
		t.Errorf("a second call committed %d, %v", after.ID, err)
	}
	w.clock = now.Add(10 * 24 * time.Hour)
	must(t, w.lake.Retain(t.Context(), table))
	wantSums(t, w, "")
	if files := strings.Join(w.stored(t), " "); files == "" {
		t.Error("retention deleted files that older snapshots name")
	}
}
