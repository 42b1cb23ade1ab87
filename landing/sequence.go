package landing

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"

	"limnograph"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

const (
	sequenceKey   = "landing/sequence.json"
	sequenceBlock = 1 << 16 // sequences reserved by one durable write
	sequenceGap   = 1 << 24 // skipped when the reservation is lost: more batches than any object holds
)

// sequence hands out batch sequences, each once for all time. A reservation is durable before its first sequence is
// used, so a restart begins behind everything that may have been used. Not safe for concurrent use.
type sequence struct {
	objects  limnograph.ObjectStore
	next     uint64
	reserved uint64 // sequences below it may be used
}

// reservation is the stored form.
type reservation struct {
	Reserved uint64 `json:"reserved"` // every sequence below it may be in use
}

// loadSequence continues behind the stored reservation. When that is lost it continues far behind the greatest
// sequence in any key; used are the sequences in the names of segments.
func loadSequence(ctx context.Context, objects limnograph.ObjectStore, used uint64) (*sequence, error) {
	start, err := readReservation(ctx, objects)
	var lost *lostError
	if errors.As(err, &lost) {
		start, err = deriveSequence(ctx, objects, used)
	}
	if err != nil {
		return nil, err
	}
	start = max(start, used+1)
	return &sequence{objects: objects, next: start, reserved: start}, nil
}

// lostError says that there is no readable reservation.
type lostError struct{ err error }

func (e *lostError) Error() string { return "no reservation of sequences: " + e.err.Error() }

func readReservation(ctx context.Context, objects limnograph.ObjectReader) (uint64, error) {
	r, err := objects.Open(ctx, sequenceKey)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return 0, &lostError{err}
	}
	if err != nil {
		return 0, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, 1<<10))
	if err != nil {
		return 0, err
	}
	var stored reservation
	if err := json.Unmarshal(text, &stored); err != nil || stored.Reserved == 0 {
		return 0, &lostError{errors.Join(err, errors.New("it is damaged"))}
	}
	return stored.Reserved, nil
}

// deriveSequence looks at every key of landing and quarantine.
func deriveSequence(ctx context.Context, objects limnograph.ObjectReader, used uint64) (uint64, error) {
	for _, prefix := range append(objectkey.LandedPrefixes(), objectkey.QuarantinePrefix) {
		for info, err := range objects.List(ctx, prefix, "") {
			if err != nil {
				return 0, err
			}
			if named, err := objectkey.ParseName(path.Base(info.Key)); err == nil {
				used = max(used, named.Sequence, named.Through)
			}
		}
	}
	if used == 0 {
		return 1, nil
	}
	return used + sequenceGap, nil
}

// take returns the next sequence.
func (s *sequence) take(ctx context.Context) (uint64, error) {
	if s.next >= s.reserved {
		if err := s.reserve(ctx); err != nil {
			return 0, err
		}
	}
	n := s.next
	s.next++
	return n, nil
}

func (s *sequence) reserve(ctx context.Context) error {
	upTo := s.next + sequenceBlock
	if upTo > metricstream.MaxSequence {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "reserve sequences", Message: "no positions are left", Hint: "start a new data directory"}
	}
	text, err := json.Marshal(reservation{Reserved: upTo})
	if err != nil {
		return err
	}
	if _, err := s.objects.Put(ctx, sequenceKey, strings.NewReader(string(text)), limnograph.PutOptions{}); err != nil {
		return err
	}
	s.reserved = upTo
	return nil
}
