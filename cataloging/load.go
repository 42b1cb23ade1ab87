package cataloging

import (
	"context"
	"fmt"

	"limnograph"
)

// Load registers the schemas, reads the ledger, compares it with the whole store, and publishes the first file set.
// Call it once, before Run. Errors: those of catalogue, ledger and store.
func (w *Worker) Load(ctx context.Context) error {
	if err := w.restore(ctx); err != nil {
		return fmt.Errorf("load catalogue: %w", err)
	}
	if _, err := w.register(ctx, w.schemas()); err != nil {
		return fmt.Errorf("register schemas: %w", err)
	}
	if err := w.reconcileAll(ctx); err != nil {
		return fmt.Errorf("reconcile landing: %w", err)
	}
	w.publish()
	return nil
}

// restore reads what an earlier process catalogued.
func (w *Worker) restore(ctx context.Context) error {
	schemas, err := w.cat.Tables(ctx)
	if err != nil {
		return err
	}
	for _, s := range schemas {
		files, err := w.ledger.Objects(ctx, s.Table)
		if err != nil {
			return err
		}
		files, replaced := withoutReplaced(files)
		if len(replaced) > 0 { // the process ended before it could forget them
			if err := w.ledger.Forget(ctx, s.Table, replaced); err != nil {
				return err
			}
		}
		w.tables[s.Table] = newTable(s)
		w.tables[s.Table].add(files)
	}
	return nil
}

// Snapshot returns what the catalogue and the ledger publish, without looking into the store: for a directory that is
// opened read-only. Errors: those of catalogue and ledger.
func Snapshot(ctx context.Context, cat limnograph.CatalogReader, ledger limnograph.ObjectLedger) (*limnograph.FileSet, error) {
	schemas, err := cat.Tables(ctx)
	if err != nil {
		return nil, err
	}
	set := &limnograph.FileSet{Version: 1}
	for _, s := range schemas {
		files, err := ledger.Objects(ctx, s.Table)
		if err != nil {
			return nil, err
		}
		files, _ = withoutReplaced(files)
		set.Tables = append(set.Tables, limnograph.TableFiles{Schema: s, Files: files})
	}
	return set, nil
}
