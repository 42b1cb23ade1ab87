package lake

import (
	"context"
	"errors"

	"limnograph"
)

// recordDamage says that a data file of a record table is gone or cannot be read.
type recordDamage struct {
	file limnograph.DataFile
	err  error
}

func (d *recordDamage) Error() string { return d.err.Error() }

func (d *recordDamage) Unwrap() error { return d.err }

// withoutDamagedRecords ends an error that says that a data file of a record table is damaged: the table goes on without
// the file, and all of landing is merged again, which changes nothing where nothing was lost. done is false for every other
// error.
func (t *table) withoutDamagedRecords(ctx context.Context, cause error) (done bool, err error) {
	var damage *recordDamage
	if !errors.As(cause, &damage) || ctx.Err() != nil {
		return false, cause
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, errors.Join(cause, err)
	}
	if !hasFile(t.base.Files, damage.file.Key) {
		return true, nil // somebody was faster
	}
	ledger := t.base.Ledger
	ledger.Mark, ledger.Rolled = "", 0
	if err := t.commit(ctx, ledger, nil, []limnograph.DataFile{damage.file}); err != nil {
		return false, errors.Join(cause, err)
	}
	t.mark = ""
	t.rollAgain()
	t.lake.metrics.recordsLost.WithLabelValues(t.name).Inc()
	t.lake.cfg.Logger.Warn("a data file is gone or damaged: what landing holds of its rows is curated again",
		"table", t.name, "file", damage.file.Key, "rows", damage.file.Rows, "err", damage.err)
	return true, nil
}

func hasFile(files []limnograph.DataFile, key string) bool {
	for _, f := range files {
		if f.Key == key {
			return true
		}
	}
	return false
}
