package cataloging

import (
	"bytes"
	"context"
	"errors"
	"io"

	"limnograph"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

// Limits of reading lines: what is read at a time, and what one line may have. Engines read no longer ones.
const (
	linesPiece = 1 << 20
	linesMost  = 16 << 20
)

// lineReader finds the time bounds of lines that landing did not write. It keeps its buffers, and is used by one
// goroutine.
type lineReader struct {
	decoder *metricstream.Decoder
	buffer  []byte
}

func newLineReader() *lineReader { return &lineReader{decoder: metricstream.NewDecoder()} }

// read adds up the datapoints of r. ok is false when it holds anything else: an engine may read more in it than is
// understood here, so its bounds are nobody's guess.
func (l *lineReader) read(ctx context.Context, r io.Reader) (sum objectkey.Member, ok bool, err error) {
	rest := l.buffer[:0]
	for {
		rest, err = l.fill(rest, r)
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return objectkey.Member{}, false, err
		}
		whole := len(rest)
		if !end {
			whole = bytes.LastIndexByte(rest, '\n') + 1
		}
		if !l.add(&sum, rest[:whole]) || len(rest)-whole > linesMost {
			return objectkey.Member{}, false, nil
		}
		rest = rest[:copy(rest, rest[whole:])]
		if end || ctx.Err() != nil {
			return sum, sum.Lines > 0, ctx.Err()
		}
	}
}

// fill reads a further piece behind what is left. The error of r comes with the last bytes.
func (l *lineReader) fill(rest []byte, r io.Reader) ([]byte, error) {
	have := len(rest)
	if cap(rest)-have < linesPiece {
		rest = append(make([]byte, 0, 2*cap(rest)+linesPiece), rest...)
		l.buffer = rest[:0]
	}
	n, err := io.ReadFull(r, rest[have:have+linesPiece])
	if errors.Is(err, io.ErrUnexpectedEOF) && n < linesPiece {
		err = io.EOF
	}
	return rest[:have+n], err
}

// add decodes whole lines, and reports whether all of them are datapoints.
func (l *lineReader) add(sum *objectkey.Member, lines []byte) bool {
	ok := true
	l.decoder.Decode(lines, func(d *limnograph.Datapoint, _ []byte) {
		sum.Add(objectkey.Member{Lines: 1, MinTime: d.Timestamp, MaxTime: d.Timestamp})
	}, func(limnograph.Reject) { ok = false })
	return ok
}
