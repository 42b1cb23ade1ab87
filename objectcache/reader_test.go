package objectcache_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

func TestReaderReadsThroughTheCache(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 10})
	a, b := f.put("a.gz", 10), f.put("b.gz", 10)
	r, err := f.Reader().Open(t.Context(), a.Key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != strings.Repeat("a", 10) {
		t.Errorf("%q, %v", text, err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("fetched twice")
	}
	f.holds(b)
	if _, err := f.Reader().Open(t.Context(), "landing/none.gz"); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("an object that is not there: %v", err)
	}
	var keys []string
	for info, err := range f.Reader().List(t.Context(), "landing/", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if !slices.Equal(keys, []string{a.Key, b.Key}) {
		t.Errorf("listed %v", keys)
	}
}
