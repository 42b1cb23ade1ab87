package landing

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"limnograph"
	"limnograph/metricstream"
)

// DirectConfig adjusts a Direct. The zero value works.
type DirectConfig struct {
	Random func() uint64 // nil: math/rand/v2
}

// Direct lands batches without segments: each part at once as one object of one member. It is for a function in front of
// a bucket, which has no disk and ends soon; a server lands through a Lander, whose objects are larger. It is safe for
// concurrent use, and any number of them may write to one store.
//
// Its sequences are no reservation: they rise with the seconds of arrival and within one Direct, and two of them may take
// the same one. No key is taken twice. In a bucket a line's position is the object's arrival, its key, then the line.
type Direct struct {
	objects limnograph.ObjectWriter
	random  func() uint64
	members members

	mu   sync.Mutex
	last uint64
}

// NewDirect returns a Direct that writes to a store.
func NewDirect(objects limnograph.ObjectWriter, cfg DirectConfig) *Direct {
	if cfg.Random == nil {
		cfg.Random = rand.Uint64
	}
	return &Direct{objects: objects, random: cfg.Random}
}

// Append lands a batch and returns nil when all of it is durable. After an error a part of it may be: land it again. Then
// lines may be there twice, which changes nothing: they say the same. Errors: CodeInvalid or CodeTooLarge for a batch
// that can never land, and for one with rejects, for there is no quarantine; CodeConflict (no key was free), those of the
// store.
func (d *Direct) Append(ctx context.Context, b *limnograph.Batch) error {
	if err := checkDirect(b); err != nil {
		return err
	}
	sequence := d.sequence(b.Arrival, false)
	for _, t := range newTickets(b) {
		t.header.Sequence = sequence
		if err := d.land(ctx, b, t); err != nil {
			return &limnograph.Error{Code: limnograph.ErrorCode(err), Op: opLand, Message: "table " + t.table, Err: err}
		}
	}
	return nil
}

// checkDirect refuses a batch that can never land like this.
func checkDirect(b *limnograph.Batch) error {
	if err := check(b); err != nil {
		return err
	}
	switch {
	case b.Arrival.Year() > lastYear:
		return invalid(limnograph.CodeInvalid, "the arrival time is too far ahead: "+b.Arrival.String(), "set the clock right")
	case len(b.Rejects) > 0:
		return invalid(limnograph.CodeInvalid, fmt.Sprintf("%d rejects in a batch that lands directly", len(b.Rejects)), "leave out what is no line")
	}
	return nil
}

// maxTries bounds how many keys are tried for one part.
const maxTries = 100

// land stores one part. The positions of its lines hold its sequence, so each try compresses it anew; there is hardly
// ever a second one.
func (d *Direct) land(ctx context.Context, b *limnograph.Batch, t *ticket) error {
	for range maxTries {
		err := d.put(ctx, b, t)
		if limnograph.ErrorCode(err) != limnograph.CodeExists {
			return err
		}
		t.header.Sequence = d.sequence(b.Arrival, true)
	}
	return &limnograph.Error{Code: limnograph.CodeConflict, Message: fmt.Sprintf("%d keys for this arrival are taken", maxTries), Hint: "land it again with a new arrival"}
}

// put stores one part under the key of its sequence, if that is free.
func (d *Direct) put(ctx context.Context, b *limnograph.Batch, t *ticket) error {
	body, err := d.members.buildLines(t.header, t.part.Lines, metricstream.Position(t.header.Sequence, t.first), b.Attributes)
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "compress batch", Err: err}
	}
	defer d.members.recycle(body)
	_, key := tableTarget(t.table, b, t.header.Sequence)
	_, err = d.objects.Put(ctx, key, bytes.NewReader(body.Bytes()), limnograph.PutOptions{IfAbsent: true})
	return err
}

// A sequence has 39 bits. These of them are below its second, and the others last beyond the last year.
const (
	tickBits = 7
	lastYear = 2100
)

// sequence is made of the second of an arrival and a random number, which keeps those apart who write in the same
// millisecond. In one Direct it rises, whatever the clock does. contested: somebody else has taken the last one; then it
// leaps ahead, for they may have taken the next ones too.
func (d *Direct) sequence(arrival time.Time, contested bool) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	draw := d.random() % (1 << tickBits)
	next := d.last + 1
	if contested {
		next += draw
	}
	d.last = max(next, uint64(max(arrival.Unix(), 0))<<tickBits+draw)
	return d.last
}
