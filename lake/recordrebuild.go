package lake

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"limnograph"
	"limnograph/record"
)

// recordsAtOnce is how many rows of a record table a rebuild or verification holds in memory.
const recordsAtOnce = 200_000

// runRecords makes a record table anew: each row becomes the merge of its landed statements, with the roll-up that it has,
// and what it knows from statements that landing does not hold, or not sealed yet. A row of which landing holds nothing stays. Roll-ups are added up again afterwards, by who runs the lake.
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
		rows, err := f.foldAgain(ctx, part)
		if err != nil {
			return err
		}
		r.progress.add(f.lines / int64(f.parts))
		if err := r.replaceRecords(ctx, f, rows); err != nil {
			return err
		}
	}
	r.result.Statements = f.statements
	return r.forgetRollUps(ctx)
}

// forgetRollUps says that all roll-ups are to be made again.
func (r *rebuilding) forgetRollUps(ctx context.Context) error {
	t := r.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	t.rollAgain()
	if t.base.Rolled == 0 {
		return nil
	}
	ledger := t.base.Ledger
	ledger.Rolled = 0
	return t.commit(ctx, ledger, nil, nil)
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

// replaceRecords commits rows that were made anew, some days at a time: they lie in all of the table's files, of which only
// so many fit into memory.
func (r *rebuilding) replaceRecords(ctx context.Context, f *recordFold, rows map[record.Key]*record.Row) error {
	portions, err := r.table.portions(ctx, rows)
	if err != nil {
		return err
	}
	for _, keys := range portions {
		if err := r.replacePortion(ctx, f, rows, keys); err != nil {
			return err
		}
	}
	r.result.Rows += int64(len(rows))
	return nil
}

// portions groups the keys of rows by the days on which the table has them, or will.
func (t *table) portions(ctx context.Context, rows map[record.Key]*record.Row) ([][]record.Key, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	if err := t.indexed(ctx); err != nil {
		return nil, err
	}
	keys, stored := make(map[int64][]record.Key), make(map[int64]int64)
	for key, row := range rows {
		day := dayOf(row.TS())
		if at, ok := t.records.index.spans[key]; ok {
			day = at.span().day
		}
		keys[day] = append(keys[day], key)
	}
	for at, files := range filesBySpan(t.base.Files) {
		stored[at.day] += rowsOf(files)
	}
	return portionsOf(keys, stored, recordsAtOnce), nil
}

// portionsOf puts days together as long as their rows are no more than limit.
func portionsOf(keys map[int64][]record.Key, stored map[int64]int64, limit int64) (portions [][]record.Key) {
	left := int64(0)
	for _, day := range slices.Sorted(maps.Keys(keys)) {
		if left -= stored[day] + int64(len(keys[day])); left < 0 || len(portions) == 0 {
			portions, left = append(portions, nil), limit-stored[day]-int64(len(keys[day]))
		}
		last := &portions[len(portions)-1]
		*last = append(*last, keys[day]...)
	}
	return portions
}

// replacePortion commits those of the rows that are not as the table has them.
func (r *rebuilding) replacePortion(ctx context.Context, f *recordFold, rows map[record.Key]*record.Row, keys []record.Key) error {
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
	for _, key := range keys {
		have, err := round.row(ctx, key)
		if err != nil {
			return err
		}
		next := t.records.WithMetricsOf(t.records.MergeRows(rows[key], t.records.Beyond(have, f.has)), have)
		if have != nil && f.same(have, next) {
			continue
		}
		if err := round.set(ctx, next); err != nil {
			return err
		}
	}
	if len(round.touched) == 0 {
		return nil
	}
	if err := round.commit(ctx, t.base.Ledger); err != nil {
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
	if f.parts == 0 {
		f.parts = int(f.lines/recordsAtOnce) + 1
	}
	return nil
}

// partOf returns the part of a key.
func (f *recordFold) partOf(key record.Key) int {
	return int(binary.BigEndian.Uint32(key[:]) % uint32(f.parts))
}

// foldAgain is fold that lists the objects anew when some are packed or expire meanwhile.
func (f *recordFold) foldAgain(ctx context.Context, part int) (map[record.Key]*record.Row, error) {
	for attempt := 1; ; attempt++ {
		statements, damaged := f.statements, f.damaged
		rows, err := f.fold(ctx, part)
		if !errors.Is(err, errVanished) || attempt == rebuildAttempts {
			return rows, err
		}
		f.statements, f.damaged = statements, damaged
		if err := f.list(ctx); err != nil {
			return nil, err
		}
	}
}

// bytesOfRecord is about what a record takes in a landing object.
const bytesOfRecord = 120

// fold returns the rows of one part of the keys. Errors: errVanished, those of the reader.
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
		if f.partOf(key) != part {
			continue
		}
		f.statements++
		rows[key] = f.table.Merge(rows[key], s)
	}
	return nil
}
