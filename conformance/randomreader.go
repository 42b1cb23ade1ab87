package conformance

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"limnograph"
)

// RandomHolder is an object store whose objects are read at any offset.
type RandomHolder interface {
	limnograph.ObjectStore
	limnograph.RandomReader
}

// RandomReader checks that an implementation keeps the contract of limnograph.RandomReader. open returns an empty store.
func RandomReader(t *testing.T, open func(t *testing.T) RandomHolder) {
	for _, c := range []struct {
		outcome string
		check   func(t *testing.T, s RandomHolder)
	}{
		{"ReadsAtAnyOffset", readAtAnyOffset},
		{"ReadsAnEmptyObject", readAtEmpty},
		{"ManyReadAtOnce", readAtConcurrently},
		{"StaysReadableWhenTheObjectIsDeletedOrReplaced", readAtAfterDelete},
		{"MissingKeyIsNotFound", openAtMissing},
		{"BadKeysAreInvalid", openAtBadKeys},
		{"CancelledContextIsRefused", openAtCancelled},
	} {
		t.Run(c.outcome, func(t *testing.T) { c.check(t, open(t)) })
	}
}

func openAt(t *testing.T, s limnograph.RandomReader, key string) limnograph.ObjectAt {
	t.Helper()
	f, err := s.OpenAt(t.Context(), key)
	if err != nil {
		t.Fatalf("open %q: %v", key, err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("close %q: %v", key, err)
		}
	})
	return f
}

// wantAt compares the whole of an open object.
func wantAt(t *testing.T, f limnograph.ObjectAt, want string) {
	t.Helper()
	got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil || string(got) != want {
		t.Errorf("read %.40q (%d bytes), %v; want %.40q", got, len(got), err, want)
	}
}

func readAtAnyOffset(t *testing.T, s RandomHolder) {
	body := strings.Repeat("limnology ", 50_000)
	put(t, s, "a/k", body)
	f := openAt(t, s, "a/k")
	if f.Size() != int64(len(body)) {
		t.Errorf("size %d, want %d", f.Size(), len(body))
	}
	if err := iotest.TestReader(io.NewSectionReader(f, 0, f.Size()), []byte(body)); err != nil {
		t.Error(err)
	}
	for _, offset := range []int64{499_990, 7, 250_000, 0} {
		p := make([]byte, 10)
		if n, err := f.ReadAt(p, offset); n != 10 || err != nil && !errors.Is(err, io.EOF) || string(p) != body[offset:offset+10] {
			t.Errorf("at %d: %d bytes %q, %v", offset, n, p[:n], err)
		}
	}
	p := make([]byte, 10)
	if n, err := f.ReadAt(p, f.Size()-4); n != 4 || !errors.Is(err, io.EOF) || string(p[:4]) != "ogy " {
		t.Errorf("across the end: %d bytes %q, %v", n, p[:n], err)
	}
	for _, offset := range []int64{f.Size(), f.Size() + 100} {
		if n, err := f.ReadAt(p, offset); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("at %d: %d bytes, %v", offset, n, err)
		}
	}
}

func readAtEmpty(t *testing.T, s RandomHolder) {
	put(t, s, "a/k", "")
	f := openAt(t, s, "a/k")
	if n, err := f.ReadAt(make([]byte, 1), 0); n != 0 || !errors.Is(err, io.EOF) || f.Size() != 0 {
		t.Errorf("%d bytes of %d, %v", n, f.Size(), err)
	}
}

func readAtConcurrently(t *testing.T, s RandomHolder) {
	body := strings.Repeat("0123456789", 1000)
	put(t, s, "a/k", body)
	f := openAt(t, s, "a/k")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := make([]byte, 1000)
			if n, err := f.ReadAt(p, int64(i)*1000+3); err != nil || n != 1000 || !bytes.Equal(p, []byte(body[3:1003])) {
				t.Errorf("reader %d: %d bytes, %v", i, n, err)
			}
		})
	}
	wg.Wait()
}

func readAtAfterDelete(t *testing.T, s RandomHolder) {
	put(t, s, "a/k", "the first")
	first := openAt(t, s, "a/k")
	put(t, s, "a/k", "the second, longer")
	second := openAt(t, s, "a/k")
	if err := s.Delete(t.Context(), "a/k"); err != nil {
		t.Fatal(err)
	}
	_, err := s.OpenAt(t.Context(), "a/k")
	wantCode(t, err, limnograph.CodeNotFound)
	wantAt(t, first, "the first")
	wantAt(t, second, "the second, longer")
}

func openAtMissing(t *testing.T, s RandomHolder) {
	put(t, s, "a/b/c", "x")
	for _, key := range []string{"a/nothing", "a/b", "zz/top"} {
		_, err := s.OpenAt(t.Context(), key)
		wantCode(t, err, limnograph.CodeNotFound)
	}
}

func openAtBadKeys(t *testing.T, s RandomHolder) {
	for _, key := range []string{"", "x", "/x/y", "a/../b", "a//b", "segments/x", "staging/x"} {
		_, err := s.OpenAt(t.Context(), key)
		wantCode(t, err, limnograph.CodeInvalid)
	}
}

func openAtCancelled(t *testing.T, s RandomHolder) {
	put(t, s, "a/k", "x")
	_, err := s.OpenAt(cancelledContext(t), "a/k")
	wantCode(t, err, limnograph.CodeTimeout)
}
