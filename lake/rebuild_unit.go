package lake

import (
	"context"
	"errors"
	"slices"

	"limnograph"
	"limnograph/columns"
	"limnograph/metricstream"
)

// unit is hours that are replaced in one commit.
type unit struct {
	*rebuilding
	*work
	hours     window
	remove    []limnograph.DataFile
	add       []limnograph.DataFile
	landed    sequenceSet   // batches that landing holds of the hours
	survivors []columns.Row // of the table and its held files, whose batch landing does not hold
	many      bool          // too many survivors to keep: they are read for each window
	read      int64         // statements of the hours, each once
	moved     int64
	through   int64 // greatest position among the moved
	kept      int64
	problems  []func() // to note when the unit is done
}

// prepare writes the files of the hours.
func (u *unit) prepare(ctx context.Context) error {
	u.remove = overlapping(u.base.Files, u.hours)
	count := u.rows(u.base, u.hours)
	windows := pieces(u.hours, count, rebuildRows)
	if len(windows) > 1 {
		if err := u.lookBack(ctx); err != nil {
			return err
		}
	}
	for _, w := range windows {
		if err := u.window(ctx, w, len(windows) == 1); err != nil {
			return err
		}
	}
	return nil
}

// lookBack finds the survivors of all windows at once: files are read once, and not for each of them.
func (u *unit) lookBack(ctx context.Context) error {
	if len(u.stored()) == 0 {
		return nil
	}
	for _, o := range u.objects {
		if !u.hours.overlaps(o.min, o.max) {
			continue
		}
		if err := u.noteSequences(ctx, o); err != nil && limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			return err
		}
	}
	err := u.eachSurvivor(ctx, u.hours, func(row *columns.Row) error {
		if len(u.survivors) == rebuildRows {
			return errWindowFull
		}
		u.survivors = append(u.survivors, *row)
		return nil
	})
	if errors.Is(err, errWindowFull) {
		u.survivors, u.many, err = nil, true, nil
	}
	return err
}

// noteSequences notes the batches of an object that have rows of the hours.
func (u *unit) noteSequences(ctx context.Context, o landedObject) error {
	if o.source.only != "" { // only those with rows of one namespace: they must be decoded
		scan := newLandedScan(u.reader, u.layout, u.hours, func(*columns.Row) error { return nil })
		err := scan.read(ctx, o)
		u.landed.merge(&scan.sequences)
		return err
	}
	err := u.reader.ReadObject(ctx, o.key, func(b limnograph.LandedBatch) error {
		if u.hours.overlaps(clampBounds(b)) {
			u.landed.add(b.Sequence)
		}
		return nil
	})
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return errVanished
	}
	return err
}

// stored returns the data and held files that have rows of the hours.
func (u *unit) stored() []storedFile {
	return slices.DeleteFunc(storedFiles(u.base), func(f storedFile) bool { return !u.hours.overlaps(f.min, f.max) })
}

// eachSurvivor calls f for every row of a window whose batch landing does not hold. What can't be read is lost.
func (u *unit) eachSurvivor(ctx context.Context, w window, f func(row *columns.Row) error) error {
	for _, file := range u.stored() {
		if !w.overlaps(file.min, file.max) {
			continue
		}
		err := u.eachRow(ctx, file.key, func(row *columns.Row) error {
			if !w.has(row.Series.SID, row.TS) || row.TS < u.floor || u.landed.has(metricstream.SequenceOf(row.Version)) {
				return nil
			}
			return f(row)
		})
		if isDamage(err) {
			u.problems = append(u.problems, func() { u.problem(&u.result.Lost, file.key, err) })
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// window writes the rows of a window, in halves when they are too many. alone: it is the whole unit.
func (u *unit) window(ctx context.Context, w window, alone bool) error {
	rows, scan, err := u.collect(ctx, w, alone)
	if errors.Is(err, errWindowFull) {
		for _, half := range w.split() {
			if err := u.window(ctx, half, alone); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	u.read += scan.taken
	u.progress.add(scan.lines)
	return u.write(ctx, rows)
}

// collect returns the rows of a window, folded and in sort order. Errors: errWindowFull, errVanished.
func (u *unit) collect(ctx context.Context, w window, alone bool) (rows []columns.Row, scan *landedScan, err error) {
	take := func(row *columns.Row) error {
		if row.TS < u.floor {
			return nil
		}
		if len(rows) >= 2*rebuildRows {
			u.layout.Sort(rows)
			if rows = Fold(rows); len(rows) > rebuildRows {
				return errWindowFull
			}
		}
		rows = append(rows, *row)
		return nil
	}
	scan = newLandedScan(u.reader, u.layout, w, take)
	for _, o := range u.objects {
		if err := u.readObject(ctx, scan, o); err != nil {
			return nil, nil, err
		}
	}
	if alone {
		u.landed.merge(&scan.sequences)
	}
	var kept int64
	err = u.survivorsOf(ctx, w, alone || u.many, func(row *columns.Row) error {
		kept++
		return take(row)
	})
	if err != nil {
		return nil, nil, err
	}
	u.kept += kept
	u.moved += scan.moved
	u.through = max(u.through, scan.movedThrough)
	u.layout.Sort(rows)
	return Fold(rows), scan, nil
}

func (u *unit) readObject(ctx context.Context, scan *landedScan, o landedObject) error {
	if !scan.window.overlaps(o.min, o.max) {
		return nil
	}
	err := scan.read(ctx, o)
	if limnograph.ErrorCode(err) == limnograph.CodeInvalid {
		u.problems = append(u.problems, func() { u.problem(&u.result.Problems, o.key, err) })
		return nil
	}
	return err
}

// survivorsOf calls f for the survivors of a window, read from the files or remembered.
func (u *unit) survivorsOf(ctx context.Context, w window, read bool, f func(row *columns.Row) error) error {
	if read {
		return u.eachSurvivor(ctx, w, f)
	}
	for i := range u.survivors {
		if row := &u.survivors[i]; w.has(row.Series.SID, row.TS) {
			if err := f(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// write stores rows as data files, one for each span of time.
func (u *unit) write(ctx context.Context, rows []columns.Row) error {
	now := u.lake.cfg.Now()
	parts := []part{{rows: rows}}
	if len(rows) == 0 {
		return nil
	}
	parts[0].at = spanOf(rows[0].TS, now.Add(-daily).UnixMilli())
	if slices.ContainsFunc(rows, func(r columns.Row) bool { return spanOf(r.TS, now.Add(-daily).UnixMilli()) != parts[0].at }) {
		parts = bySpan(rows, now)
	}
	for _, p := range parts {
		content, sum, err := u.encode(p.rows)
		if err != nil {
			return err
		}
		f, err := u.putData(ctx, p.at, content, sum)
		if err != nil {
			return err
		}
		u.work.keys, u.add = append(u.work.keys, f.Key), append(u.add, f)
	}
	return nil
}

// commit replaces the files of the hours, if they are still those that were read. The caller holds the table's mu.
func (u *unit) commit(ctx context.Context) error {
	t := u.rebuilding.table
	if err := t.load(ctx); err != nil {
		return err
	}
	if t.tableFiles != u.tableFiles || !slices.Equal(overlapping(t.base.Files, u.hours), u.remove) {
		return errMoved
	}
	ledger := t.base.Ledger
	ledger.Held = slices.DeleteFunc(slices.Clone(ledger.Held), u.isMerged)
	if len(u.add)+len(u.remove) > 0 || len(ledger.Held) < len(t.base.Held) {
		err := t.commit(ctx, ledger, u.add, u.remove)
		if limnograph.ErrorCode(err) == limnograph.CodeConflict {
			return errMoved
		}
		if err != nil {
			return err
		}
		t.seen.forget() // it knows the keys that were there before
		u.result.Commits++
	}
	u.note()
	return nil
}

// isMerged reports whether all that a held file says is in the rows that this rebuild has written.
func (u *unit) isMerged(h HeldFile) bool {
	return u.held[h.Key] && h.MinTime >= u.start && h.MaxTime < u.hours.to
}

// note counts what was done.
func (u *unit) note() {
	u.result.Statements += u.read
	u.result.Rows += rowsOf(u.add)
	u.result.Kept += u.kept
	u.result.Moved += u.moved
	u.movedThrough = max(u.movedThrough, u.through)
	u.result.Files += len(u.remove)
	for _, f := range u.problems {
		f()
	}
}
