package landing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"limnograph"
	"limnograph/compression"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

// plan is an import being written to segments.
type plan struct {
	lander  *Lander
	batch   limnograph.Batch // without parts
	receipt *receipt
	note    *importNote
	open    map[string]*planSegment // by table; "" is quarantine
	all     []*planSegment
	reasons map[string]int // of rejects
	sent    bool           // the receipt may have been written
}

// planSegment is one segment of an import.
type planSegment struct {
	planned
	table   string // empty: quarantine
	file    limnograph.Segment
	closed  bool
	content objectkey.Member
}

// plan writes the whole source to durable segments and then the receipt. After an error no segment is left.
func (im *Importer) plan(ctx context.Context, src Source, sum string) (*receipt, error) {
	b := batchOf(src, sum, im.lander.cfg.Now())
	if err := check(&b); err != nil {
		return nil, err
	}
	p := &plan{
		lander: im.lander, batch: b, open: map[string]*planSegment{}, reasons: map[string]int{},
		receipt: &receipt{State: statePlanned, SHA256: sum, Name: src.Name, Arrival: b.Arrival},
	}
	if err := p.clear(ctx); err != nil {
		return nil, err
	}
	p.note = p.lander.importBegins(sum)
	err := im.fill(ctx, p, src)
	if err == nil {
		err = p.write(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.undo(context.WithoutCancel(ctx)))
	}
	return p.receipt, nil
}

// fill decodes the source into the plan's segments, and makes sure that it is still the object that was hashed.
func (im *Importer) fill(ctx context.Context, p *plan, src Source) (err error) {
	raw, err := src.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	hash := sha256.New()
	tee := io.TeeReader(&cancellable{ctx, raw}, hash)
	if err := im.decode(ctx, p, tee); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != p.receipt.SHA256 {
		return &limnograph.Error{Code: limnograph.CodeConflict, Op: "read source", Message: "the object changed while it was read", Hint: "import it again"}
	}
	return nil
}

func (im *Importer) decode(ctx context.Context, p *plan, raw io.Reader) (err error) {
	content, format, err := compression.NewReader(raw, im.cfg.MaxInflated)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	p.receipt.Format = format
	pieces := &chunks{r: content, size: im.cfg.ChunkBytes}
	split := metricstream.NewSplitter(im.tableOf)
	for {
		piece, offset, err := pieces.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		split.Reset(nil)
		split.Add(0, piece)
		if err := p.add(ctx, split.Parts(), split.Rejects(), int(offset)); err != nil {
			return err
		}
	}
}

// add writes one piece of the source: a member to each table's segment, and one for what is no metric.
func (p *plan) add(ctx context.Context, parts []limnograph.Part, rejects []limnograph.Reject, offset int) error {
	b := p.batch
	b.Parts, b.Rejects = parts, rejects
	for i := range b.Rejects {
		b.Rejects[i].Offset += offset
		p.reasons[b.Rejects[i].Reason]++
	}
	if err := check(&b); err != nil {
		return err
	}
	tickets := newTickets(&b)
	if len(tickets) == 0 {
		return nil
	}
	release, err := p.lander.admit(&b)
	if err != nil {
		return err
	}
	defer release()
	sequence, err := p.lander.nextSequence(ctx, p.note)
	if err != nil {
		return err
	}
	p.receipt.First, p.receipt.Last = or(p.receipt.First, sequence), sequence
	for _, t := range tickets {
		t.header.Sequence = sequence
		if err := p.member(ctx, &b, t); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) member(ctx context.Context, b *limnograph.Batch, t *ticket) error {
	body, err := p.lander.compress(b, t)
	if err != nil {
		return err
	}
	defer p.lander.members.recycle(body)
	g, err := p.segment(ctx, b, t)
	if err != nil {
		return err
	}
	return g.append(p.lander, t, body)
}

func (g *planSegment) append(l *Lander, t *ticket, body *bytes.Buffer) error {
	n, err := g.file.Write(body.Bytes())
	g.Size += int64(n)
	g.content.Add(t.header)
	l.limits.wrote(g.table == "", int64(n))
	l.metrics.bytes.Add(float64(n))
	return err
}

// segment returns the segment that takes the next member of a table, a new one when the last has become large.
func (p *plan) segment(ctx context.Context, b *limnograph.Batch, t *ticket) (*planSegment, error) {
	if g := p.open[t.table]; g != nil && g.Size < p.lander.cfg.SealBytes {
		return g, nil
	}
	p.lander.importSegment(p.note, t.table)
	_, key := target(t.table, b, t.header.Sequence)
	g := &planSegment{planned: planned{Segment: fmt.Sprintf("%s%s/%d", importSegments, p.receipt.SHA256, len(p.all)), Key: key}, table: t.table}
	var err error
	if g.file, err = p.lander.segments.Create(ctx, g.Segment); err != nil {
		return nil, err
	}
	p.open[t.table] = g
	p.all = append(p.all, g)
	return g, nil
}

// write makes the segments durable, then the receipt: from here on the import will happen.
func (p *plan) write(ctx context.Context) error {
	for _, g := range p.all {
		if err := g.file.Sync(); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	for _, g := range p.all {
		p.receipt.add(g)
	}
	p.sent = true
	if err := writeReceipt(ctx, p.lander.objects, p.receipt); err != nil {
		return err
	}
	p.count()
	return nil
}

// close closes the files that are still open, all of them whatever happens to one.
func (p *plan) close() (err error) {
	for _, g := range p.all {
		if g.closed {
			continue
		}
		g.closed = true
		err = errors.Join(err, g.file.Close())
	}
	return err
}

// add enters a complete segment.
func (r *receipt) add(g *planSegment) {
	g.Lines, g.MinTime, g.MaxTime = g.content.Lines, g.content.MinTime, g.content.MaxTime
	r.Objects = append(r.Objects, g.planned)
	if g.table == "" {
		r.Rejected += g.Lines
	} else {
		r.Lines += g.Lines
	}
}

// count adds the import to the metrics.
func (p *plan) count() {
	for _, g := range p.all {
		if g.table != "" {
			p.lander.metrics.countLines(g.table, g.Lines)
			p.lander.datapoints.Add(g.Lines)
		}
	}
	for reason, n := range p.reasons {
		p.lander.metrics.quarantined.WithLabelValues(reason).Add(float64(n))
	}
}

// clear removes what an import of the same bytes left that failed before its receipt was written.
func (p *plan) clear(ctx context.Context) error {
	names, err := p.lander.segments.Names(ctx)
	for _, name := range names {
		if strings.HasPrefix(name, importSegments+p.receipt.SHA256+"/") {
			err = errors.Join(err, p.lander.segments.Remove(ctx, name))
		}
	}
	return err
}

// undo removes the segments of a failed plan, unless its receipt is there in spite of the error, or may be: then they
// stay, and the next import or start finishes or removes them, as the receipt says.
func (p *plan) undo(ctx context.Context) (err error) {
	if p.sent {
		_, err := p.lander.objects.Stat(ctx, receiptKey(p.receipt.SHA256))
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound {
			return err
		}
	}
	p.lander.importFailed(p.receipt.SHA256)
	err = p.close()
	for _, g := range p.all {
		p.lander.limits.move(g.table == "", g.Size, 0)
		err = errors.Join(err, p.lander.remove(ctx, g.Segment))
	}
	return err
}
