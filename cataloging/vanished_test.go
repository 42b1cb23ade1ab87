package cataloging_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"limnograph/cataloging"
)

// wantVanished compares what the worker has found gone.
func (w *world) wantVanished(total int64, keys ...string) {
	w.t.Helper()
	var got []string
	for _, f := range w.worker.Vanished("glue_metrics") {
		got = append(got, f.Key)
	}
	if strings.Join(got, " ") != strings.Join(keys, " ") || w.worker.VanishedTotal() != total {
		w.t.Errorf("%d vanished: %q; want %d, %q", w.worker.VanishedTotal(), got, total, keys)
	}
}

// An object that something else has deleted is complained about; one that was withdrawn before is not.
func TestVanishedObjectsAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		lost, expired, old := w.put("glue_metrics", "a", now), w.put("glue_metrics", "a", now), w.put("glue_metrics", "a", now.Add(-100*time.Hour))
		w.load()
		w.wantVanished(0)
		stop := w.run()
		if err := w.worker.Replace(t.Context(), "glue_metrics", []string{expired.Key}, nil); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{lost.Key, expired.Key} {
			if err := w.store.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.wantVanished(1, lost.Key)
		stop()
		if log := w.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, lost.Key) || strings.Contains(log, expired.Key) {
			t.Errorf("log %q", log)
		}
		if err := w.store.Delete(t.Context(), old.Key); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.load() // the next process finds it while it starts
		w.wantVanished(1, old.Key)
	})
}

// Where somebody else writes the catalogue, somebody else deletes too.
func TestAFollowerDoesNotComplainOfWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ev := w.put("glue_metrics", "a", time.Now())
		w.put("glue_metrics", "a", time.Now())
		w.worker = cataloging.New(w.store, w.cat, w.cat, w.known, cataloging.Config{Follow: true, FillEvery: 1000 * time.Hour, Logger: slog.New(slog.NewTextHandler(&w.log, nil))})
		w.load()
		w.want("glue_metrics:2")
		stop := w.run()
		if err := w.store.Delete(t.Context(), ev.Key); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.wantVanished(0)
		w.want("glue_metrics:1")
		stop()
		if w.log.Len() > 0 {
			t.Errorf("complaints:\n%s", w.log.String())
		}
	})
}
