package lake

import (
	"cmp"
	"context"
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

// RollUpNow brings the table of runs up to the datapoints that are published now. Run does it by itself.
func (l *Lake) RollUpNow(ctx context.Context) error {
	t, err := l.named(limnograph.RunsTable)
	if err != nil || !t.rolls() {
		return err
	}
	return t.rollUp(ctx)
}

// rollUp brings what the datapoints of runs add up to into the table of runs, when the table of datapoints has changed
// since that was done last. It works day by day, the newest first, so that the first answer comes soon where all of a long
// history is to be rolled up.
func (t *table) rollUp(ctx context.Context) error {
	source := t.lake.Snapshots().Tables[t.lake.cfg.RollUpFrom]
	if source == nil || source.ID == 0 {
		return nil
	}
	rolled, err := t.rolledUp(ctx)
	if err != nil || rolled == source.ID {
		return err
	}
	ranges, err := t.unrolled(ctx, source, rolled)
	if err != nil {
		return err
	}
	addUp := *t.lake.rollsUp.Load()
	for i, touched := range ranges {
		runs, err := addUp(ctx, touched)
		if err != nil {
			return err
		}
		done := rolled
		if i == len(ranges)-1 {
			done = source.ID
		}
		if err := t.takeMetrics(ctx, runs, done); err != nil {
			return err
		}
	}
	if len(ranges) == 0 { // files went away, as old ones do
		return t.takeMetrics(ctx, nil, source.ID)
	}
	return nil
}

// rolledUp returns the snapshot of the datapoints whose runs were rolled up last; 0: none.
func (t *table) rolledUp(ctx context.Context) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return 0, err
	}
	return t.base.Rolled, nil
}

// unrolled returns the times of the files that a snapshot has and the one that was rolled up last has not, a range for each
// day, the newest first. All of its files count when that one is not known any more.
func (t *table) unrolled(ctx context.Context, source *limnograph.Snapshot, rolled int64) ([]limnograph.TimeRange, error) {
	known := make(map[string]bool)
	if rolled != 0 {
		history, err := t.lake.snapshots.History(ctx, t.lake.cfg.RollUpFrom)
		if err != nil {
			return nil, err
		}
		for _, s := range history {
			if s.ID == rolled {
				for _, f := range s.Files {
					known[f.Key] = true
				}
			}
		}
	}
	days := make(map[int64]window)
	for _, f := range source.Files {
		if known[f.Key] {
			continue
		}
		day, w := dayOf(f.MinTime), window{from: f.MinTime, to: f.MaxTime + 1}
		if have, ok := days[day]; ok {
			w = window{from: min(w.from, have.from), to: max(w.to, have.to)}
		}
		days[day] = w
	}
	return rangesOf(days), nil
}

// rangesOf returns windows as ranges, the newest first.
func rangesOf(days map[int64]window) (ranges []limnograph.TimeRange) {
	for _, w := range days {
		ranges = append(ranges, limnograph.TimeRange{From: time.UnixMilli(w.from).UTC(), To: time.UnixMilli(w.to).UTC()})
	}
	slices.SortFunc(ranges, func(a, b limnograph.TimeRange) int { return cmp.Compare(b.From.UnixMilli(), a.From.UnixMilli()) })
	return ranges
}

// takeMetrics merges roll-ups into the rows of their runs, and notes what was rolled up.
func (t *table) takeMetrics(ctx context.Context, runs []limnograph.RunMetrics, rolled int64) error {
	err := t.takeMetricsOnce(ctx, runs, rolled)
	if err == nil {
		return nil
	}
	if again, err := t.withoutDamagedRecords(ctx, err); !again {
		return err
	}
	return t.takeMetricsOnce(ctx, runs, 0) // what the damaged file held is to be added up again
}

func (t *table) takeMetricsOnce(ctx context.Context, runs []limnograph.RunMetrics, rolled int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	r, err := t.newRecordRound(ctx)
	if err != nil {
		return err
	}
	defer r.end()
	for _, m := range runs {
		if err := r.mergeMetrics(ctx, m); err != nil {
			return err
		}
	}
	if r.changed == 0 && rolled == t.base.Rolled {
		return nil
	}
	ledger := t.base.Ledger
	ledger.Rolled = rolled
	return r.commit(ctx, ledger)
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
