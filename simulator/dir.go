package simulator

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/objectkey"
)

// DirTarget writes the objects that Firehose would have written to a bucket: gzip, a new one after 5 minutes or 5 MB
// of simulated time, under Firehose's keys by arrival. It wants deliveries in the order of arrival (PlayerConfig.Order
// ByArrival) and one at a time. The same deliveries give the same bytes. Close writes the last object.
type DirTarget struct {
	dir     string
	fleet   *Fleet
	buffer  bytes.Buffer
	gzip    *gzip.Writer
	arrival time.Time // of the oldest record in the buffer
	raw     int       // bytes before compression in the buffer
	objects uint64
}

var _ Target = (*DirTarget)(nil)

// Firehose's buffering hints: its defaults.
const (
	bufferTime  = 5 * time.Minute
	bufferBytes = 5 << 20
)

// NewDirTarget returns a target that writes below dir, which is created when needed. Files of an earlier run with the
// same fleet and interval are replaced by the same bytes.
func NewDirTarget(dir string, f *Fleet) *DirTarget {
	t := &DirTarget{dir: dir, fleet: f}
	t.gzip = gzip.NewWriter(&t.buffer)
	return t
}

// Objects returns how many objects were written.
func (t *DirTarget) Objects() uint64 { return t.objects }

// Deliver buffers the records, and writes an object when the buffer is full or old.
func (t *DirTarget) Deliver(ctx context.Context, d Delivery) error {
	if t.raw > 0 && d.Arrival.Sub(t.arrival) >= bufferTime {
		if err := t.flush(); err != nil {
			return err
		}
	}
	for _, record := range d.Records {
		if t.raw == 0 {
			t.arrival = d.Arrival
		}
		t.raw += len(record)
		if _, err := t.gzip.Write(record); err != nil {
			return fmt.Errorf("compress object: %w", err)
		}
		if t.raw >= bufferBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// Close writes what is in the buffer. Errors: CodeInternal.
func (t *DirTarget) Close() error {
	if t.raw == 0 {
		return nil
	}
	return t.flush()
}

func (t *DirTarget) flush() error {
	if err := t.gzip.Close(); err != nil {
		return fmt.Errorf("compress object: %w", err)
	}
	t.objects++
	path := filepath.Join(t.dir, filepath.FromSlash(t.key()))
	err := replaceFile(path, func(w io.Writer) error {
		_, err := w.Write(t.buffer.Bytes())
		return err
	})
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "write object", Message: path, Err: err}
	}
	t.buffer.Reset()
	t.gzip.Reset(&t.buffer)
	t.raw = 0
	return nil
}

// key is the object's key: the prefix that the product's own delivery streams use, and Firehose's name.
func (t *DirTarget) key() string {
	at := t.arrival.UTC()
	id := uuidOf(fold(fold(fold(t.fleet.key, keyObject), uint64(at.Unix())), t.objects))
	return objectkey.Firehose{
		Prefix: "sender=" + t.fleet.hub + "/" + objectkey.HourFolders(at),
		Stream: t.fleet.Stream(), Version: "1", Arrival: at, ID: id, Extension: ".gz",
	}.Key()
}
