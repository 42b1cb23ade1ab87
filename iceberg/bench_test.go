package iceberg_test

import (
	"fmt"
	"testing"

	"limnograph"
)

// BenchmarkCommit adds one file of one row to a table with that many live files, and keeps the number: each 20th commit
// replaces 20 files, as compaction does. Writing the file is not counted.
func BenchmarkCommit(b *testing.B) {
	for _, live := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(live), func(b *testing.B) { benchmarkCommit(b, live) })
	}
}

func benchmarkCommit(b *testing.B, live int) {
	root := b.TempDir()
	objects := objectsOf(b, root)
	s := open(b, root, objects)
	ids, err := s.CreateTable(b.Context(), ebs())
	must(b, err)
	n := 0
	write := func() limnograph.DataFile {
		n++
		day := int64(n % max(1, live/100))
		return writeFile(b, objects, ebs(), ids, dataKey(day, n), noon+day*aDay)
	}
	var add []limnograph.DataFile
	for range live {
		add = append(add, write())
	}
	last, err := s.Commit(b.Context(), "ebs_metrics", 0, limnograph.TableChange{Add: add})
	must(b, err)
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		change := limnograph.TableChange{Add: []limnograph.DataFile{write()}, Properties: map[string]string{"limno.mark": fmt.Sprint(n)}}
		if n%20 == 0 {
			change.Remove = last.Files[:20]
		}
		if n%100 == 0 {
			must(b, s.Expire(b.Context(), "ebs_metrics", 10, 0))
		}
		b.StartTimer()
		last, err = s.Commit(b.Context(), "ebs_metrics", last.ID, change)
		must(b, err)
	}
}
