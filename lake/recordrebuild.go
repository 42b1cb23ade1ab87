package lake

import (
	"context"

	"limnograph"
	"limnograph/record"
)

// recordsAtOnce is how many rows of a record table a rebuild or verification holds in memory.
const recordsAtOnce = 200_000

// runRecords makes a record table anew: each row becomes the merge of its landed statements, with the roll-up that it has.
// A row of which landing holds nothing stays. Roll-ups are added up again afterwards, by who runs the lake.
func (r *rebuilding) runRecords(ctx context.Context) error {
	t := r.table
	if err := r.giveUpDamaged(ctx); err != nil {
		return err
	}
	if err := t.catchUp(ctx); err != nil {
		return err
	}
	t.tending.Lock()
	defer t.tending.Unlock()
	f := &recordFold{reader: r.reader, table: t.records.Table, name: t.name, problem: func(key string, err error) { r.problem(&r.result.Problems, key, err) }}
	if err := f.list(ctx); err != nil {
		return err
	}
	r.progress.begin("rebuilding", f.lines)
	for part := range f.parts {
		rows, err := f.fold(ctx, part)
		if err != nil {
			return err
		}
		r.progress.add(f.lines / int64(f.parts))
		if err := r.replaceRecords(ctx, rows); err != nil {
			return err
		}
	}
	r.result.Statements = f.statements
	return nil
}

// giveUpDamaged reads every data file, and takes those out of the table that cannot be read.
func (r *rebuilding) giveUpDamaged(ctx context.Context) error {
	w, err := r.table.lookAtOurs(ctx)
	if err != nil {
		return err
	}
	for _, f := range w.base.Files {
		_, err := r.table.readRecords(ctx, f)
		if !isDamage(err) {
			if err != nil {
				return err
			}
			continue
		}
		r.problem(&r.result.Lost, f.Key, err)
		if _, err := r.table.withoutDamagedRecords(ctx, &recordDamage{f, err}); err != nil {
			return err
		}
	}
	return nil
}

// replaceRecords commits rows that were made anew.
func (r *rebuilding) replaceRecords(ctx context.Context, rows map[record.Key]*record.Row) error {
	t := r.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	round, err := t.newRecordRound(ctx)
	if err != nil {
		return err
	}
	defer round.end()
	for key, row := range rows {
		have, err := round.row(ctx, key)
		if err != nil {
			return err
		}
		next := t.records.WithMetricsOf(row, have)
		if have != nil && t.records.Covers(have, next) && t.records.Covers(next, have) {
			continue
		}
		if err := round.set(ctx, next); err != nil {
			return err
		}
	}
	r.result.Rows += int64(len(rows))
	ledger := t.base.Ledger
	ledger.Rolled = 0
	if err := round.commit(ctx, ledger); err != nil {
		return err
	}
	r.result.Commits++
	r.result.Files += len(round.keys)
	return nil
}

// recordFold merges what has landed in a record table into rows, a part of the keys at a time.
type recordFold struct {
	reader     limnograph.LandedReader
	table      *record.Table
	name       string
	problem    func(key string, err error)
	objects    []limnograph.File
	lines      int64 // about
	parts      int
	statements int64
	damaged    int64 // lines that cannot be read
	sequences  sequenceSet
}

// list finds the objects.
func (f *recordFold) list(ctx context.Context) error {
	f.objects, f.lines = nil, 0
	for o, err := range f.reader.Objects(ctx, f.name) {
		if err != nil {
			return err
		}
		f.objects = append(f.objects, o)
		f.lines += max(o.Lines, o.Size/bytesOfRecord)
	}
	f.parts = int(f.lines/recordsAtOnce) + 1
	return nil
}

// bytesOfRecord is about what a record takes in a landing object.
const bytesOfRecord = 120

// fold returns the rows of one part of the keys.
func (f *recordFold) fold(ctx context.Context, part int) (map[record.Key]*record.Row, error) {
	rows := make(map[record.Key]*record.Row)
	for _, o := range f.objects {
		err := f.reader.ReadObject(ctx, o.Key, func(b limnograph.LandedBatch) error { return f.take(b, part, rows) })
		switch limnograph.ErrorCode(err) {
		case "":
		case limnograph.CodeInvalid:
			f.problem(o.Key, err)
		case limnograph.CodeNotFound: // packed or expired since it was listed
			return nil, errVanished
		default:
			return nil, err
		}
	}
	return rows, ctx.Err()
}

func (f *recordFold) take(b limnograph.LandedBatch, part int, rows map[record.Key]*record.Row) error {
	in := newRecordInput(f.table)
	if err := in.take(b); err != nil {
		return err
	}
	if part == 0 {
		f.damaged += int64(in.damaged)
		f.sequences.add(b.Sequence)
	}
	for _, s := range in.statements {
		key := s.Key()
		if int(key[0])%f.parts != part {
			continue
		}
		f.statements++
		rows[key] = f.table.Merge(rows[key], s)
	}
	return nil
}
