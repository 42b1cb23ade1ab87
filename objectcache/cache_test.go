package objectcache_test

import (
	"os"
	"path/filepath"
	"testing"

	"limnograph"
	"limnograph/mem"
	"limnograph/objectcache"
)

// The order of use outlives the process, and a smaller limit holds at once.
func TestRestartKeepsCopiesAndOrder(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	f.holds(a, b, c)
	f.holds(a)
	f.cfg.MaxBytes = 10
	f.restart()
	if sum := f.bytesOnDisk(); sum != 10 {
		t.Errorf("%d bytes on the disk, the limit is 10", sum)
	}
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("the one used last had to be fetched")
	}
}

// The same key in another store is another object.
func TestCopiesOfAnotherStoreAreRemoved(t *testing.T) {
	f := newFixture(t, objectcache.Config{Of: "s3://one"})
	a := f.put("a.gz", 10)
	f.holds(a)
	f.restart()
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("fetched again from the same store")
	}
	f.cfg.Of = "s3://two"
	f.store = &store{Store: mem.New()}
	f.restart()
	if len(f.onDisk()) != 0 {
		t.Errorf("on the disk: %v", f.onDisk())
	}
	f.putKey(a.Key, "other text")
	f.holds(a)
}

func TestErrFolderIsTaken(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	_, err := objectcache.Open(f.dir, f.store, objectcache.Config{})
	code(t, err, limnograph.CodeConflict)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "letter"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = objectcache.Open(home, f.store, objectcache.Config{})
	code(t, err, limnograph.CodeConflict)
	if _, err := os.Stat(filepath.Join(home, "letter")); err != nil {
		t.Error(err)
	}
}
