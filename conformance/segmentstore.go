package conformance

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// SegmentHolder is a store whose segments become its objects.
type SegmentHolder interface {
	limnograph.ObjectStore
	limnograph.SegmentStore
}

// SegmentStore checks that an implementation keeps the contracts of limnograph.SegmentStore and limnograph.Segment.
// open returns an empty store.
func SegmentStore(t *testing.T, open func(t *testing.T) SegmentHolder) {
	for _, c := range []struct {
		outcome string
		check   func(t *testing.T, s SegmentHolder)
	}{
		{"SealMakesTheSegmentAnObject", sealed},
		{"SealRefusesATakenKeyAndKeepsTheSegment", sealTaken},
		{"SealRefusesABadKey", sealBadKey},
		{"OpenSegmentsAreNoObjects", notListed},
		{"CreateRefusesATakenName", createTaken},
		{"BadNamesAreInvalid", badNames},
		{"RecoverGivesContentAndAppends", recovered},
		{"RecoveredContentIgnoresLaterWrites", recoveredIsolated},
		{"MissingSegmentIsNotFound", recoverMissing},
		{"TruncateCutsAndAppendsFromThere", truncated},
		{"RemoveIsIdempotent", removed},
		{"NamesAreSorted", names},
		{"SyncRunsBesideWrite", syncBesideWrite},
	} {
		t.Run(c.outcome, func(t *testing.T) { c.check(t, open(t)) })
	}
}

func create(t *testing.T, s limnograph.SegmentStore, name string) limnograph.Segment {
	t.Helper()
	g, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatalf("create %q: %v", name, err)
	}
	return g
}

func write(t *testing.T, g limnograph.Segment, text string) {
	t.Helper()
	n, err := io.WriteString(g, text)
	if err != nil || n != len(text) {
		t.Fatalf("wrote %d of %d bytes: %v", n, len(text), err)
	}
}

func segmentNames(t *testing.T, s limnograph.SegmentStore) []string {
	t.Helper()
	got, err := s.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{}, got...)
}

func recoverSegment(t *testing.T, s limnograph.SegmentStore, name string) (limnograph.Segment, string) {
	t.Helper()
	g, r, err := s.Recover(t.Context(), name)
	if err != nil {
		t.Fatalf("recover %q: %v", name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return g, string(b)
}

func sealed(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "one ")
	if err := g.Sync(); err != nil {
		t.Fatal(err)
	}
	write(t, g, "two")
	info, err := g.Seal(t.Context(), "landing/new/dir/x.gz")
	if err != nil {
		t.Fatal(err)
	}
	stat, err := s.Stat(t.Context(), "landing/new/dir/x.gz")
	if diff := cmp.Diff(stat, info); err != nil || diff != "" || info.Size != 7 {
		t.Errorf("seal says %+v, stat says %+v, %v", info, stat, err)
	}
	if got := content(t, s, "landing/new/dir/x.gz"); got != "one two" {
		t.Errorf("content is %q", got)
	}
	if got := segmentNames(t, s); len(got) != 0 {
		t.Errorf("segments left: %q", got)
	}
}

func sealTaken(t *testing.T, s SegmentHolder) {
	put(t, s, "landing/x", "object")
	g := create(t, s, "metrics/x")
	write(t, g, "segment")
	_, err := g.Seal(t.Context(), "landing/x")
	wantCode(t, err, limnograph.CodeExists)
	if got := content(t, s, "landing/x"); got != "object" {
		t.Errorf("object is %q", got)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	again, got := recoverSegment(t, s, "metrics/x")
	if got != "segment" {
		t.Errorf("segment is %q", got)
	}
	if _, err := again.Seal(t.Context(), "landing/y"); err != nil {
		t.Errorf("seal under a free key: %v", err)
	}
}

func sealBadKey(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	_, err := g.Seal(t.Context(), "../x")
	wantCode(t, err, limnograph.CodeInvalid)
	if _, err := g.Seal(t.Context(), "landing/x"); err != nil {
		t.Error(err)
	}
}

func notListed(t *testing.T, s SegmentHolder) {
	g := create(t, s, "landing/metrics/x")
	defer g.Close()
	write(t, g, "data")
	if err := g.Sync(); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, "", ""); len(got) != 0 {
		t.Errorf("the store lists %q", got)
	}
}

func createTaken(t *testing.T, s SegmentHolder) {
	defer create(t, s, "metrics/x").Close()
	_, err := s.Create(t.Context(), "metrics/x")
	wantCode(t, err, limnograph.CodeExists)
}

func badNames(t *testing.T, s SegmentHolder) {
	for _, name := range []string{"", "/x", "x/", "../x", "a/../b", "a\x00b", "a//b", strings.Repeat("x", 256)} {
		_, err := s.Create(t.Context(), name)
		wantCode(t, err, limnograph.CodeInvalid)
		_, _, err = s.Recover(t.Context(), name)
		wantCode(t, err, limnograph.CodeInvalid)
		wantCode(t, s.Remove(t.Context(), name), limnograph.CodeInvalid)
	}
}

func recovered(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "left ")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	again, got := recoverSegment(t, s, "metrics/x")
	if got != "left " {
		t.Errorf("content is %q", got)
	}
	write(t, again, "behind")
	if _, err := again.Seal(t.Context(), "landing/x"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, s, "landing/x"); got != "left behind" {
		t.Errorf("object is %q", got)
	}
}

func recoveredIsolated(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "0123456789")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	again, r, err := s.Recover(t.Context(), "metrics/x")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	defer r.Close()
	first := make([]byte, 4)
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	write(t, again, "more")
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.HasPrefix(rest, []byte("456789")) {
		t.Errorf("after a write the reader gives %q, %v", rest, err)
	}
}

func recoverMissing(t *testing.T, s SegmentHolder) {
	_, _, err := s.Recover(t.Context(), "metrics/x")
	wantCode(t, err, limnograph.CodeNotFound)
}

func truncated(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	write(t, g, "keep this")
	if err := g.Sync(); err != nil {
		t.Fatal(err)
	}
	write(t, g, ", not that")
	for _, size := range []int64{9, 4} {
		if err := g.Truncate(size); err != nil {
			t.Fatal(err)
		}
	}
	write(t, g, "!")
	if _, err := g.Seal(t.Context(), "landing/x"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, s, "landing/x"); got != "keep!" {
		t.Errorf("object is %q", got)
	}
}

func removed(t *testing.T, s SegmentHolder) {
	if err := create(t, s, "metrics/x").Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Remove(t.Context(), "metrics/x"); err != nil {
			t.Error(err)
		}
	}
	if err := s.Remove(t.Context(), "never/was"); err != nil {
		t.Error(err)
	}
	if got := segmentNames(t, s); len(got) != 0 {
		t.Errorf("segments left: %q", got)
	}
}

func names(t *testing.T, s SegmentHolder) {
	if got := segmentNames(t, s); len(got) != 0 {
		t.Errorf("an empty store has segments %q", got)
	}
	for _, name := range []string{"b/x", "a/z", "a-/x", "a/b/c"} {
		defer create(t, s, name).Close()
	}
	put(t, s, "landing/x", "an object")
	if diff := cmp.Diff([]string{"a-/x", "a/b/c", "a/z", "b/x"}, segmentNames(t, s)); diff != "" {
		t.Error(diff)
	}
}

func syncBesideWrite(t *testing.T, s SegmentHolder) {
	g := create(t, s, "metrics/x")
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 100 {
			if err := g.Sync(); err != nil {
				t.Error(err)
			}
		}
	})
	for range 100 {
		write(t, g, "0123456789")
	}
	wg.Wait()
	info, err := g.Seal(t.Context(), "landing/x")
	if err != nil || info.Size != 1000 {
		t.Errorf("sealed %+v, %v", info, err)
	}
}
