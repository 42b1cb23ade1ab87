package objectcache_test

import (
	"context"
	"strings"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

func TestErrMoreThanTheCacheHolds(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c, d := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10), f.put("d.gz", 1)
	var err error
	n := f.opens(func() { _, _, err = f.Hold(t.Context(), []limnograph.File{a, b, c, d}) })
	code(t, err, limnograph.CodeTooLarge)
	if n != 0 || !strings.Contains(err.Error(), "cache.max_bytes") || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("%d objects were fetched; %v", n, err)
	}
	f.holds(a, b, c)
}

func TestHeldCopiesStay(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 20})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	paths, release, err := f.Hold(t.Context(), []limnograph.File{a})
	if err != nil {
		t.Fatal(err)
	}
	f.holds(b)
	f.holds(c)
	f.same(a.Key, paths[0])
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{b, c})
		waiting <- err
	}()
	cancel()
	code(t, <-waiting, limnograph.CodeUnavailable)
	release()
	release() // twice: no difference
	f.holds(b, c)
}

// Whoever waits for room gets it in the order of coming, and holds nothing meanwhile.
func TestHoldWaitsForRoom(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 20})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	_, first, err := f.Hold(t.Context(), []limnograph.File{a, b})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.holds(b, c)
	}()
	first()
	<-done
}
