package objectcache

import (
	"context"
	"errors"
	"io"
	"os"

	"limnograph"
)

// Reader returns the store behind the cache as one whose objects are opened from their copies: what is read once is
// there for the next query.
func (c *Cache) Reader() limnograph.ObjectReader { return reader{c.objects, c} }

type reader struct {
	limnograph.ObjectReader
	cache *Cache
}

// Open returns the content of the object's copy, which stays until it is closed. Errors: those of Hold; CodeNotFound
// when the store has no such object.
func (r reader) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	paths, release, err := r.cache.Hold(ctx, []limnograph.File{{Key: key}})
	if err != nil {
		return nil, err
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
