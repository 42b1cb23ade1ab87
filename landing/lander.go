package landing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"limnograph"
	"limnograph/metricstream"
)

// Lander makes batches durable. Append is safe for concurrent use; Run is called once.
type Lander struct {
	cfg      Config
	objects  limnograph.ObjectStore
	segments limnograph.SegmentStore
	sealed   func(limnograph.ObjectEvent)
	members  members
	limits   limits
	metrics  *metrics
	commits  *committer
	trouble  trouble
	wake     chan struct{} // something was retired

	sealing sync.Mutex // one sealer at a time

	mu      sync.Mutex
	seq     *sequence
	open    map[place]*segment
	retired []*segment // take no more batches
	closed  bool
	book    book

	batches, datapoints, sealedObjects atomic.Int64
}

// place is what the batches of one segment have in common.
type place struct {
	table  string // empty: quarantine
	sender string
	hour   int64 // arrival hour since the epoch
}

// Stats is a picture of a lander. Batches, Datapoints (run records are none) and SealedObjects count from its start.
type Stats struct {
	Batches         int64
	Datapoints      int64
	SealedObjects   int64
	OpenSegments    int   // with those that wait to be sealed
	WaitingBytes    int64 // uncompressed, of batches in Append
	QuarantineBytes int64 // compressed, objects and segments
}

// New returns a lander over a store, after it has sealed what an earlier process left. sealed is called for every
// object, from several goroutines, and must return soon; nil is allowed. Errors: CodeInvalid (settings), CodeConflict
// (a segment contradicts the object of its name), and those of the stores.
func New(ctx context.Context, objects limnograph.ObjectStore, segments limnograph.SegmentStore, sealed func(limnograph.ObjectEvent), cfg Config) (*Lander, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		sealed = func(limnograph.ObjectEvent) {}
	}
	l := &Lander{cfg: cfg, objects: objects, segments: segments, sealed: sealed, metrics: newMetrics(), wake: make(chan struct{}, 1), open: map[place]*segment{}, book: newBook()}
	l.limits.cfg = cfg
	l.commits = newCommitter(l.sync)
	used, err := l.recover(ctx)
	if err != nil {
		return nil, err
	}
	if l.seq, err = loadSequence(ctx, objects, used); err != nil {
		return nil, err
	}
	if err := l.limits.start(ctx, objects); err != nil {
		return nil, err
	}
	return l, l.metrics.register(cfg.Registerer, l)
}

// Append lands a batch and returns nil when all of it, rejects included, is durable. After an error nothing, a part or
// all of it may be: deliver it again. Errors: CodeUnavailable at a limit or after Run has ended, CodeInvalid or
// CodeTooLarge for a batch that can never land, the context's error, and those of the disk.
func (l *Lander) Append(ctx context.Context, b *limnograph.Batch) error {
	if err := check(b); err != nil {
		return err
	}
	release, err := l.admit(b)
	if err != nil {
		return err
	}
	defer release()
	err = l.land(ctx, b)
	if l.noteOutcome(err); err != nil {
		return failed(err)
	}
	l.landed(b)
	return nil
}

// land makes an admitted batch durable.
func (l *Lander) land(ctx context.Context, b *limnograph.Batch) error {
	batch, tickets, err := l.issue(ctx, b)
	if err != nil {
		return err
	}
	l.build(ctx, b, tickets)
	return batch.wait(ctx)
}

func (l *Lander) admit(b *limnograph.Batch) (release func(), err error) {
	rejects := rejectBytes(b)
	bytes := rejects
	for _, p := range b.Parts {
		bytes += int64(len(p.Lines))
	}
	release, refused, err := l.limits.admit(bytes, rejects)
	if refused != nil {
		l.metrics.refused.WithLabelValues(refused.limit).Inc()
		return nil, refused.err()
	}
	return release, err
}

// issue takes a sequence for the batch and a place for each of its members, in one step: so the order of members in a
// segment is the order of sequences.
func (l *Lander) issue(ctx context.Context, b *limnograph.Batch) (*pending, []*ticket, error) {
	tickets := newTickets(b)
	if len(tickets) == 0 {
		return newPending(0), nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.accepting(); err != nil {
		return nil, nil, err
	}
	seq, err := l.seq.take(ctx)
	if err != nil {
		return nil, nil, err
	}
	batch := newPending(len(tickets))
	for _, t := range tickets {
		t.header.Sequence, t.batch = seq, batch
		t.segment = l.segmentFor(t.table, b, seq)
		t.segment.push(t)
	}
	return batch, tickets, nil
}

// accepting tells why no batch can be taken. The caller holds mu.
func (l *Lander) accepting() error {
	if l.closed {
		return refusal{"closed", "landing is shutting down", "deliver again later"}.err()
	}
	if len(l.retired) > l.cfg.MaxOpen {
		return refusal{"unsealed", "too many segments cannot be sealed", "look for disk errors in the log"}.err()
	}
	return nil
}

// segmentFor returns the open segment for a table and batch. The caller holds mu.
func (l *Lander) segmentFor(table string, b *limnograph.Batch, seq uint64) *segment {
	at := place{table: table, sender: b.Sender, hour: b.Arrival.Unix() / 3600}
	if table == "" {
		at.sender = ""
	}
	if g, ok := l.open[at]; ok && g.state().broken == nil {
		return g
	} else if ok {
		l.retireLocked(g)
	}
	if len(l.open) >= l.cfg.MaxOpen {
		l.retireOldest()
	}
	name, key := target(table, b, seq)
	g := newSegment(at, name, key, l.cfg.Now(), hooks{create: l.segments.Create, recycle: l.recycle, wrote: l.wrote})
	g.first, g.waiting = seq, &l.book.table(table).waiting
	l.open[at] = g
	return g
}

// build compresses the members of a batch and hands them to their segments. Should it panic, the members that are left
// fail: one that is never filled would block its segment for good.
func (l *Lander) build(ctx context.Context, b *limnograph.Batch, tickets []*ticket) {
	left := tickets
	defer func() { giveUp(ctx, left) }()
	for i, t := range tickets {
		t.body, t.err = l.compress(b, t)
		left = tickets[i+1:]
		t.segment.fill(ctx, t)
	}
}

// giveUp fails members that will never be compressed.
func giveUp(ctx context.Context, tickets []*ticket) {
	for _, t := range tickets {
		t.err = &limnograph.Error{Code: limnograph.CodeInternal, Op: "compress batch", Message: "compressing was broken off"}
		t.segment.fill(ctx, t)
	}
}

func (l *Lander) compress(b *limnograph.Batch, t *ticket) (body *bytes.Buffer, err error) {
	if t.table == "" {
		body, err = l.members.build(t.header, func(w io.Writer) error { return writeRejects(w, b) })
	} else {
		body, err = l.members.buildLines(t.header, t.part.Lines, metricstream.Position(t.header.Sequence, t.first), b.Attributes)
	}
	if err != nil {
		err = &limnograph.Error{Code: limnograph.CodeInvalid, Op: "compress batch", Err: err}
	}
	return body, err
}

func (l *Lander) recycle(t *ticket) {
	l.members.recycle(t.body)
	t.body = nil
}

// wrote runs under the segment's mutex.
func (l *Lander) wrote(g *segment, n int64) {
	l.metrics.bytes.Add(float64(n))
	l.limits.wrote(g.quarantined(), n)
	l.commits.add(g)
}

// sync makes one segment durable, and gives it up when that fails or when it has become large.
func (l *Lander) sync(g *segment) {
	start := l.cfg.Now()
	err := g.sync()
	l.metrics.synced(l.cfg.Now().Sub(start))
	if err != nil {
		l.metrics.failures.WithLabelValues("sync").Inc()
	}
	if s := g.state(); s.broken != nil || s.size >= l.cfg.SealBytes {
		l.retire(g)
	}
}

func (l *Lander) landed(b *limnograph.Batch) {
	l.metrics.landed(b)
	l.batches.Add(1)
	for _, p := range b.Parts {
		if !limnograph.IsRecordTable(p.Table) {
			l.datapoints.Add(int64(p.Count))
		}
	}
}

// Stats describes the lander now.
func (l *Lander) Stats() Stats {
	l.mu.Lock()
	segments := len(l.open) + len(l.retired)
	l.mu.Unlock()
	l.limits.mu.Lock()
	defer l.limits.mu.Unlock()
	return Stats{
		Batches: l.batches.Load(), Datapoints: l.datapoints.Load(), SealedObjects: l.sealedObjects.Load(),
		OpenSegments: segments, WaitingBytes: l.limits.waiting, QuarantineBytes: l.limits.quarantine.total(),
	}
}

// failed tells the sender that the batch did not land, with the code of the cause.
func failed(err error) error {
	var said *limnograph.Error
	if errors.As(err, &said) && said.Op == opLand {
		return err
	}
	e := &limnograph.Error{Code: limnograph.ErrorCode(err), Op: opLand, Err: err}
	if e.Code == limnograph.CodeInternal {
		e.Hint = "the batch is not acknowledged: deliver it again; look at the disk"
	}
	return e
}

func (g *segment) quarantined() bool { return quarantineName(g.name) }
