package objectcache_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"limnograph"
	"limnograph/objectcache"
)

// What the store says may be no more than the object's name: a person has to read what is wrong and what to do.
func TestErrStoreRefuses(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 100)
	for code, words := range map[limnograph.Code]string{
		limnograph.CodeForbidden:    "may not read",
		limnograph.CodeUnauthorized: "may not read",
		limnograph.CodeUnavailable:  "could not be fetched",
	} {
		t.Run(string(code), func(t *testing.T) {
			f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
				return nil, errors.Join(&limnograph.Error{Code: code, Message: a.Key, Hint: "what to do"}, r.Close())
			})
			_, _, err := f.Hold(t.Context(), []limnograph.File{a})
			var got *limnograph.Error
			if !errors.As(err, &got) || got.Code != code || got.Hint != "what to do" || !strings.Contains(got.Message, words) {
				t.Errorf("got %#v", err)
			}
		})
	}
}
