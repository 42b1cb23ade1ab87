package landing_test

import (
	"context"
	"testing"
	"time"

	"limnograph"
	"limnograph/landing"
)

// BenchmarkRead measures reading from a feed on a real disk: of an open segment that was just appended to, and of sealed
// objects. ns/line is the processor time of the whole process for each line, with inflating it.
func BenchmarkRead(b *testing.B) {
	for name, seal := range map[string]bool{"Live": false, "Sealed": true} {
		b.Run(name, func(b *testing.B) {
			s := openDir(b)
			l, err := landing.New(b.Context(), s, s, nil, landing.Config{})
			must(b, err)
			f := landing.NewFeed(l, s)
			defer f.Close()
			const batches, lines = 40, 5000
			p := realistic(lines)
			for range batches {
				must(b, l.Append(context.Background(), &limnograph.Batch{Sender: "team-a", Stream: "glue", Arrival: time.Now(), Parts: []limnograph.Part{p}}))
			}
			if seal {
				must(b, l.Seal(context.Background()))
			}
			b.SetBytes(int64(len(p.Lines)) * batches)
			cpu := processorTime()
			for b.Loop() {
				read := 0
				_, _, err := f.Read(context.Background(), p.Table, "", 0, func(b limnograph.LandedBatch) error {
					read += b.Count
					return nil
				})
				if err != nil || read != batches*lines {
					b.Fatal(read, err)
				}
			}
			b.ReportMetric(float64((processorTime()-cpu).Nanoseconds())/float64(b.N)/(batches*lines), "ns/line")
		})
	}
}
