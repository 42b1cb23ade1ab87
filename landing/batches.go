package landing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"limnograph"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

// batchReader reads the members of objects and segments as batches. It keeps its memory for the next one. Not safe for
// concurrent use.
type batchReader struct {
	z     gzip.Reader
	lines []byte
}

// damageError says that what was read is no whole member of landing.
type damageError struct{ err error }

func (e *damageError) Error() string { return e.err.Error() }
func (e *damageError) Unwrap() error { return e.err }

var errNoPosition = errors.New("the first line of a member does not end in its position")

// next reads one member. Arrival is that of the batch when its member does not tell. The batch's lines are valid until
// the next call. It returns io.EOF where no further member begins, and a damageError for anything but a whole member;
// then r tells whether it could be read at all.
func (b *batchReader) next(r stream, arrival time.Time) (limnograph.LandedBatch, error) {
	err := b.z.Reset(r)
	if errors.Is(err, io.EOF) {
		return limnograph.LandedBatch{}, io.EOF
	}
	var m objectkey.Member
	if err == nil {
		b.z.Multistream(false)
		m, err = objectkey.ParseMember(b.z.Name)
	}
	if err == nil {
		err = b.inflate(m.Lines)
	}
	var position int64
	if err == nil {
		position, err = b.check(m)
	}
	if err != nil {
		return limnograph.LandedBatch{}, &damageError{err}
	}
	if m.Arrival != 0 {
		arrival = time.UnixMilli(m.Arrival).UTC()
	}
	return limnograph.LandedBatch{
		Sequence: m.Sequence, Arrival: arrival, Position: position, Count: int(m.Lines),
		MinTime: m.MinTime, MaxTime: m.MaxTime, Lines: b.lines,
	}, nil
}

// Sizes of the buffer of lines: what a line takes, about, what is set aside for a member at most, and what is kept.
const (
	lineGuess = 448
	maxGuess  = 64 << 20
	maxKept   = 32 << 20
)

// inflate reads the lines of a member, and with its end their checksum.
func (b *batchReader) inflate(lines int64) error {
	if cap(b.lines) > maxKept {
		b.lines = nil
	}
	b.lines = slices.Grow(b.lines[:0], int(min(max(lines, 0)*lineGuess, maxGuess)))
	for {
		if len(b.lines) == cap(b.lines) {
			b.lines = append(b.lines, 0)[:len(b.lines)]
		}
		n, err := b.z.Read(b.lines[len(b.lines):cap(b.lines)])
		b.lines = b.lines[:len(b.lines)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// check compares the lines with what the header says, and returns the position of the first one.
func (b *batchReader) check(m objectkey.Member) (position int64, err error) {
	if n := int64(bytes.Count(b.lines, []byte{'\n'})); n != m.Lines || n == 0 {
		return 0, fmt.Errorf("the header counts %d lines where there are %d", m.Lines, n)
	}
	position, ok := metricstream.PositionOf(b.lines[:bytes.IndexByte(b.lines, '\n')+1])
	if !ok || metricstream.SequenceOf(position) != m.Sequence {
		return 0, errNoPosition
	}
	return position, nil
}
