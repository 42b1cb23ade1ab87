package objectcache

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"

	"limnograph"
)

// Reader returns the store behind the cache as one whose objects are opened from their copies: what is read once is
// there for the next query.
func (c *Cache) Reader() limnograph.ObjectReader { return reader{c.objects, c} }

// missing returns what the store said when it has no such object: a query is told to try again, who reads one object is
// told the truth.
func missing(err error) error {
	var e *limnograph.Error
	for ; errors.As(err, &e); err = e.Err {
		if e.Code == limnograph.CodeNotFound {
			return e
		}
	}
	return nil
}

type reader struct {
	limnograph.ObjectReader
	cache *Cache
}

// Open returns the content of the object's copy, which stays until it is closed. Errors: those of Hold; CodeNotFound
// when the store has no such object.
func (r reader) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	paths, release, err := r.cache.Hold(ctx, []limnograph.File{{Key: key}})
	if err != nil {
		return nil, cmp.Or(missing(err), err)
	}
	file, err := os.Open(paths[0])
	if err != nil {
		release()
		return nil, failed("open object", key, err)
	}
	return &heldFile{file, release}, nil
}

// heldFile is an open copy.
type heldFile struct {
	*os.File
	release func()
}

// Close closes the file and gives the copy back.
func (h *heldFile) Close() error {
	err := h.File.Close()
	h.release()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
