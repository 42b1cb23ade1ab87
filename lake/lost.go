package lake

import (
	"context"

	"limnograph"
)

// giveUpLost takes data files that are gone, or of another size, out of a table when no state is left that can do without
// them: a step back would end at the empty table, and landing need not hold any more what the others hold. All of landing
// is read again for what was in the lost ones.
func (t *table) giveUpLost(ctx context.Context) error {
	history, err := t.lake.snapshots.History(ctx, t.name)
	if err != nil || len(history) == 0 {
		return nil //nolint:nilerr // damaged metadata: the step back tells, or repairs it
	}
	sizes := make(map[string]int64)
	for _, s := range history {
		if lost, err := t.lostOf(ctx, s, sizes); err != nil || len(lost) == 0 {
			return err
		}
	}
	for _, s := range history {
		ledger, own, err := LedgerOf(s)
		if err != nil {
			return err
		}
		if own {
			return t.continueWithout(ctx, s, ledger, sizes)
		}
	}
	return nil
}

// lostOf returns the data files of a snapshot that are not as it says. sizes remembers what the store said.
func (t *table) lostOf(ctx context.Context, s limnograph.Snapshot, sizes map[string]int64) (lost []limnograph.DataFile, err error) {
	for _, f := range s.Files {
		size, known := sizes[f.Key]
		if !known {
			info, err := t.lake.objects.Stat(ctx, f.Key)
			switch limnograph.ErrorCode(err) {
			case "":
				size = info.Size
			case limnograph.CodeNotFound, limnograph.CodeInvalid: // gone, or no key of ours
				size = -1
			default:
				return nil, err
			}
			sizes[f.Key] = size
		}
		if size != f.Size {
			lost = append(lost, f)
		}
	}
	return lost, nil
}

// continueWithout makes a snapshot the newest one, without its lost files.
func (t *table) continueWithout(ctx context.Context, s limnograph.Snapshot, ledger Ledger, sizes map[string]int64) error {
	lost, err := t.lostOf(ctx, s, sizes)
	if err != nil {
		return err
	}
	if err := t.lake.snapshots.RollBack(ctx, t.name, s.ID); err != nil {
		return err
	}
	ledger.Mark, ledger.Rolled = "", 0
	if ledger.Commit, err = t.lake.commitName(); err != nil {
		return err
	}
	properties, err := ledger.properties()
	if err != nil {
		return err
	}
	if _, err := t.lake.snapshots.Commit(ctx, t.name, s.ID, limnograph.TableChange{Remove: lost, Properties: properties}); err != nil {
		return err
	}
	t.lake.metrics.steppedBack.WithLabelValues(t.name).Inc()
	for _, f := range lost {
		t.lake.cfg.Logger.Warn("a data file is gone or cut off: what landing holds of its rows is curated again",
			"table", t.name, "file", f.Key, "rows", f.Rows)
	}
	return nil
}
