package lake_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"limnograph"
	"limnograph/lake"
)

// TestADamagedFileHoldsUpItsHoursAlone has a data file damaged while the lake runs: what comes for its hour waits, the
// rest goes on, and a rebuild brings what waited.
func TestADamagedFileHoldsUpItsHoursAlone(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.feed.land("glue_metrics", now, point("a", -90, 1, 5), point("a", 0, 1, 6))
	w.curate(t)
	w.start(t) // nothing is known of the hours any more
	damaged := w.lake.Snapshots().Tables["glue_metrics"].Files[0]
	if damaged.MaxTime != at(-90).UnixMilli() {
		t.Fatalf("the first file is %+v", damaged)
	}
	body, err := w.store.Open(t.Context(), damaged.Key)
	must(t, err)
	content, err := io.ReadAll(body)
	must(t, errors.Join(err, body.Close()))
	for i := range content[:len(content)-100] {
		content[i] = 0
	}
	_, err = w.store.Put(t.Context(), damaged.Key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)

	w.feed.land("glue_metrics", now, point("b", -90, 1, 7), point("b", 0, 1, 8))
	w.curate(t)
	held := w.ledger(t).Held
	if len(held) != 1 || held[0].Rows != 1 || held[0].MinTime != at(-90).UnixMilli() {
		t.Fatalf("held %+v, want the datapoint of the damaged hour", held)
	}
	if files := w.lake.Snapshots().Tables["glue_metrics"].Files; len(files) != 3 {
		t.Errorf("%d files, want the other hour's datapoint in a third", len(files))
	}
}
