package lake

import (
	"context"
	"encoding/hex"
	"errors"
	"io"

	"limnograph"
)

// commit makes a change the newest state of the table, on the base that it was planned on. When it fails nothing of the
// base may be relied on: the table reads its state again, and whoever planned the change plans again. A commit whose
// outcome is unknown is looked for in the table. The caller holds mu.
//
// Errors: CodeConflict (the base is not the newest snapshot any more), those of the snapshot store.
func (t *table) commit(ctx context.Context, ledger Ledger, add, remove []limnograph.DataFile) error {
	var err error
	if ledger.Commit, err = t.lake.commitName(); err != nil {
		return err
	}
	change := limnograph.TableChange{Add: add, Remove: remove}
	if change.Properties, err = ledger.properties(); err != nil {
		return err
	}
	next, err := t.lake.snapshots.Commit(ctx, t.name, t.base.ID, change)
	if err != nil {
		t.lake.metrics.failed.WithLabelValues(t.name, string(limnograph.ErrorCode(err))).Inc()
		if next, err = t.outcome(ctx, ledger.Commit, err); err != nil {
			t.lose()
			return err
		}
	}
	t.take(state{next, ledger})
	t.lake.metrics.commits.WithLabelValues(t.name).Inc()
	return nil
}

// outcome finds out whether a commit that failed is the newest snapshot all the same.
func (t *table) outcome(ctx context.Context, name string, cause error) (limnograph.Snapshot, error) {
	switch limnograph.ErrorCode(cause) {
	case limnograph.CodeConflict, limnograph.CodeInvalid:
		return limnograph.Snapshot{}, cause
	}
	now, err := t.lake.snapshots.Current(ctx, t.name)
	if err != nil {
		return limnograph.Snapshot{}, errors.Join(cause, err)
	}
	if now.Properties[commitProperty] != name {
		return limnograph.Snapshot{}, cause
	}
	return now, nil
}

func (l *Lake) commitName() (string, error) {
	var random [16]byte
	if _, err := io.ReadFull(l.cfg.Rand, random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}
