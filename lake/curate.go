package lake

import (
	"cmp"
	"context"
	"slices"
	"time"

	"limnograph"
	"limnograph/columns"
)

// daily is the age from which a data file covers a day instead of an hour.
const daily = 48 * time.Hour

// curate runs one round: read what has landed, fold it, append what the table lacks, hold the rest, commit.
func (t *table) curate(ctx context.Context) (more bool, err error) {
	if t.isRecords() {
		return t.curateRecords(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, err
	}
	r := newRound(t)
	defer r.end()
	next, more, err := t.lake.feed.Read(ctx, t.name, t.mark, t.lake.cfg.RoundLines, r.take)
	if err != nil {
		return false, err
	}
	if r.batches == 0 && (more || t.base.ID == 0 || next == t.base.Mark) {
		t.mark = next
		return more, nil
	}
	if err := r.commit(ctx, next); err != nil {
		return false, err
	}
	t.mark = next
	return more, nil
}

// round is one commit in the making.
type round struct {
	*table
	*statements
	batches int
	arrival int64    // of the newest batch, milliseconds since the epoch
	keys    []string // files written
}

func newRound(t *table) *round {
	t.statements.reset()
	t.statements.floor = t.retained()
	t.statements.keep = exceptMoved(t.base.Moved)
	return &round{table: t, statements: t.statements}
}

// end lets go of what the round held, however it ended.
func (r *round) end() {
	r.statements.reset()
	r.seen.settle()
	r.lake.written(r.keys)
}

// take decodes one landed batch.
func (r *round) take(b limnograph.LandedBatch) error {
	r.batches++
	r.arrival = max(r.arrival, b.Arrival.UnixMilli())
	r.add(b)
	return nil
}

// commit brings the rows of the round into the table.
func (r *round) commit(ctx context.Context, mark string) error {
	r.layout.Sort(r.rows)
	count := len(r.rows)
	r.rows = Fold(r.rows)
	fresh, again, err := r.split(ctx)
	if err != nil {
		return err
	}
	ledger := Ledger{Mark: mark, Held: r.base.Held, Moved: r.base.Moved, Arrival: max(r.arrival, r.base.Ledger.Arrival)}
	add, err := r.write(ctx, fresh)
	if err != nil {
		return err
	}
	if err := r.hold(ctx, again, &ledger); err != nil {
		return err
	}
	if err := r.table.commit(ctx, ledger, add, nil); err != nil {
		return err
	}
	r.seen.committed(fresh)
	r.lake.metrics.round(r.name, count, len(fresh), len(again), r.skipped)
	return nil
}

// hold stores statements that wait to be merged: apart those that are old, which wait longer.
func (r *round) hold(ctx context.Context, rows []columns.Row, ledger *Ledger) error {
	old := r.lake.cfg.Now().Add(-daily).UnixMilli()
	isOld := func(row *columns.Row) bool { return row.TS < old }
	late, recent := sifted(rows, isOld)
	ledger.Held = slices.Clone(ledger.Held)
	for _, some := range [...][]columns.Row{late, recent} {
		if len(some) == 0 {
			continue
		}
		h, err := r.putHeld(ctx, some)
		if err != nil {
			return err
		}
		r.keys = append(r.keys, h.Key)
		ledger.Held = append(ledger.Held, h)
	}
	return nil
}

// sifted returns the rows that f holds of, and the others; both keep their order.
func sifted(rows []columns.Row, f func(row *columns.Row) bool) (yes, no []columns.Row) {
	for i := range rows {
		if f(&rows[i]) {
			yes = append(yes, rows[i])
		} else {
			no = append(no, rows[i])
		}
	}
	return yes, no
}

// split tells the rows whose keys the table lacks from those that it has; both keep the sort order.
func (r *round) split(ctx context.Context) (fresh, again []columns.Row, err error) {
	if err := r.seen.prepare(ctx, r.rows, r.base.Files, r.readKeys); err != nil {
		return nil, nil, err
	}
	r.sayTrouble(r.seen.trouble)
	again, fresh = sifted(r.rows, r.seen.has)
	return fresh, again, nil
}

// sayTrouble logs once that a damaged file makes datapoints wait.
func (t *table) sayTrouble(err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != t.trouble {
		t.lake.cfg.Logger.Error("a data file is damaged: what comes for its hours waits until the table is rebuilt", "table", t.name, "err", err)
	}
	t.trouble = said
}

// write stores rows as data files, one for each span of time.
func (r *round) write(ctx context.Context, rows []columns.Row) (files []limnograph.DataFile, err error) {
	for _, part := range bySpan(rows, r.lake.cfg.Now()) {
		content, sum, err := r.encode(part.rows)
		if err != nil {
			return nil, err
		}
		f, err := r.putData(ctx, part.at, content, sum)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, f.Key)
		files = append(files, f)
	}
	return files, nil
}

// part is the rows of one span, in sort order.
type part struct {
	at   span
	rows []columns.Row
}

// bySpan cuts rows into those of each hour, or each day when it is old, and keeps their order.
func bySpan(rows []columns.Row, now time.Time) []part {
	old := now.Add(-daily).UnixMilli()
	at := make(map[span]int)
	var parts []part
	for i := range rows {
		s := spanOf(rows[i].TS, old)
		n, ok := at[s]
		if !ok {
			n = len(parts)
			at[s], parts = n, append(parts, part{at: s})
		}
		parts[n].rows = append(parts[n].rows, rows[i])
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(a.at.day, b.at.day), cmp.Compare(a.at.hour, b.at.hour)) })
	return parts
}

// spanOf returns the span of a timestamp: the hour, or the day when the hour ended before old.
func spanOf(ts, old int64) span {
	hour := hourOf(ts)
	s := span{day: dayOf(ts), hour: wholeDay}
	if (hour+1)*hourMillis > old {
		s.hour = hour - s.day*24
	}
	return s
}
