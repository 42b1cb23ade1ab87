package objectcache_test

import (
	"path/filepath"
	"strings"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

func TestPathsKeepTheKey(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 1)
	if want := filepath.Join(f.dir, filepath.FromSlash(a.Key)); f.Path(a.Key) != want {
		t.Errorf("path %s, want %s", f.Path(a.Key), want)
	}
	folder := "landing/metrics/t/sender=a%20b/year=2026/month=11/day=24/hour=05/"
	seen := map[string]string{}
	for _, name := range []string{"*.gz", "%2A.gz", "a?.gz", "a[b].gz", "\\.gz", "%.gz", "a b.gz", "ä.gz", strings.Repeat("l", 250) + ".gz", strings.Repeat("l", 251) + ".gz"} {
		path := f.Path(folder + name)
		base := filepath.Base(path)
		if strings.ContainsAny(base, "*?[]{}\\\n") || len(base) > 255 || !strings.HasSuffix(base, ".gz") {
			t.Errorf("%q becomes %q", name, base)
		}
		if filepath.Dir(path) != filepath.Join(f.dir, filepath.FromSlash(folder)) {
			t.Errorf("%q stands in %s", name, filepath.Dir(path))
		}
		if other, taken := seen[path]; taken {
			t.Errorf("%q and %q share a path", name, other)
		}
		seen[path] = name
		f.holds(f.putKey(folder+name, "content of "+name))
	}
}

func TestErrKeyLeavesTheFolder(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	for _, key := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".index", ".tmp/x", "a\n/b", "a*/b", "a/./b"} {
		_, _, err := f.Hold(t.Context(), []limnograph.File{{Key: key}})
		code(t, err, limnograph.CodeInvalid)
	}
}
