package lake

import (
	"context"
	"slices"

	"limnograph"
)

// keptSnapshots is how many states of a table can be gone back to.
const keptSnapshots = 10

// Expire forgets all but the newest snapshots of a table. The files that only those named are deleted by Sweep. Errors:
// CodeNotFound (table), those of the snapshot store.
func (l *Lake) Expire(ctx context.Context, name string) error {
	t, err := l.named(name)
	if err != nil {
		return err
	}
	t.tending.Lock()
	defer t.tending.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(ctx); err != nil {
		return err
	}
	return l.snapshots.Expire(ctx, name, keptSnapshots, l.cfg.LongestQuery)
}

// Retain removes the days that are older than the table's schema keeps them. Curation lets no rows of them in again.
// Errors: as Expire.
func (l *Lake) Retain(ctx context.Context, name string) error {
	t, err := l.named(name)
	if err != nil {
		return err
	}
	t.tending.Lock()
	defer t.tending.Unlock()
	if t.isRecords() {
		return t.retainRecords(ctx)
	}
	w, err := t.look(ctx)
	if err != nil {
		return err
	}
	defer func() { l.written(w.keys) }()
	_, err = w.retain(ctx)
	return err
}

// retain commits the table without the files and held files that have no row at or after floor. Statements of a held
// file that holds others too are given up when it is merged. ok is false when the table changed meanwhile: the next call
// does it.
func (w *work) retain(ctx context.Context) (ok bool, err error) {
	c := change{
		remove: slices.DeleteFunc(slices.Clone(w.base.Files), func(f limnograph.DataFile) bool { return f.MaxTime >= w.floor }),
		done:   slices.DeleteFunc(slices.Clone(w.base.Held), func(h HeldFile) bool { return h.MaxTime >= w.floor }),
	}
	if len(c.remove)+len(c.done) == 0 {
		return true, nil
	}
	return w.commit(ctx, c)
}

// forever is before all times.
const forever = -1 << 62

// retained returns the start of the oldest day that the table keeps, milliseconds since the epoch. The caller holds mu.
func (t *table) retained() int64 {
	if t.schema.TableRetention <= 0 || t.schema.Records != nil && t.schema.Records.Timeless {
		return forever
	}
	return dayOf(t.lake.cfg.Now().Add(-t.schema.TableRetention).UnixMilli()) * dayMillis
}
