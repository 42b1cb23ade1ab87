package lake

import (
	"context"
	"errors"
	"io/fs"

	"limnograph"
)

// refresh is load that looks whether the newest snapshot is still the one that we know: another tool may have written, or
// dropped the table, and without datapoints to commit nobody would notice. The caller holds mu.
func (t *table) refresh(ctx context.Context) error {
	if t.current {
		now, err := t.lake.snapshots.Current(ctx, t.name)
		switch {
		case isGone(err):
			t.startOver(err)
		case err != nil:
			return err
		case now.ID != t.base.ID:
			t.lose()
		}
	}
	return t.load(ctx)
}

// heal is refresh that looks for the files of the table too: somebody may have deleted some, or the whole folder.
func (t *table) heal(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.refresh(ctx); err != nil {
		return err
	}
	err := t.checkFiles(ctx)
	if isGone(err) {
		t.startOver(err)
		err = t.load(ctx)
	}
	return err
}

// filesPerLook is how many files a look at the table looks for. They take turns.
const filesPerLook = 64

// checkFiles looks for some of the data and held files.
func (t *table) checkFiles(ctx context.Context) error {
	data, all := len(t.base.Files), len(t.base.Files)+len(t.base.Held)
	for range min(filesPerLook, all) {
		t.looked = (t.looked + 1) % all
		key := ""
		if t.looked < data {
			key = t.base.Files[t.looked].Key
		} else {
			key = t.base.Held[t.looked-data].Key
		}
		if _, err := t.lake.objects.Stat(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// isGone reports whether an error says that a table or something of it is not there any more. A transient failure must not
// count as that: to start over is to step back, and landing need not hold what the table does.
func isGone(err error) bool {
	return limnograph.ErrorCode(err) == limnograph.CodeNotFound || errors.Is(err, fs.ErrNotExist)
}

// startOver forgets all that is known of the table, so that it is created and steps back as in a process that starts.
func (t *table) startOver(why error) {
	t.lake.metrics.startedOver.WithLabelValues(t.name).Inc()
	t.lake.cfg.Logger.Warn("a curated table or a file of it was deleted from outside: it goes on with what is left, and the rest is curated again from landing",
		"table", t.name, "err", why)
	t.lose()
	t.opened = false
	t.schema = limnograph.Schema{} // so that it is defined again
}
