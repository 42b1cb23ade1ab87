package landing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"limnograph"
	"limnograph/objectkey"
)

var _ limnograph.LandedReader = (*History)(nil)

// History reads sealed landing. It is safe for concurrent use, and needs no Lander.
type History struct {
	objects limnograph.ObjectReader
	ledger  limnograph.ObjectLedger

	mu      sync.Mutex
	doubted map[string]doubt // by key: objects that were not as the ledger says when they were listed last
}

// doubt is what the ledger says of an object that the store has otherwise, or not at all.
type doubt struct {
	size    int64
	missing bool
}

// NewHistory returns a reader of the landing in a store. ledger knows which objects there are, with their sizes and
// bounds; nil: nobody does.
func NewHistory(objects limnograph.ObjectReader, ledger limnograph.ObjectLedger) *History {
	return &History{objects: objects, ledger: ledger, doubted: map[string]doubt{}}
}

func (h *History) doubtOf(key string) (d doubt, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, ok = h.doubted[key]
	return d, ok
}

func (h *History) setDoubt(key string, d doubt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doubted[key] = d
}

func (h *History) trust(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.doubted, key)
}

// ReadObject implements limnograph.LandedReader. An object counts as damaged too when it has another size than the ledger
// has recorded, or when Objects has listed it as one that only the ledger knows.
func (h *History) ReadObject(ctx context.Context, key string, yield func(limnograph.LandedBatch) error) (err error) {
	arrival, ok := objectkey.ArrivalOf(key)
	if !ok {
		return damagedObject(key, errors.New("its key tells no time of arrival"))
	}
	object, err := h.objects.Open(ctx, key)
	if err != nil {
		return h.notThere(key, err)
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
			return h.checkEnd(key, last, source.n)
		case err != nil:
			return damagedObject(key, err)
		}
		if err := yield(next); err != nil {
			return err
		}
		last = next.Sequence
	}
}

// notThere tells an object that is missing from one that was packed or has expired since it was listed.
func (h *History) notThere(key string, err error) error {
	d, ok := h.doubtOf(key)
	if !ok || !d.missing || limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		return err
	}
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read landed object", Message: key + " is missing",
		Err: fmt.Errorf("it is missing, and has landed with %d bytes", d.size), Hint: "put it back from a copy",
	}
}

// checkEnd reports an object that reads well as far as it goes, and is not whole; last is the batch that it ends with, 0
// without any.
func (h *History) checkEnd(key string, last uint64, size int64) error {
	cause := earlyEnd(key, last)
	if d, ok := h.doubtOf(key); ok && cause == nil && d.size != size {
		cause = fmt.Errorf("it has %d bytes, and has landed with %d", size, d.size)
	}
	if cause != nil {
		return damagedObject(key, cause)
	}
	return nil
}

// earlyEnd says what is wrong with an object that ends between two batches: it has none, or it should go on to the last
// one that its key tells.
func earlyEnd(key string, last uint64) error {
	named, err := objectkey.ParseLanding(key)
	switch {
	case last == 0:
		return errors.New("it holds no batch")
	case err == nil && last < named.Through:
		return fmt.Errorf("it ends with batch %d, before batch %d of its name", last, named.Through)
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
