package landing

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// maxFailures is how often reading a sealed object may fail before it counts as damaged: some minutes, at the pace at
// which a lake tries again.
const maxFailures = 60

// toItsEnd is the end of an object that is read whole.
const toItsEnd = math.MaxInt64

// cursor is how far a segment or object was handed out.
type cursor struct {
	key     string // of the object that it is, or will be
	segment string // its name before that; empty: it was an object when it was found
	first   uint64 // sequence in its key
	through uint64 // of a packed one, else 0
	from    uint64 // members before it are covered
	end     int64  // bytes that count
	ended   bool   // it grows no more
	stuck   bool   // it is damaged at at

	at   int64  // bytes of the members that were read
	last uint64 // greatest sequence among those that were handed out, 0: none
	seen uint64 // sequence of the last one that was read, 0: none

	instead []*cursor // what a damaged packed object was made of, as far as it is there

	file    io.ReadCloser // open while there is something to read, and until a segment has ended
	content acked
	buffer  *bufio.Reader
	arrival time.Time // in its key
}

// acked reads a file as far as it counts.
type acked struct {
	source
	end int64
}

func (a *acked) Read(p []byte) (int, error) {
	left := a.end - a.n
	if left <= 0 {
		return 0, io.EOF
	}
	return a.source.Read(p[:min(int64(len(p)), left)])
}

// covered is the last sequence that was handed out, or is covered anyway.
func (c *cursor) covered() uint64 { return max(c.last, max(c.from, 1)-1) }

func (c *cursor) close() {
	if c.file != nil {
		_ = c.file.Close() // it was only read
	}
	c.file, c.buffer = nil, nil
}

// The outcomes of reading a cursor.
type cursorState int

const (
	cursorDone cursorState = iota // everything that counts was handed out
	cursorMore                    // the quota is spent
	cursorGone                    // it was deleted
)

// drainCursor hands out the members of a cursor, while the quota lasts.
func (t *tableFeed) drainCursor(q *quota, c *cursor) (cursorState, error) {
	if c.stuck {
		return t.giveUp(q, c, nil)
	}
	for c.at < c.end {
		if q.spent() {
			return cursorMore, nil
		}
		err := t.open(q.ctx, c)
		if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
			return cursorGone, nil
		}
		if err != nil {
			return cursorMore, err
		}
		b, err := t.batches.next(c.buffer, c.arrival)
		if errors.Is(err, io.EOF) && c.end == toItsEnd && c.content.err == nil {
			if err = earlyEnd(c.key, c.seen); err == nil {
				return cursorDone, nil
			}
		}
		if err != nil {
			return t.failed(q, c, err)
		}
		c.at, c.seen = c.content.n-int64(c.buffer.Buffered()), b.Sequence
		if b.Sequence < c.from {
			continue
		}
		if err := q.hand(b); err != nil {
			return cursorMore, err
		}
		c.last = max(c.last, b.Sequence)
	}
	t.keepBuffer(c)
	return cursorDone, nil
}

// keepBuffer takes the buffer of a cursor, which is read to its present end, for the next one.
func (t *tableFeed) keepBuffer(c *cursor) {
	if c.buffer != nil {
		t.buffer, c.buffer = c.buffer, nil
	}
}

// open makes a cursor readable up to its present end. A segment that is gone has become an object.
func (t *tableFeed) open(ctx context.Context, c *cursor) (err error) {
	if err := ctx.Err(); err != nil {
		return &limnograph.Error{Code: limnograph.CodeTimeout, Op: "read landed batches", Err: err}
	}
	if c.file == nil {
		if c.file, err = t.openFile(ctx, c); err != nil {
			return err
		}
		c.content = acked{source: source{r: c.file}}
		c.arrival, _ = objectkey.ArrivalOf(c.key)
	}
	c.content.end = c.end
	if c.buffer == nil {
		if c.buffer = t.buffer; c.buffer == nil {
			c.buffer = bufio.NewReaderSize(nil, readSize)
		}
		t.buffer = nil
		c.buffer.Reset(&c.content)
	}
	return nil
}

func (t *tableFeed) openFile(ctx context.Context, c *cursor) (io.ReadCloser, error) {
	if c.segment != "" {
		file, err := t.segments.Follow(ctx, c.segment)
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			return file, err
		}
	}
	return t.lander.objects.Open(ctx, c.key)
}

// failed tells damage from a disk that could not be read now, which may be well again soon.
func (t *tableFeed) failed(q *quota, c *cursor, cause error) (cursorState, error) {
	if c.content.err == nil {
		return t.giveUp(q, c, cause)
	}
	if t.failures[c.key]++; c.growing() || t.failures[c.key] < maxFailures {
		return cursorMore, c.content.err
	}
	return t.giveUp(q, c, c.content.err)
}

func (c *cursor) growing() bool { return c.segment != "" && !c.ended }

// giveUp leaves what stands behind the damage. A segment is left for now: should the process end before it is sealed,
// recovery saves what is whole. Of a packed object it finds what can be read instead.
func (t *tableFeed) giveUp(q *quota, c *cursor, cause error) (cursorState, error) {
	if !c.stuck && c.through > 0 {
		instead, err := t.sourcesOf(q.ctx, c)
		if err != nil {
			return cursorMore, err
		}
		c.instead = instead
	}
	c.stuck = true
	c.close()
	if !t.damaged[c.key] {
		t.damaged[c.key] = true
		t.lander.metrics.feedDamaged.Inc()
		message := "a landed object is damaged: what stands behind the damage is not curated"
		if len(c.instead) > 0 {
			message = "a packed object is damaged: the objects that it was made of are read instead, as far as they are still there"
		}
		t.lander.cfg.Logger.Warn(message, slog.String("object", c.key), slog.Int64("offset", c.at), slog.Any("error", cause))
	}
	q.moved = q.moved || !c.growing()
	return cursorDone, nil
}
