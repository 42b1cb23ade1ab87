package mem_test

import (
	"slices"
	"strings"
	"testing"

	"limnograph"
	"limnograph/conformance"
	"limnograph/mem"
)

func TestObjectStore(t *testing.T) {
	conformance.ObjectStore(t, func(*testing.T) limnograph.ObjectStore { return mem.New() })
}

func TestSegmentStore(t *testing.T) {
	conformance.SegmentStore(t, func(*testing.T) conformance.SegmentHolder { return mem.New() })
}

func TestRandomReader(t *testing.T) {
	conformance.RandomReader(t, func(*testing.T) conformance.RandomHolder { return mem.New() })
}

func TestSegmentFollower(t *testing.T) {
	conformance.SegmentFollower(t, func(*testing.T) conformance.FollowedHolder { return mem.New() })
}

func TestSnapshots(t *testing.T) {
	conformance.Snapshots(t, func(*testing.T) conformance.SnapshotsFixture {
		s := mem.New()
		x := mem.NewSnapshots(s)
		return conformance.SnapshotsFixture{
			Store: x, Objects: s,
			Reopen: func(testing.TB) limnograph.SnapshotStore { s.PowerCut(); return x },
			Write: func(t testing.TB, _ limnograph.Schema, _ map[string]int, key string, times []int64) limnograph.DataFile {
				return dataFile(t, s, key, times...)
			},
		}
	})
}

// dataFile stores something that stands for a data file.
func dataFile(t testing.TB, s *mem.Store, key string, times ...int64) limnograph.DataFile {
	t.Helper()
	info, err := s.Put(t.Context(), key, strings.NewReader("PAR1"+key), limnograph.PutOptions{IfAbsent: true})
	if err != nil {
		t.Fatal(err)
	}
	return limnograph.DataFile{Key: key, Size: info.Size, Rows: int64(len(times)), MinTime: slices.Min(times), MaxTime: slices.Max(times)}
}
