package lake_test

import (
	"context"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
)

// A table that another tool drops while the process runs is made anew, with all that has landed.
func TestADroppedTableIsMadeAnew(t *testing.T) {
	for name, look := range map[string]func(t *testing.T, w *world){
		"WhenSomethingComes": func(t *testing.T, w *world) {
			w.feed.land("glue_metrics", now, point("b", 0, 1, 6))
			_, err := w.lake.Curate(t.Context(), table) // finds out
			wantCode(t, err, limnograph.CodeNotFound)
		},
		"WhenItIsRebuilt": func(t *testing.T, w *world) {
			_, err := w.lake.Rebuild(t.Context(), &sealed{feed: w.feed}, lake.RebuildOptions{})
			must(t, err)
			wantSums(t, w, "a+0=5")
			w.feed.land("glue_metrics", now, point("b", 0, 1, 6))
		},
		"WhenNothingComes": func(t *testing.T, w *world) {
			_, err := w.lake.Sweep(t.Context(), table)
			must(t, err)
			w.feed.land("glue_metrics", now, point("b", 0, 1, 6))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			w.bring(t, point("a", 0, 1, 5))
			w.snapshots.Drop(table)
			look(t, w)
			w.curate(t)
			wantSums(t, w, "a+0=5 b+0=6")
		})
	}
}

// What is deleted while the lake runs comes back while it runs.
func TestTheLakeHealsWhileItRuns(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, w *world){
		"TheTableIsDropped": func(_ *testing.T, w *world) { w.snapshots.Drop(table) },
		"ADataFileIsDeleted": func(t *testing.T, w *world) {
			must(t, w.store.Delete(t.Context(), w.files(t)[0].Key))
		},
		"AHeldFileIsDeleted": func(t *testing.T, w *world) {
			must(t, w.store.Delete(t.Context(), w.ledger(t).Held[0].Key))
		},
		"AllIsDeleted": func(t *testing.T, w *world) {
			for _, f := range w.files(t) {
				must(t, w.store.Delete(t.Context(), f.Key))
			}
			must(t, w.store.Delete(t.Context(), w.ledger(t).Held[0].Key))
			w.snapshots.Drop(table)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{CommitEvery: 8 * time.Millisecond})
			w.bring(t, point("a", 0, 1, 5), point("b", 0, 1, 6))
			w.bring(t, point("c", -90, 1, 7))
			w.bring(t, point("a", 0, 2, 8))
			before := w.lake.Snapshots().Tables[table].ID
			harm(t, w)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.lake.Run(ctx) }()
			for !w.coversAllSince(t, before) {
				time.Sleep(time.Millisecond)
			}
			stop()
			must(t, <-done)
			w.clock = now.Add(10 * time.Minute)
			w.compact(t)
			wantSums(t, w, "a+0=8 b+0=6 c-90=7")
		})
	}
}

// coversAllSince reports whether a later snapshot than one covers all that has landed.
func (w *world) coversAllSince(t *testing.T, id int64) bool {
	t.Helper()
	must(t, t.Context().Err())
	s := w.lake.Snapshots().Tables[table]
	ledger, _, err := lake.LedgerOf(*s)
	must(t, err)
	return s.ID != id && ledger.Mark == "3"
}

// A held file that cannot be read is given up, and what it held is curated again; it must not stop the merging.
func TestADamagedHeldFileIsGivenUp(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, w *world, key string){
		"Changed": func(t *testing.T, w *world, key string) { w.corrupt(t, limnograph.DataFile{Key: key}) },
		"CutOffAtAStart": func(t *testing.T, w *world, key string) {
			w.overwrite(t, key, w.content(t, key)[:40])
			w.start(t)
			if shown, _, err := lake.LedgerOf(*w.lake.Snapshots().Tables[table]); err != nil || shown.Mark != "" {
				t.Errorf("the start shows the mark %q, %v", shown.Mark, err)
			}
		},
		"Deleted": func(t *testing.T, w *world, key string) { must(t, w.store.Delete(t.Context(), key)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			w.bring(t, point("a", 0, 1, 1), point("b", 0, 1, 5))
			w.bring(t, point("a", 0, 2, 2))
			damaged := w.ledger(t).Held[0]
			w.bring(t, point("b", 0, 2, 6))
			harm(t, w, damaged.Key)
			w.clock = now.Add(10 * time.Minute)
			w.compact(t)
			w.curate(t)
			w.clock = now.Add(20 * time.Minute)
			w.compact(t)
			wantSums(t, w, "a+0=2 b+0=6")
			for _, h := range w.ledger(t).Held {
				if h.Key == damaged.Key {
					t.Error("the damaged file is in the ledger still")
				}
			}
		})
	}
}
