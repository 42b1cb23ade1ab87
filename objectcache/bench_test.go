package objectcache_test

import (
	"fmt"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

// BenchmarkHold takes and gives back copies that are there: what a query over so many objects pays.
func BenchmarkHold(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(b, objectcache.Config{})
			var files []limnograph.File
			for i := range n {
				files = append(files, f.put(fmt.Sprintf("o%06d.gz", i), 1000))
			}
			hold := func() {
				_, release, err := f.Hold(b.Context(), files)
				if err != nil {
					b.Fatal(err)
				}
				release()
			}
			hold()
			for b.Loop() {
				hold()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/object")
		})
	}
}
