package lake

import (
	"context"
	"slices"

	"limnograph"
)

// compactRecords makes one file of the hours of each day that is old. It returns for how many days that was done.
func (t *table) compactRecords(ctx context.Context) (done int, err error) {
	t.tending.Lock()
	defer t.tending.Unlock()
	for range maxTasks {
		ok, err := t.compactDay(ctx)
		if err != nil {
			ok, err = t.withoutDamagedRecords(ctx, err)
		}
		if err != nil || !ok {
			return done, err
		}
		done++
		t.lake.metrics.compactions.WithLabelValues(t.name, string(MergeDay)).Inc()
	}
	return done, nil
}

// compactDay does it for one day; ok is false when there is none.
func (t *table) compactDay(ctx context.Context) (ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, err
	}
	day, hours := t.oldDay()
	if len(hours) == 0 {
		return false, nil
	}
	r, err := t.newRecordRound(ctx)
	if err != nil {
		return false, err
	}
	defer r.end()
	for _, at := range append(hours, day) {
		if err := r.readSpan(ctx, at); err != nil {
			return false, err
		}
		r.touched[at] = true
	}
	for key, at := range r.at {
		if at.day == day.day {
			r.at[key] = day
		}
	}
	return true, r.commit(ctx, t.base.Ledger)
}

// oldDay returns a day that is old and has files of single hours, and these hours.
func (t *table) oldDay() (day span, hours []span) {
	old := dayOf(t.lake.cfg.Now().Add(-daily).UnixMilli())
	for at := range filesBySpan(t.base.Files) {
		if at.day >= old || at.hour == wholeDay || len(hours) > 0 && at.day != hours[0].day {
			continue
		}
		hours = append(hours, at)
	}
	if len(hours) == 0 {
		return span{}, nil
	}
	return span{day: hours[0].day, hour: wholeDay}, hours
}

// retainRecords takes files out of the table that have no row at or after the oldest day that it keeps.
func (t *table) retainRecords(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	floor := t.retained()
	old := slices.DeleteFunc(slices.Clone(t.base.Files), func(f limnograph.DataFile) bool { return f.MaxTime >= floor })
	if len(old) == 0 {
		return nil
	}
	return t.commit(ctx, t.base.Ledger, nil, old)
}
