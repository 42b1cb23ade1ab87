package lake

import (
	"context"
	"errors"

	"limnograph/columns"
	"limnograph/metricstream"
)

// closeLooks is how often an hour is compared anew because landing objects were packed or expired meanwhile.
const closeLooks = 5

// compare looks closely at the hours whose sums differ.
func (v *verification) compare(ctx context.Context) error {
	windows := v.suspects()
	v.progress.begin("comparing the hours that differ", int64(len(windows)))
	if len(windows) == 0 {
		return nil
	}
	c := &comparison{verification: v, landed: newStatementSet(v.slots), held: newStatementSet(v.slots / 4)}
	for _, w := range windows {
		if err := c.lookAnew(ctx, w); err != nil {
			return err
		}
		v.progress.add(1)
	}
	return nil
}

// suspects returns the hours to compare closely, joined where there is room, and counts the others.
func (v *verification) suspects() (windows []window) {
	for hour := range v.landed {
		v.stored.of(hour)
	}
	for hour := range v.suspect {
		v.stored.of(hour)
	}
	room := uint64(0)
	for _, hour := range sortedKeys(v.stored) {
		v.report.Rows += int64(v.stored[hour].rows)
		if !v.isSuspect(hour) {
			continue
		}
		need := max(v.stored[hour].rows, v.landed.of(hour).rows)
		at := window{from: hour * hourMillis, to: (hour + 1) * hourMillis}
		if n := len(windows); n > 0 && windows[n-1].to == at.from && need <= room {
			windows[n-1].to = at.to
			room -= need
		} else {
			windows = append(windows, at)
			room = max(uint64(v.slots)/2, need) - need
		}
	}
	for i := range windows {
		windows[i].from, windows[i].to = max(windows[i].from, v.within.from), min(windows[i].to, v.within.to)
	}
	return windows
}

// isSuspect decides by the sums whether an hour must be compared closely.
func (v *verification) isSuspect(hour int64) bool {
	stored := v.stored[hour]
	switch {
	case v.isDamaged(hour):
		v.report.Skipped += int64(stored.rows)
		return false
	case v.suspect[hour]:
	case v.stored.equal(v.landed, hour):
	case v.landed.of(hour).rows > 0:
		v.report.Hours++
		return true
	case stored.latest < v.oldestLanded():
		v.report.Older += int64(stored.rows)
	default:
		v.report.Hours++
		return true
	}
	v.report.Hours++
	return v.suspect[hour]
}

// oldestLanded returns the lowest batch sequence that landing holds.
func (v *verification) oldestLanded() uint64 {
	v.known.settle()
	if len(v.known.ranges) == 0 {
		return 0
	}
	return v.known.ranges[0].first
}

// comparison compares windows datapoint by datapoint.
type comparison struct {
	*verification
	landed *statementSet // then also the keys of the table
	held   *statementSet
	found  findings
}

// lookAnew compares a window on the newest state, and again when landing objects vanish under it.
func (c *comparison) lookAnew(ctx context.Context, w window) error {
	for look := 1; ; look++ {
		err := c.lookOnce(ctx, w)
		if !errors.Is(err, errVanished) || look == closeLooks {
			return err
		}
	}
}

func (c *comparison) lookOnce(ctx context.Context, w window) error {
	p, err := c.table.pin(ctx, c.reader, w)
	if err != nil {
		return err
	}
	defer p.release()
	return c.look(ctx, p, w)
}

// look compares a window, in halves when it is too large, and takes what it found into the report.
func (c *comparison) look(ctx context.Context, p *pin, w window) error {
	err := c.fill(ctx, p, w)
	if errors.Is(err, errWindowFull) {
		for _, half := range w.split() {
			if err := c.look(ctx, p, half); err != nil {
				return err
			}
		}
		return nil
	}
	if err == nil {
		err = c.describe(ctx, p, w)
	}
	if err == nil {
		c.found.into(&c.report)
	}
	return err
}

// fill finds what differs in a window. Errors: errWindowFull, errVanished, those of the stores.
func (c *comparison) fill(ctx context.Context, p *pin, w window) error {
	c.found = newFindings()
	c.held.reset()
	scan, err := c.scanWindow(ctx, p, c.landed, w, func(landedObject) error { return errVanished })
	if err != nil {
		return err
	}
	c.known.merge(&scan.sequences)
	if err := c.eachStored(ctx, p, w, true, c.held.take); err != nil {
		return err
	}
	if err := c.eachStored(ctx, p, w, false, c.row); err != nil {
		return err
	}
	for i := range c.landed.slots {
		if s := &c.landed.slots[i]; s.state == stateLanded {
			c.found.note(s, missing)
		}
	}
	return nil
}

// eachStored calls f for every row of the data files, or of the held ones, that lies in a window. A damaged file is named.
func (v *verification) eachStored(ctx context.Context, p *pin, w window, held bool, f func(r *columns.Row) error) error {
	for _, file := range storedFiles(p.base) {
		if file.held != held || !w.overlaps(file.min, file.max) {
			continue
		}
		err := p.files.eachRow(ctx, file.key, func(r *columns.Row) error {
			if !w.has(r.Series.SID, r.TS) {
				return nil
			}
			return f(r)
		})
		if isDamage(err) {
			v.damage(file, err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// row compares a row of the table.
func (c *comparison) row(r *columns.Row) error {
	row, at := statementOf(r, stateTable), c.landed.slot(r.Series.SID, r.TS)
	switch at.state {
	case 0:
		if !c.landed.room() {
			return errWindowFull
		}
		c.landed.used++
		*at = row
		c.apart(&row, func() { c.found.note(&row, extra) })
	case stateLanded:
		c.both(at, &row)
		at.state = stateMatched
	default:
		c.found.note(&row, twice)
	}
	return nil
}

// apart counts a row whose batch is in no landing object; it calls landed for another.
func (c *comparison) apart(row *statement, landed func()) {
	switch sequence := metricstream.SequenceOf(row.version); {
	case c.known.has(sequence):
		landed()
	case sequence > c.known.greatest():
		c.found.unsealed++
	default:
		c.found.older++
	}
}

// both compares the winner of landing with the row of the table: what the table and its held statement come to must be
// what landing comes to, with those of them that landing does not hold.
func (c *comparison) both(landed, row *statement) {
	if landed.hash == row.hash {
		return
	}
	want, got := landed, row
	for _, s := range []*statement{row, c.held.slot(row.sid, row.ts)} {
		if s.state == 0 {
			continue
		}
		if s.compare(got) > 0 {
			got = s
		}
		if s.compare(want) > 0 && !c.known.has(metricstream.SequenceOf(s.version)) {
			want = s
		}
	}
	switch {
	case want.hash != got.hash:
		c.found.note(row, different)
	case want == row:
		c.apart(row, func() {})
	}
}
