package lake

import (
	"context"
	"errors"
	"time"

	"limnograph"
	"limnograph/metricstream"
	"limnograph/record"
)

// runRecords compares a record table with landing: each row must be the merge of its landed statements. What its roll-up
// says is not compared. It begins again when landing is packed meanwhile.
func (v *verification) runRecords(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := v.runRecordsOnce(ctx)
		if !errors.Is(err, errVanished) || attempt == rebuildAttempts {
			return err
		}
		v.report = TableReport{Table: v.table.name, Differences: []Difference{}, Problems: []FileProblem{}}
		v.named, v.damaged = make(map[string]bool), nil
	}
}

func (v *verification) runRecordsOnce(ctx context.Context) error {
	t := v.table
	v.progress.begin("waiting for the committer", 0)
	if err := t.ready(ctx); err != nil {
		return err
	}
	f := &recordFold{reader: v.reader, table: t.records.Table, name: t.name, problem: func(key string, err error) { v.problem(key, "damaged landing object: "+causeOf(err)) }}
	if err := f.list(ctx); err != nil {
		return err
	}
	behind := t.catchUp(ctx)
	pin, err := t.holdNewest(ctx)
	if err != nil {
		return err
	}
	defer pin.release()
	pin.behind, v.pin = behind, pin
	v.begin()
	v.report.Objects, v.report.Files = len(f.objects), len(pin.base.Files)
	for part := range f.parts {
		if err := v.compareRecords(ctx, f, part); err != nil {
			return err
		}
	}
	v.report.Statements, v.report.Damaged = f.statements, f.damaged
	return nil
}

// readRows reads the rows of one part of the keys, and names the files that cannot be read.
func (v *verification) readRows(ctx context.Context, fold *recordFold, part int) (map[record.Key]*record.Row, error) {
	rows := make(map[record.Key]*record.Row)
	for _, f := range v.pin.base.Files {
		stored := storedFile{key: f.Key, size: f.Size, rows: f.Rows, min: f.MinTime, max: f.MaxTime}
		if v.named[f.Key] {
			continue
		}
		var err error
		if part == 0 {
			err = v.pin.files.checkContent(ctx, stored)
		}
		if err == nil {
			err = v.takeRows(ctx, f, func(key record.Key) bool { return fold.partOf(key) == part }, rows)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			v.damage(stored, err)
		}
		v.progress.add(f.Rows / int64(fold.parts))
	}
	return rows, nil
}

func (v *verification) takeRows(ctx context.Context, f limnograph.DataFile, wanted func(record.Key) bool, to map[record.Key]*record.Row) error {
	rows, err := v.table.readRecords(ctx, f)
	if err != nil {
		return err
	}
	for _, row := range rows {
		key := row.Key()
		if !wanted(key) {
			continue
		}
		if to[key] != nil {
			v.report.Twice++
		}
		to[key] = row
		v.report.Rows++
	}
	return nil
}

// compareRecords compares the rows of one part of the keys.
func (v *verification) compareRecords(ctx context.Context, f *recordFold, part int) error {
	want, err := f.fold(ctx, part)
	if err != nil {
		return err
	}
	rows, err := v.readRows(ctx, f, part)
	if err != nil {
		return err
	}
	for key, landed := range want {
		v.compareRecord(f, landed, rows[key])
	}
	for key, row := range rows {
		if want[key] == nil {
			v.unlanded(f, row)
		}
	}
	return nil
}

// compareRecord compares the row that landing makes with the row of the table; nil: it has none.
func (v *verification) compareRecord(f *recordFold, landed, row *record.Row) {
	d := Difference{Missing: 1}
	switch {
	case landed.TS() < v.pin.floor || row == nil && len(v.damaged) > 0:
		v.report.Skipped++
		return
	case row == nil:
		v.report.Missing++
	case f.same(row, landed):
		return
	case f.same(row, f.table.MergeRows(landed, f.table.Beyond(row, f.has))):
		v.report.Unsealed++
		return
	default:
		v.report.Different++
		d = Difference{Different: 1}
	}
	if v.report.Series++; len(v.report.Differences) < listedSeries {
		d.Hour = time.UnixMilli(landed.TS()).UTC().Truncate(time.Hour)
		d.Job, d.Dimensions, d.Examples = landed.Text("job_name"), landed.Text("job_run_id"), []Example{}
		v.report.Differences = append(v.report.Differences, d)
	}
}

// unlanded counts a row of which landing holds nothing: metrics alone have told of it, or its batches are not sealed yet, or
// have expired.
func (v *verification) unlanded(f *recordFold, row *record.Row) {
	positions := row.Positions()
	switch {
	case len(positions) == 0:
	case f.knows(row):
		v.report.Extra++
	case f.isLater(positions):
		v.report.Unsealed++
	default:
		v.report.Older++
	}
}

// same reports whether two rows are made of the same statements.
func (f *recordFold) same(a, b *record.Row) bool { return f.table.Covers(a, b) && f.table.Covers(b, a) }

// has reports whether the batch of a statement is among those that were read.
func (f *recordFold) has(position int64) bool {
	return f.sequences.has(metricstream.SequenceOf(position))
}

// knows reports whether the batches of all statements that a row is made of are among those that were read.
func (f *recordFold) knows(row *record.Row) bool {
	for _, at := range row.Positions() {
		if !f.has(at) {
			return false
		}
	}
	return true
}

// isLater reports whether one of the positions is behind all that was read.
func (f *recordFold) isLater(positions []int64) bool {
	for _, at := range positions {
		if metricstream.SequenceOf(at) > f.sequences.greatest() {
			return true
		}
	}
	return false
}
