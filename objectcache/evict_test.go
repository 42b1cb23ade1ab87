package objectcache_test

import (
	"testing"

	"limnograph/objectcache"
)

func TestTheLongestUnusedMakesRoom(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c, d := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10), f.put("d.gz", 10)
	f.holds(a)
	f.holds(b)
	f.holds(c)
	f.holds(a) // now b is the longest unused
	f.holds(d)
	if n := f.opens(func() { f.holds(a); f.holds(c); f.holds(d) }); n != 0 {
		t.Errorf("%d of the three used last are gone", n)
	}
	if n := f.opens(func() { f.holds(b) }); n != 1 {
		t.Error("the longest unused one is still there")
	}
	if sum := f.bytesOnDisk(); sum != 30 {
		t.Errorf("%d bytes on the disk", sum)
	}
}
