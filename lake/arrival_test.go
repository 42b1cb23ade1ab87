package lake_test

import (
	"testing"
	"time"

	"limnograph/lake"
)

// A snapshot names the newest arrival that it covers: what comes late in landing does not take it back, and neither does a
// restart.
func TestSnapshotNamesTheNewestArrival(t *testing.T) {
	w := newWorld(t, lake.Config{})
	want := func(at time.Time) {
		t.Helper()
		if got := w.lake.Snapshots().Tables["glue_metrics"].Arrival(); !got.Equal(at) {
			t.Errorf("arrival %v, want %v", got, at)
		}
	}
	want(time.Time{})
	w.feed.land("glue_metrics", now, point("a", 0, 1, 5))
	w.feed.land("glue_metrics", now.Add(-time.Minute), point("a", -1, 1, 5))
	w.curate(t)
	want(now)
	w.clock = now.Add(time.Hour)
	w.start(t)
	w.feed.land("glue_metrics", now.Add(-time.Hour), point("a", -60, 1, 5))
	w.curate(t)
	want(now)
	w.feed.land("glue_metrics", now.Add(time.Minute), point("a", 0, 2, 6)) // held
	w.curate(t)
	want(now.Add(time.Minute))
}
