package landing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

var _ limnograph.LandedReader = (*History)(nil)

// History reads sealed landing. It is safe for concurrent use, and needs no Lander.
type History struct {
	objects limnograph.ObjectReader
	ledger  limnograph.ObjectLedger
}

// NewHistory returns a reader of the landing in a store. ledger knows the bounds of objects; nil: nobody does.
func NewHistory(objects limnograph.ObjectReader, ledger limnograph.ObjectLedger) *History {
	return &History{objects, ledger}
}

// Objects implements limnograph.LandedReader. Objects that are packed while it runs may be gone when they are read: what
// they held is in an object that a later call lists.
func (h *History) Objects(ctx context.Context, table string) iter.Seq2[limnograph.File, error] {
	return func(yield func(limnograph.File, error) bool) {
		known, err := h.known(ctx, table)
		if err != nil {
			yield(limnograph.File{}, err)
			return
		}
		for folder, err := range listTable(ctx, h.objects, table) {
			if err != nil {
				yield(limnograph.File{}, err)
				return
			}
			for _, o := range folder {
				if !yield(withBounds(o.ObjectInfo, known), nil) {
					return
				}
			}
		}
	}
}

// known returns what the ledger says about a table, in key order.
func (h *History) known(ctx context.Context, table string) ([]limnograph.File, error) {
	if h.ledger == nil {
		return nil, nil
	}
	known, err := h.ledger.Objects(ctx, table)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil, nil
	}
	return known, err
}

func withBounds(o limnograph.ObjectInfo, known []limnograph.File) limnograph.File {
	f := limnograph.File{Key: o.Key, Size: o.Size}
	at, ok := slices.BinarySearchFunc(known, o.Key, func(f limnograph.File, key string) int { return strings.Compare(f.Key, key) })
	if ok && known[at].Size == o.Size {
		f.Lines, f.MinTime, f.MaxTime = known[at].Lines, known[at].MinTime, known[at].MaxTime
	}
	return f
}

// ReadObject implements limnograph.LandedReader.
func (h *History) ReadObject(ctx context.Context, key string, yield func(limnograph.LandedBatch) error) (err error) {
	arrival, ok := objectkey.ArrivalOf(key)
	if !ok {
		return damagedObject(key, errors.New("its key tells no time of arrival"))
	}
	object, err := h.objects.Open(ctx, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, object.Close()) }()
	source := &source{r: &cancellable{ctx, object}}
	buffered := bufio.NewReaderSize(source, readSize)
	var last uint64
	for b := new(batchReader); ; {
		next, err := b.next(buffered, arrival)
		switch {
		case source.err != nil:
			return source.err
		case errors.Is(err, io.EOF):
			return cutOff(key, last)
		case err != nil:
			return damagedObject(key, err)
		}
		if err := yield(next); err != nil {
			return err
		}
		last = next.Sequence
	}
}

// cutOff reports an object that ends between two batches, before the last one that its key tells; last is the one that it
// ends with, 0 without any.
func cutOff(key string, last uint64) error {
	named, err := objectkey.ParseLanding(key)
	switch {
	case last == 0:
		return damagedObject(key, errors.New("it holds no batch"))
	case err == nil && last < named.Through:
		return damagedObject(key, fmt.Errorf("it ends with batch %d, before batch %d of its name", last, named.Through))
	}
	return nil
}

// readSize is how many bytes of an object or segment are read at a time.
const readSize = 64 << 10

func damagedObject(key string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read landed object", Message: fmt.Sprintf("%s is damaged", key), Err: err,
		Hint: "put it back from a copy, or move it out of the data directory",
	}
}
