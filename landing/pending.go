package landing

import (
	"bytes"
	"context"
	"sync"

	"limnograph"
	"limnograph/objectkey"
)

// pending is a batch on its way to the disk: it is done when each of its members is durable or one has failed.
type pending struct {
	mu   sync.Mutex
	left int
	err  error
	done chan struct{} // closed when left is 0
}

func newPending(members int) *pending {
	p := &pending{left: members, done: make(chan struct{})}
	if members == 0 {
		close(p.done)
	}
	return p
}

// wait returns when the batch is durable or has failed, or with the context's error.
func (p *pending) wait(ctx context.Context) error {
	select {
	case <-p.done:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return &limnograph.Error{Code: limnograph.CodeTimeout, Op: "wait for the disk", Err: ctx.Err()}
	}
}

// resolve reports the end of one member. The first error is the batch's.
func (p *pending) resolve(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.left--
	if p.left == 0 {
		close(p.done)
	}
}

// ticket is the place of a member in a segment. Members are compressed side by side and written in the order of their
// tickets, which is the order of their sequences: that makes positions increase within an object.
type ticket struct {
	header  objectkey.Member
	table   string          // empty: quarantine
	part    limnograph.Part // zero in quarantine
	first   int             // index of the part's first line in the batch
	segment *segment
	batch   *pending

	ready bool // the fields below are set; the segment's mutex guards them
	body  *bytes.Buffer
	err   error
}

// newTickets makes a ticket for each part that has lines, and one for the rejects. Sequence, segment and batch are
// still missing.
func newTickets(b *limnograph.Batch) (all []*ticket) {
	first, arrival := 0, b.Arrival.UnixMilli()
	for _, p := range b.Parts {
		if p.Count > 0 {
			all = append(all, &ticket{table: p.Table, part: p, first: first, header: objectkey.Member{Lines: int64(p.Count), MinTime: p.MinTime, MaxTime: p.MaxTime, Arrival: arrival}})
		}
		first += p.Count
	}
	if len(b.Rejects) > 0 {
		all = append(all, &ticket{header: objectkey.Member{Lines: int64(len(b.Rejects)), Arrival: arrival}})
	}
	return all
}
