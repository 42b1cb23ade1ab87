package limnograph

import (
	"context"
	"io"
	"iter"
	"time"
)

// LandedBatch is the share of one batch that landed in one table, durable and acknowledged.
type LandedBatch struct {
	Sequence uint64
	Arrival  time.Time // as it was recorded when the batch came; UTC
	Position int64     // of the first line; each further line has the next one
	Count    int       // lines
	MinTime  int64     // smallest and greatest datapoint timestamp, milliseconds since the epoch
	MaxTime  int64
	Lines    []byte // canonical lines, each ended by '\n' and with its position as last field; valid until the next batch, and the reader's to change
}

// Feed hands out landed batches as soon as they are acknowledged, each at least once.
//
// What was handed out is remembered by the reader, as a mark: text that only the feed understands. A mark covers a set of
// batches; a feed never takes a batch for covered that the mark's reader was not given.
type Feed interface {
	// Waiting returns about how many lines of a table were acknowledged since the last Read of it, in this process.
	Waiting(table string) int64
	// Read yields batches that mark does not cover, in no particular order: all there are, or about limit lines. It
	// returns the mark that covers them too, and whether more are there already. The mark "" covers nothing. After an
	// error, of yield too, the batches of this call will come again with the old mark. A table that nothing landed in is
	// no error. One Read of a table runs at a time.
	Read(ctx context.Context, table, mark string, limit int64, yield func(LandedBatch) error) (next string, more bool, err error)
}

// LandedReader reads sealed landing as a whole.
type LandedReader interface {
	// Objects lists the sealed objects of a table, each batch in exactly one of them, in no particular order. Lines is 0
	// where nobody knows the bounds. An object that should be there and is missing is listed too.
	Objects(ctx context.Context, table string) iter.Seq2[File, error]
	// ReadObject yields the batches of one object. A damaged object yields what stands before the damage, and then an
	// error with CodeInvalid; so does one that is missing. Errors: CodeNotFound (gone since it was listed), those of yield.
	ReadObject(ctx context.Context, key string, yield func(LandedBatch) error) error
}

// SegmentFollower reads segments while they grow.
type SegmentFollower interface {
	// Follow opens a segment for reading from its start. At the present end Read returns io.EOF, and may be called again
	// when more was written. The reader outlives sealing. Errors: CodeNotFound.
	Follow(ctx context.Context, name string) (io.ReadCloser, error)
}
