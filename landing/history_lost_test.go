package landing_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// batchesOf makes the content of an object with one line in each of its batches.
func batchesOf(t testing.TB, sequences ...uint64) (content []byte) {
	t.Helper()
	for _, n := range sequences {
		content = append(content, gzipMember(t, fmt.Sprint(n, ".1.0.0"), fmt.Sprintf(`{"n":1,"limno_position":%d}`+"\n", n<<24))...)
	}
	return content
}

func putObject(t testing.TB, s *mem.Store, key string, content []byte) limnograph.File {
	t.Helper()
	info, err := s.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
	return limnograph.File{Key: key, Size: info.Size, Lines: 3, MaxTime: 1}
}

func lostKey(first, through uint64) string {
	return objectkey.Landing{Table: feedTable, Sender: "a", Stream: "s", Arrival: arrival, Sequence: first, Through: through}.Key()
}

func listed(t testing.TB, h *landing.History) (keys []string) {
	t.Helper()
	for f, err := range h.Objects(t.Context(), feedTable) {
		must(t, err)
		keys = append(keys, f.Key)
	}
	return keys
}

// An object that was cut between two batches tells nothing of it; what the ledger has recorded does.
func TestObjectsOfAnotherSizeThanRecordedAreDamaged(t *testing.T) {
	s, key := mem.New(), lostKey(3, 0)
	h := landing.NewHistory(s, ledgerOf(t, putObject(t, s, key, batchesOf(t, 3, 4, 5))))
	for _, c := range []struct {
		sequences []uint64
		damaged   bool
	}{{[]uint64{3, 4, 5}, false}, {[]uint64{3, 4}, true}, {[]uint64{3, 4, 5, 6}, true}, {[]uint64{3, 4, 5}, false}} {
		putObject(t, s, key, batchesOf(t, c.sequences...))
		listed(t, h)
		lines, _, err := landedLines(t, h, key)
		if damaged := limnograph.ErrorCode(err) == limnograph.CodeInvalid; damaged != c.damaged || lines != len(c.sequences) {
			t.Errorf("%v: %d lines, %v", c.sequences, lines, err)
		}
	}
}

// What only the ledger knows is listed, and reading it says that it is missing, until it is back.
func TestObjectsThatAreGoneAreMissing(t *testing.T) {
	s, key, other := mem.New(), lostKey(3, 0), lostKey(7, 0)
	h := landing.NewHistory(s, ledgerOf(t, putObject(t, s, key, batchesOf(t, 3))))
	putObject(t, s, other, batchesOf(t, 7))
	must(t, s.Delete(t.Context(), key))
	if got := listed(t, h); !slices.Equal(got, []string{other, key}) {
		t.Fatalf("listed %q", got)
	}
	_, _, err := landedLines(t, h, key)
	if wantCode(t, err, limnograph.CodeInvalid); !strings.Contains(err.Error(), "is missing") {
		t.Error(err)
	}
	putObject(t, s, key, batchesOf(t, 3))
	if got := listed(t, h); !slices.Equal(got, []string{key, other}) {
		t.Fatalf("listed %q", got)
	}
	must(t, s.Delete(t.Context(), key)) // as what is packed, since the listing
	_, _, err = landedLines(t, h, key)
	wantCode(t, err, limnograph.CodeNotFound)
}

// pruning is a ledger that forgets an object, whose deletion follows, when it has been asked.
type pruning struct {
	*mem.Catalog
	after func()
}

func (p *pruning) Objects(ctx context.Context, table string) ([]limnograph.File, error) {
	files, err := p.Catalog.Objects(ctx, table)
	p.after()
	return files, err
}

// What is packed or expires while objects are listed is not missing.
func TestWhatIsDeletedOnPurposeIsNotMissing(t *testing.T) {
	s, key := mem.New(), lostKey(3, 0)
	catalog := ledgerOf(t, putObject(t, s, key, batchesOf(t, 3)))
	h := landing.NewHistory(s, &pruning{catalog, func() {
		must(t, catalog.Forget(t.Context(), feedTable, []string{key}))
		must(t, s.Delete(t.Context(), key))
	}})
	if got := listed(t, h); len(got) > 0 {
		t.Errorf("listed %q", got)
	}
}

// A source that lies beside the packed object that replaces it is not listed, and not missing.
func TestPackedSourcesAreNotMissing(t *testing.T) {
	s, source, pack := mem.New(), lostKey(3, 0), lostKey(3, 4)
	h := landing.NewHistory(s, ledgerOf(t, putObject(t, s, source, batchesOf(t, 3))))
	putObject(t, s, pack, batchesOf(t, 3, 4))
	if got := listed(t, h); !slices.Equal(got, []string{pack}) {
		t.Errorf("listed %q", got)
	}
}
