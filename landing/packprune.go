package landing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sort"

	"limnograph"
)

// prune deletes what a packed object replaces, after making sure that it is in there. The last one goes first: what is
// left when that is broken off is, mostly, the beginning of the packed object, which is compared soonest.
func (r *round) prune(ctx context.Context, packed *landedObject, replaced []*landedObject) error {
	if err := r.checkPacked(ctx, packed, replaced); err != nil {
		return err
	}
	for _, o := range slices.Backward(replaced) {
		if err := r.delete(ctx, "packed", o.key); err != nil {
			return err
		}
	}
	return nil
}

// checkPacked compares a packed object with what it was made of, byte by byte.
func (k *Keeper) checkPacked(ctx context.Context, packed *landedObject, replaced []*landedObject) error {
	for _, o := range replaced {
		m, err := k.measureOf(ctx, o)
		if err != nil {
			return err
		}
		if m.err != nil {
			return lacks(packed, o, m.err)
		}
	}
	body, closeBody := k.packingOf(ctx, replaced)
	same, err := k.holdsAt(ctx, packed, 0, body)
	if err = errors.Join(err, closeBody()); err != nil || same {
		return err
	}
	return k.checkEach(ctx, packed, replaced)
}

// checkEach does the same when some of them are gone already: each is looked for at the place of its first batch.
func (k *Keeper) checkEach(ctx context.Context, packed *landedObject, replaced []*landedObject) error {
	file, err := k.objects.Open(ctx, packed.key)
	if err != nil {
		return err
	}
	whole, err := measureContent(&cancellable{ctx, file}, packed.landing)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	for _, o := range replaced {
		at, ok := whole.startOf(o.landing.Sequence)
		if !ok || whole.err != nil {
			return lacks(packed, o, whole.err)
		}
		body, closeBody := k.packingOf(ctx, []*landedObject{o})
		same, err := k.holdsAt(ctx, packed, at, body)
		if err = errors.Join(err, closeBody()); err != nil {
			return err
		}
		if !same {
			return lacks(packed, o, nil)
		}
	}
	return nil
}

// startOf finds the member of a batch.
func (m *measure) startOf(sequence uint64) (at int64, ok bool) {
	i := sort.Search(len(m.starts), func(i int) bool { return m.starts[i].sequence >= sequence })
	if i == len(m.starts) || m.starts[i].sequence != sequence {
		return 0, false
	}
	return m.starts[i].at, true
}

// holdsAt reports whether all bytes of content stand in an object, from an offset on.
func (k *Keeper) holdsAt(ctx context.Context, o *landedObject, at int64, content io.Reader) (same bool, err error) {
	file, err := k.objects.Open(ctx, o.key)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	whole := &cancellable{ctx, file}
	if _, err := io.CopyN(io.Discard, whole, at); err != nil {
		return false, err
	}
	return beginsWith(whole, content)
}

func lacks(packed, o *landedObject, cause error) error {
	return &limnograph.Error{
		Code: limnograph.CodeConflict, Op: "delete packed objects", Message: packed.key + " does not hold what it was made of: " + o.key, Err: cause,
		Hint: "nothing is deleted; move the packed object out of the data directory to have the others read again",
	}
}

// beginsWith reports whether the first bytes of content are all those of prefix.
func beginsWith(content, prefix io.Reader) (bool, error) {
	want, got := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(prefix, want)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return false, err
		}
		m, err := io.ReadFull(content, got[:n])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false, err
		}
		if !bytes.Equal(want[:n], got[:m]) {
			return false, nil
		}
		if ended {
			return true, nil
		}
	}
}
