package limnograph

import (
	"context"
	"io"
	"iter"
	"time"
)

// ObjectInfo describes a stored object. Key is slash-separated and relative to the store's root.
type ObjectInfo struct {
	Key      string
	Size     int64
	Modified time.Time
}

// PutOptions are the conditions of a Put.
type PutOptions struct {
	// IfAbsent refuses with CodeExists when the key is taken, and leaves the stored object untouched.
	IfAbsent bool
}

// ObjectReader reads a store of immutable objects.
type ObjectReader interface {
	// Open returns the content of key. Errors: CodeNotFound.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Stat describes key without reading it. Errors: CodeNotFound.
	Stat(ctx context.Context, key string) (ObjectInfo, error)
	// List yields the objects whose key starts with prefix and sorts after the key `after` (empty: all), in
	// ascending byte order of the key. Objects that are being written are never seen.
	List(ctx context.Context, prefix, after string) iter.Seq2[ObjectInfo, error]
}

// ObjectWriter writes a store of immutable objects.
type ObjectWriter interface {
	// Put stores body under key: all of it or nothing, durable when it returns. A reader sees the old object or
	// the new one, never a part. Errors: CodeExists (IfAbsent), CodeUnavailable (no space), CodeInvalid (key).
	Put(ctx context.Context, key string, body io.Reader, opt PutOptions) (ObjectInfo, error)
	// Delete removes key durably. An absent key is no error.
	Delete(ctx context.Context, key string) error
}

// ObjectStore is a store of immutable objects: a local directory, memory, or a bucket.
type ObjectStore interface {
	ObjectReader
	ObjectWriter
}

// Segment is an append-only file that later becomes an object. It is not safe for concurrent use, except that
// Sync may run beside Write: it makes durable at least what was written before it was called.
type Segment interface {
	// Write appends p. On an error some of p may have been written: Truncate to the last good size.
	io.Writer
	// Sync makes the segment's name and every byte written before the call durable. After a failed Sync the
	// durability of everything since the last good one is unknown for good.
	Sync() error
	// Truncate cuts the segment to size bytes and appends from there.
	Truncate(size int64) error
	// Seal makes the content durable and moves it, whole, to the object key in one step, then closes the
	// segment. Errors: CodeExists when key is taken; the segment then stays.
	Seal(ctx context.Context, key string) (ObjectInfo, error)
	// Close releases the handle and leaves the segment in the store, to be recovered at the next start.
	Close() error
}

// SegmentStore keeps the open segments of embedded landing. Names are slash-separated and never listed as objects.
type SegmentStore interface {
	// Create starts an empty segment. Errors: CodeExists.
	Create(ctx context.Context, name string) (Segment, error)
	// Recover opens a segment left by an earlier process for appending, and its present content for reading from
	// the start (the reader is independent of later writes). Errors: CodeNotFound.
	Recover(ctx context.Context, name string) (Segment, io.ReadCloser, error)
	// Remove deletes a segment durably. An absent one is no error.
	Remove(ctx context.Context, name string) error
	// Names lists the segments, sorted.
	Names(ctx context.Context) ([]string, error)
}

// ObjectEvent says that an object was sealed. Losing one is harmless: reconciliation finds the object. Lines,
// MinTime and MaxTime (datapoint timestamps, milliseconds since the epoch) are hints; Lines == 0 means unknown.
type ObjectEvent struct {
	Key     string
	Size    int64
	Lines   int64
	MinTime int64
	MaxTime int64
}
