package lake

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"limnograph"
)

// RollUp adds up the datapoints of every run that has one in a range of time, over the whole life of the run. It reads the
// curated table as it is published.
type RollUp func(ctx context.Context, touched limnograph.TimeRange) ([]limnograph.RunMetrics, error)

// RollUpBy sets who adds up datapoints, once there is somebody who can query them. Until then the table of runs holds
// records alone.
func (l *Lake) RollUpBy(f RollUp) { l.rollsUp.Store(&f) }

// rolls reports whether the table is the one of runs, and somebody adds up their datapoints.
func (t *table) rolls() bool { return t.name == limnograph.RunsTable && t.lake.rollsUp.Load() != nil }

// rolledUp is what this process knows of the roll-ups that are in the table. It is guarded by the table's mu.
type rolledUp struct {
	files  map[string]bool // of datapoints that were rolled up
	losses int             // how often the table may have lost roll-ups
}

// rollAgain says that the table may have lost roll-ups: only its ledger tells from where they are to be made. The caller
// holds mu.
func (t *table) rollAgain() { t.rolledUp = rolledUp{losses: t.rolledUp.losses + 1} }

// rollUpAtMost is the longest pause after roll-ups that failed.
const rollUpAtMost = time.Minute

// rollUpWhenDue rolls up beside curation, until ctx ends: the state of a run must not wait for what its datapoints add up to.
func (t *table) rollUpWhenDue(ctx context.Context) {
	due, pause := t.lake.cfg.Now(), retryAfter
	for wait(ctx, t.lake.cfg.pace().round) {
		now := t.lake.cfg.Now()
		if !t.rolls() || now.Before(due) {
			continue
		}
		if err := t.rollUp(ctx); err != nil {
			t.complain(ctx, "rolling up runs failed and will be tried again", err)
			due, pause = t.lake.cfg.Now().Add(pause), min(2*pause, rollUpAtMost)
			continue
		}
		due, pause = now.Add(t.commitEvery()-t.lake.cfg.pace().round), retryAfter
	}
}

// rolling is one roll-up in the making.
type rolling struct {
	source *limnograph.Snapshot // of the datapoints
	since  int64                // the snapshot whose runs were rolled up last; 0: none
	known  map[string]bool      // files that are rolled up
	losses int
}

// rollUp brings what the datapoints of runs add up to into the table of runs, when the table of datapoints has changed
// since that was done last. It works day by day, the newest first, so that the first answer comes soon where all of a long
// history is to be rolled up. A day that fails keeps the others from nothing; the first error is returned.
func (t *table) rollUp(ctx context.Context) (failed error) {
	r, err := t.newRolling(ctx)
	if err != nil || r.source == nil || r.since == r.source.ID {
		return err
	}
	days := r.days()
	for i, day := range days {
		last := failed == nil && i == len(days)-1
		failed = cmp.Or(failed, t.rollUpDay(ctx, r, day, last))
		if ctx.Err() != nil {
			return failed
		}
	}
	if len(days) == 0 { // files went away, as old ones do
		return t.takeMetrics(ctx, nil, r, rollingDay{}, true)
	}
	return failed
}

func (t *table) rollUpDay(ctx context.Context, r rolling, day rollingDay, last bool) error {
	runs, err := (*t.lake.rollsUp.Load())(ctx, day.times())
	if err != nil {
		return err
	}
	return t.takeMetrics(ctx, runs, r, day, last)
}

// newRolling looks what is rolled up; its source is nil when there are no datapoints.
func (t *table) newRolling(ctx context.Context) (r rolling, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return r, err
	}
	source := t.lake.Snapshots().Tables[t.lake.cfg.RollUpFrom]
	if source == nil || source.ID == 0 {
		return r, nil
	}
	r = rolling{source: source, since: t.base.Rolled, known: make(map[string]bool), losses: t.rolledUp.losses}
	maps.Copy(r.known, t.rolledUp.files)
	if r.since == 0 || r.since == source.ID {
		return r, nil
	}
	history, err := t.lake.snapshots.History(ctx, t.lake.cfg.RollUpFrom)
	for _, s := range history {
		if s.ID == r.since {
			r.add(s.Files)
		}
	}
	return r, err
}

func (r rolling) add(files []limnograph.DataFile) {
	for _, f := range files {
		r.known[f.Key] = true
	}
}

// rollingDay are files of datapoints that are to be rolled up together.
type rollingDay struct {
	window
	files []string
}

func (d rollingDay) times() limnograph.TimeRange {
	return limnograph.TimeRange{From: time.UnixMilli(d.from).UTC(), To: time.UnixMilli(d.to).UTC()}
}

// days returns the files that are not rolled up yet, by their days, the newest first.
func (r rolling) days() []rollingDay {
	days := make(map[int64]rollingDay)
	for _, f := range r.source.Files {
		if r.known[f.Key] {
			continue
		}
		d, ok := days[dayOf(f.MinTime)]
		if !ok {
			d.window = window{from: f.MinTime, to: f.MaxTime + 1}
		}
		d.window = window{from: min(d.from, f.MinTime), to: max(d.to, f.MaxTime+1)}
		d.files = append(d.files, f.Key)
		days[dayOf(f.MinTime)] = d
	}
	return slices.SortedFunc(maps.Values(days), func(a, b rollingDay) int { return cmp.Compare(b.from, a.from) })
}

// takeMetrics merges the roll-ups of a day into the rows of their runs, and notes what was rolled up: all of the source,
// when that was the last day.
func (t *table) takeMetrics(ctx context.Context, runs []limnograph.RunMetrics, r rolling, day rollingDay, last bool) error {
	err := t.takeMetricsOnce(ctx, runs, r, day, last)
	if err == nil {
		return nil
	}
	if again, err := t.withoutDamagedRecords(ctx, err); !again {
		return err
	}
	return t.takeMetricsOnce(ctx, runs, r, day, last)
}

func (t *table) takeMetricsOnce(ctx context.Context, runs []limnograph.RunMetrics, r rolling, day rollingDay, last bool) error {
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
	for _, m := range runs {
		if err := round.mergeMetrics(ctx, m); err != nil {
			return err
		}
	}
	ledger := t.base.Ledger
	whole := r.losses == t.rolledUp.losses // else what was lost meanwhile is to be rolled up again
	if whole && last {
		ledger.Rolled = r.source.ID
	}
	if round.changed > 0 || ledger.Rolled != t.base.Rolled {
		if err := round.commit(ctx, ledger); err != nil {
			return err
		}
	}
	if whole {
		t.noteRolled(r, day, last)
	}
	return nil
}

// noteRolled remembers the files of a day, and after the last one those of the source alone. The caller holds mu.
func (t *table) noteRolled(r rolling, day rollingDay, last bool) {
	have := &t.rolledUp
	if have.files == nil || last {
		have.files = make(map[string]bool)
	}
	for _, key := range day.files {
		have.files[key] = true
	}
	if last {
		for _, f := range r.source.Files {
			have.files[f.Key] = true
		}
	}
}

func (r *recordRound) mergeMetrics(ctx context.Context, m limnograph.RunMetrics) error {
	row, err := r.row(ctx, r.records.RunKey(m.RunKey))
	if err != nil {
		return err
	}
	if next := r.records.MergeMetrics(row, m); next != row {
		return r.set(ctx, next)
	}
	return nil
}
