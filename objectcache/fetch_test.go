package objectcache_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

func TestACopyIsFetchedOnce(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a, b := f.put("a.gz", 10), f.put("b.gz", 20)
	if n := f.opens(func() { f.holds(a, b, a) }); n != 2 {
		t.Errorf("%d objects were fetched", n)
	}
	if n := f.opens(func() { f.holds(b, a) }); n != 0 {
		t.Errorf("%d objects were fetched again", n)
	}
	want := objectcache.Stats{Hits: 2, Misses: 2, Fetched: 30, Bytes: 30, Objects: 2}
	if got := f.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestManyQueriesShareOneDownload(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 1000)
	gate := make(chan struct{})
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) { <-gate; return r, nil })
	var queries sync.WaitGroup
	for range 20 {
		queries.Go(func() { f.holds(a) })
	}
	close(gate)
	queries.Wait()
	if n := f.store.opened.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestDownloadsAreBounded(t *testing.T) {
	f := newFixture(t, objectcache.Config{Downloads: 3})
	var files []limnograph.File
	for i := range 40 {
		files = append(files, f.put(fmt.Sprintf("%c%d.gz", 'a'+i%26, i), 10))
	}
	var now, most atomic.Int64
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		return &closing{r, func() { now.Add(-1) }}, nil
	})
	var queries sync.WaitGroup
	for range 4 {
		queries.Go(func() { f.holds(files...) })
	}
	queries.Wait()
	if m := most.Load(); m > 3 {
		t.Errorf("%d downloads at a time", m)
	}
}

func TestErrObjectIsGone(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a, b := f.put("a.gz", 10), f.put("b.gz", 10)
	if err := f.store.Delete(t.Context(), a.Key); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Hold(t.Context(), []limnograph.File{a, b})
	code(t, err, limnograph.CodeUnavailable)
	if !strings.Contains(err.Error(), "no longer in the store") {
		t.Error(err)
	}
	f.holds(b)
}

// What arrives broken is fetched again, and never served when it stays broken.
func TestBrokenTransfer(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 100)
	var broken int
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		if broken--; broken < 0 {
			return r, nil
		}
		return &closing{io.NopCloser(io.LimitReader(r, 50)), func() { r.Close() }}, nil
	})
	broken = 2
	f.holds(a)
	b := f.put("b.gz", 100)
	broken = 1000
	_, _, err := f.Hold(t.Context(), []limnograph.File{b})
	if err == nil || !strings.Contains(err.Error(), "50 of 100 bytes") {
		t.Errorf("error %v", err)
	}
	if len(f.onDisk()) != 1 {
		t.Errorf("on the disk: %v", f.onDisk())
	}
	broken = 0
	f.holds(b)
}

// An object that was replaced against the promise of its key is fetched when the listing says so.
func TestReplacedObject(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	old := f.put("a.gz", 10)
	f.holds(old)
	fresh := f.put("a.gz", 20)
	f.holds(fresh)
	f.holds(limnograph.File{Key: fresh.Key})
	if got := f.Stats(); got.Bytes != 20 || got.Objects != 1 {
		t.Errorf("stats %+v", got)
	}
	b := f.put("b.gz", 15) // listed as it was before
	b.Size = 5
	f.holds(b)
	if sum := f.bytesOnDisk(); sum > 30 {
		t.Errorf("%d bytes on the disk", sum)
	}
}
