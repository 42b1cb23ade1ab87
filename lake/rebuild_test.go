package lake_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/mem"
)

func (w *world) rebuild(t testing.TB, s *sealed, opt lake.RebuildOptions) lake.TableResult {
	t.Helper()
	opt.Table = "glue_metrics"
	result, err := w.lake.Rebuild(t.Context(), s, opt)
	must(t, err)
	return result.Tables[0]
}

// hashes returns the content hash of every visible row by key.
func (w *world) hashes(t testing.TB) map[columns.Key]uint64 {
	t.Helper()
	out := map[columns.Key]uint64{}
	for key, row := range w.visible(t) {
		out[key] = columns.Hash(&row)
	}
	return out
}

// wantSameRows compares the table with one that is curated from the same landing in one round.
func (w *world) wantSameRows(t testing.TB) {
	t.Helper()
	fresh := newWorld(t, lake.Config{})
	fresh.feed = w.feed
	fresh.clock = w.clock
	fresh.start(t)
	fresh.curate(t)
	if got, want := w.hashes(t), fresh.hashes(t); !maps.Equal(got, want) {
		t.Fatalf("%d rows differ from the %d of a fresh curation:\n%s\n%s", len(got), len(want), w.sums(t), fresh.sums(t))
	}
}

func TestRebuild(t *testing.T) {
	t.Run("CountsEachStatementOnce", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		for range 3 { // batches that belong to several hours
			w.feed.land("glue_metrics", now, point("a", -1, 1, 1), point("a", -70, 1, 1), point("a", -60*30, 1, 1))
		}
		w.curate(t)
		r := w.rebuild(t, &sealed{feed: w.feed, unknown: true}, lake.RebuildOptions{})
		if r.Statements != 9 || r.Rows != 3 {
			t.Fatalf("%d rows of %d statements, want 3 of 9", r.Rows, r.Statements)
		}
	})
	t.Run("MergesHeldStatements", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", -5, 3, 99), point("b", -140, 0, 7))
		w.curate(t)
		r := w.rebuild(t, &sealed{feed: w.feed}, lake.RebuildOptions{})
		w.wantSameRows(t)
		if r.Rows != 300 || r.Kept != 0 || r.Resumed {
			t.Fatalf("%+v", r)
		}
		if held := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}).Held; held != 0 {
			t.Fatalf("%d statements are still held", held)
		}
	})
	t.Run("PutsRightWhatIsWrong", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		w.replace(t, func(rows []columns.Row) []columns.Row { rows[0].Sum++; return rows[:len(rows)-1] })
		w.rebuild(t, &sealed{feed: w.feed}, lake.RebuildOptions{})
		w.wantSameRows(t)
		wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
	})
	t.Run("KeepsRowsThatLandingDoesNotHold", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", -5, 3, 99), point("c", -140, 0, 7))
		s := &sealed{feed: w.feed, dropped: batches(20, 120), unsealed: 1}
		r := w.rebuild(t, s, lake.RebuildOptions{})
		w.wantSameRows(t)
		if r.Kept != 204 {
			t.Fatalf("%d rows kept, want 204", r.Kept)
		}
		wantEqual(t, w.verify(t, s, lake.VerifyOptions{}))
	})
	t.Run("CommitterGoesOn", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		s := &sealed{feed: w.feed}
		times := 0
		r := w.rebuild(t, s, lake.RebuildOptions{Progress: func(p lake.Progress) {
			if p.Done == 0 || times == 2 {
				return // at the third attempt the committer has to wait
			}
			times++
			w.feed.land("glue_metrics", now, point("c", -times, 1, 1), point("a", -times, 2, 100))
			w.curate(t)
		}})
		if r.Commits == 0 || times != 2 {
			t.Fatalf("%d commits, %d times told", r.Commits, times)
		}
		w.rebuild(t, s, lake.RebuildOptions{})
		w.wantSameRows(t)
	})
	t.Run("WhatCannotBeReadIsLostAndNamed", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		file := w.lake.Snapshots().Tables["glue_metrics"].Files[0]
		w.flip(t, file.Key, file.Size-6)
		w.reopen(t)
		r := w.rebuild(t, &sealed{feed: w.feed}, lake.RebuildOptions{})
		if len(r.Lost) != 1 || r.Lost[0].Key != file.Key {
			t.Fatalf("lost %v, want %s", r.Lost, file.Key)
		}
		w.wantSameRows(t)
	})
	t.Run("ObjectsThatWerePackedMeanwhileAreListedAnew", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(30)
		w.curate(t)
		s := &sealed{feed: w.feed, gone: map[string]bool{}}
		for key := range s.objects("glue_metrics") {
			s.gone[key] = true
			break
		}
		w.rebuild(t, s, lake.RebuildOptions{})
		w.wantSameRows(t)
		if len(s.gone) > 0 {
			t.Fatal("the object was never asked for")
		}
	})
	t.Run("OnlyTheDaysOfTheRange", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.feed.land("glue_metrics", at(-60*24*3), point("a", -60*24*3, 1, 1))
		w.minutes(30)
		w.curate(t)
		r := w.rebuild(t, &sealed{feed: w.feed}, lake.RebuildOptions{Range: limnograph.TimeRange{From: at(-60), To: at(0)}})
		w.wantSameRows(t)
		if r.Rows != 60 {
			t.Fatalf("%d rows written, want 60", r.Rows)
		}
	})
	t.Run("AllStatesByAForeignWriter", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(10)
		w.curate(t)
		base, err := w.snapshots.Current(t.Context(), "glue_metrics")
		must(t, err)
		_, err = w.snapshots.Commit(t.Context(), "glue_metrics", base.ID, limnograph.TableChange{})
		must(t, err)
		must(t, w.snapshots.Expire(t.Context(), "glue_metrics", 1, 0))
		wantCode(t, w.reopen(t), limnograph.CodeConflict)
		w.rebuild(t, &sealed{feed: w.feed}, lake.RebuildOptions{})
		w.wantSameRows(t)
	})
}

// A rebuild that was interrupted goes on where it was.
func TestRebuildResumes(t *testing.T) {
	w := newWorld(t, lake.Config{})
	for day := -5; day < 0; day++ {
		w.feed.land("glue_metrics", at(day*24*60), point("a", day*24*60, 1, 1))
	}
	w.curate(t)
	s := &sealed{feed: w.feed, perObject: 1}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.lake.Rebuild(ctx, s, lake.RebuildOptions{Table: "glue_metrics", Progress: func(p lake.Progress) {
		if p.Done >= 3 {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("the rebuild was not interrupted")
	}
	first := w.rebuild(t, s, lake.RebuildOptions{})
	if !first.Resumed || first.Commits == 0 || first.Commits >= 5 {
		t.Fatalf("resumed %v with %d commits; want the rest of 5", first.Resumed, first.Commits)
	}
	w.wantSameRows(t)
	if again := w.rebuild(t, s, lake.RebuildOptions{}); again.Resumed || again.Commits != 5 {
		t.Fatalf("resumed %v with %d commits; want all of 5", again.Resumed, again.Commits)
	}
}

func TestRebuildAfterLakeDirectoryDeleted(t *testing.T) {
	for _, by := range []string{"start", "rebuild"} {
		t.Run("By"+by, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			w.minutes(150)
			w.curate(t)
			w.feed.land("glue_metrics", now, point("a", -5, 3, 99), point("b", -140, 0, 7), point("b", -60*24*9, 1, 7))
			w.curate(t)
			s := &sealed{feed: w.feed}
			w.rebuild(t, s, lake.RebuildOptions{})
			before := w.hashes(t)
			w.loseLake(t)
			if by == "start" {
				w.curate(t)
			} else {
				w.rebuild(t, s, lake.RebuildOptions{})
			}
			wantEqual(t, w.verify(t, s, lake.VerifyOptions{}))
			if after := w.hashes(t); !maps.Equal(before, after) {
				t.Fatalf("%d rows before, %d after, or not the same", len(before), len(after))
			}
		})
	}
}

func TestRebuildUnknownTable(t *testing.T) {
	w := newWorld(t, lake.Config{})
	_, err := w.lake.Rebuild(t.Context(), &sealed{feed: w.feed}, lake.RebuildOptions{Table: "nope"})
	wantCode(t, err, limnograph.CodeNotFound)
	if !errors.As(err, new(*limnograph.Error)) {
		t.Fatal(err)
	}
}

// flip changes one bit of a file, at any place of it.
func (w *world) flip(t testing.TB, key string, at int64) {
	t.Helper()
	content := slices.Clone(w.content(t, key))
	content[at] ^= 0x10
	w.overwrite(t, key, content)
}

// reopen opens a lake over what is there, which may refuse.
func (w *world) reopen(t testing.TB) error {
	t.Helper()
	var err error
	w.lake, err = lake.New(w.store, w.snapshots, w.feed, func() []limnograph.Schema { return []limnograph.Schema{w.schema} }, lake.Config{Now: w.now})
	must(t, err)
	return w.lake.Open(t.Context())
}

// loseLake deletes the folder lake, with the catalog in it.
func (w *world) loseLake(t testing.TB) {
	t.Helper()
	for info, err := range w.store.List(t.Context(), lake.Root, "") {
		must(t, err)
		must(t, w.store.Delete(t.Context(), info.Key))
	}
	w.snapshots = mem.NewSnapshots(w.store)
	must(t, w.reopen(t))
}
