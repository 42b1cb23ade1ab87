package lake

import (
	"bytes"
	"context"

	"limnograph"
	"limnograph/metricstream"
	"limnograph/record"
)

// recordRound is one commit of a record table in the making: the spans that it touches, with their rows.
type recordRound struct {
	*table
	floor   int64 // rows before this time are given up, milliseconds since the epoch
	live    map[span][]limnograph.DataFile
	rows    map[record.Key]*record.Row // of the spans that were read
	at      map[record.Key]span        // where they are, or go
	read    map[span]bool
	touched map[span]bool
	changed int
	keys    []string // files written
	skipped skipped
}

// newRecordRound begins a round on the present state. The caller holds mu, and has loaded the table.
func (t *table) newRecordRound(ctx context.Context) (*recordRound, error) {
	if err := t.indexed(ctx); err != nil {
		return nil, err
	}
	return &recordRound{
		table: t, floor: t.retained(), live: filesBySpan(t.base.Files), rows: make(map[record.Key]*record.Row),
		at: make(map[record.Key]span), read: make(map[span]bool), touched: make(map[span]bool),
	}, nil
}

// end lets go of what the round has written, however it ended.
func (r *recordRound) end() { r.lake.written(r.keys) }

// row returns the present row of a key; nil when the table has none.
func (r *recordRound) row(ctx context.Context, key record.Key) (*record.Row, error) {
	if at, ok := r.records.index.spans[key]; ok {
		if err := r.readSpan(ctx, at.span()); err != nil {
			return nil, err
		}
	}
	return r.rows[key], nil
}

// readSpan reads the rows of a span, once.
func (r *recordRound) readSpan(ctx context.Context, at span) error {
	if r.read[at] {
		return nil
	}
	for _, f := range r.live[at] {
		rows, err := r.readRecords(ctx, f)
		if err != nil {
			return err
		}
		for _, row := range rows {
			r.join(row, at)
		}
	}
	r.read[at] = true
	return nil
}

// join takes in a row of a file. No two files have a row of one key, unless somebody else wrote them.
func (r *recordRound) join(row *record.Row, at span) {
	key := row.Key()
	if have := r.rows[key]; have != nil {
		row = r.records.MergeRows(have, row)
		r.touched[at], r.touched[r.at[key]] = true, true
	}
	r.rows[key], r.at[key] = row, at
}

// set replaces the row of a key by its next state, which lies where its time says.
func (r *recordRound) set(ctx context.Context, next *record.Row) error {
	if next.TS() < r.floor {
		r.skipped.outside++
		return nil
	}
	key := next.Key()
	before, known := r.at[key]
	at := r.spanFor(next.TS())
	if known && r.covers(before, next.TS()) {
		at = before
	}
	if err := r.readSpan(ctx, at); err != nil {
		return err
	}
	if known {
		r.touched[before] = true
	}
	r.touched[at] = true
	r.rows[key], r.at[key] = next, at
	r.changed++
	return nil
}

// covers reports whether a row of a time may lie in a span.
func (r *recordRound) covers(at span, ts int64) bool {
	return at.day == dayOf(ts) && (at.hour == wholeDay || at.hour == hourOf(ts)-at.day*24)
}

// spanFor returns the span of a new row: its hour, or its day when that is old or has a file of its own already.
func (r *recordRound) spanFor(ts int64) span {
	day := span{day: dayOf(ts), hour: wholeDay}
	if len(r.live[day]) > 0 {
		return day
	}
	return spanOf(ts, r.lake.cfg.Now().Add(-daily).UnixMilli())
}

// commit writes the touched spans anew, and makes that the state of the table.
func (r *recordRound) commit(ctx context.Context, ledger Ledger) error {
	var add, remove []limnograph.DataFile
	bySpan := make(map[span][]*record.Row)
	for key, at := range r.at {
		if r.touched[at] {
			bySpan[at] = append(bySpan[at], r.rows[key])
		}
	}
	for at := range r.touched {
		remove = append(remove, r.live[at]...)
		if len(bySpan[at]) == 0 {
			continue
		}
		f, err := r.writeRecords(ctx, at, bySpan[at])
		if err != nil {
			return err
		}
		r.keys, add = append(r.keys, f.Key), append(add, f)
	}
	if err := r.table.commit(ctx, ledger, add, remove); err != nil {
		return err
	}
	r.reindex(bySpan)
	return nil
}

// reindex brings the index to the state that was committed.
func (r *recordRound) reindex(written map[span][]*record.Row) {
	x := &r.records.index
	for at, rows := range written {
		for _, row := range rows {
			x.spans[row.Key()] = packSpan(at)
		}
	}
	x.of = r.base.ID
}

// curateRecords runs one round: read what has landed, merge it, commit. When a file is damaged, the round gives it up, and
// there is more to do.
func (t *table) curateRecords(ctx context.Context) (more bool, err error) {
	more, err = t.recordsRound(ctx)
	if err != nil {
		return t.withoutDamagedRecords(ctx, err)
	}
	return more, nil
}

func (t *table) recordsRound(ctx context.Context) (more bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, err
	}
	r, err := t.newRecordRound(ctx)
	if err != nil {
		return false, err
	}
	defer r.end()
	in := newRecordInput(t.records.Table)
	next, more, err := t.lake.feed.Read(ctx, t.name, t.mark, max(1, t.lake.cfg.RoundLines/recordWeight), in.take)
	if err != nil {
		return false, err
	}
	if in.batches == 0 && (more || t.base.ID == 0 || next == t.base.Mark) {
		t.mark = next
		return more, nil
	}
	if err := r.merge(ctx, in.statements); err != nil {
		return false, err
	}
	ledger := t.base.Ledger
	ledger.Mark, ledger.Arrival = next, max(in.arrival, ledger.Arrival)
	if err := r.commit(ctx, ledger); err != nil {
		return false, err
	}
	t.mark = next
	r.skipped.damaged += in.damaged
	t.lake.metrics.round(t.name, len(in.statements), r.changed, 0, r.skipped)
	return more, nil
}

// recordWeight is how many lines of datapoints a record weighs.
const recordWeight = 20

// merge merges statements into their rows.
func (r *recordRound) merge(ctx context.Context, statements []record.Statement) error {
	for _, s := range statements {
		row, err := r.row(ctx, s.Key())
		if err != nil {
			return err
		}
		next := r.records.Merge(row, s)
		if next == row {
			continue
		}
		if err := r.set(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// recordInput gathers the statements of landed batches.
type recordInput struct {
	table      *record.Table
	batches    int
	arrival    int64 // of the newest batch, milliseconds since the epoch
	statements []record.Statement
	damaged    int // lines that cannot be read; landing keeps them
}

func newRecordInput(table *record.Table) *recordInput { return &recordInput{table: table} }

func (in *recordInput) take(b limnograph.LandedBatch) error {
	in.batches++
	in.arrival = max(in.arrival, b.Arrival.UnixMilli())
	position := b.Position
	for line := range bytes.Lines(b.Lines) {
		if own, at, ok := metricstream.CutPosition(line); ok {
			line, position = own, at
		}
		s, err := in.table.Parse(line, position)
		position++
		if err != nil {
			in.damaged++
			continue
		}
		in.statements = append(in.statements, s)
	}
	return nil
}
