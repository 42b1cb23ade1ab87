package landing_test

import (
	"context"
	"testing"
	"time"

	"limnograph"
	"limnograph/landing"
	"limnograph/localdir"
)

// BenchmarkPackHour packs an hour of 60 objects, and deletes what it has packed.
func BenchmarkPackHour(b *testing.B) {
	const objects, lines = 60, 5000
	for b.Loop() {
		b.StopTimer()
		s, err := localdir.Open(b.TempDir())
		must(b, err)
		now := &clock{now: arrival}
		l, err := landing.New(b.Context(), s, s, nil, landing.Config{Now: now.Now})
		must(b, err)
		for i := range objects {
			must(b, l.Append(b.Context(), batchAt(arrival.Add(time.Duration(i)*time.Second), lines)))
			must(b, l.Seal(b.Context()))
		}
		now.now = time.Now().Add(48 * time.Hour)
		k := landing.NewKeeper(l, func(context.Context, string, []string, []limnograph.File) error { return nil },
			landing.KeeperConfig{PackAfter: time.Hour, LongestQuery: time.Minute, Schemas: glueOnly})
		b.StartTimer()
		must(b, k.Tend(b.Context()))
		now.Advance(time.Hour)
		must(b, k.Tend(b.Context()))
		b.StopTimer()
		if left := len(keysOf(b, s, "landing/metrics/")); left != 1 {
			b.Fatalf("%d objects are left", left)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(objects*lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// batchAt is a batch of lines as long as usual ones.
func batchAt(at time.Time, lines int) *limnograph.Batch {
	b := batch(part("glue_metrics", "glue.driver.aggregate.recordsRead-of-a-job-with-a-long-name", lines))
	b.Arrival = at
	return b
}
