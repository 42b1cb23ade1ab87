package cataloging_test

import (
	"fmt"
	"testing"
	"time"

	"limnograph"
	"limnograph/mem"
	"limnograph/objectkey"
)

// BenchmarkLoad loads a ledger of 500,000 objects and compares it with the store that holds them.
func BenchmarkLoad(b *testing.B) {
	w := &world{t: b, store: mem.New(), cat: mem.NewCatalog()}
	files := make([]limnograph.File, 0, 500_000)
	for i := range cap(files) {
		key := objectkey.Landing{Table: "glue_metrics", Sender: fmt.Sprint("sender", i%4), Stream: "stream", Arrival: noon.Add(-time.Duration(i) * time.Minute), Sequence: uint64(i)}.Key()
		files = append(files, limnograph.File{Key: w.putKey(key).Key, Size: 7})
	}
	w.start()
	w.load()
	if err := w.cat.Record(b.Context(), "glue_metrics", files); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		w.start()
		w.load()
		w.want("glue_metrics:500000 other_metrics:0")
	}
}

// BenchmarkEvent publishes one event after another.
func BenchmarkEvent(b *testing.B) {
	w := newWorld(b)
	w.load()
	ctx := cancelled(b)
	for b.Loop() {
		w.worker.Notify(w.put("glue_metrics", "a", noon))
		if err := w.worker.Run(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
