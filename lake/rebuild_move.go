package lake

import (
	"context"
	"slices"

	"limnograph"
)

// A namespace that gets a definition of its own has landed in OtherTable before. Rebuilding moves what landing holds of
// it: first its own table gets the rows, then OtherTable's ledger says that they have moved, then OtherTable loses them.
// After a crash in between they stand in both tables, never twice in one, and a rebuild of OtherTable ends the move.

// sources returns the parts of landing that the table's rows come from; moving says that those which are still in
// OtherTable are to be taken too.
func (t *table) sources(ctx context.Context, moving bool) ([]source, error) {
	moved, err := t.lake.movedNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	if t.name == limnograph.OtherTable {
		return []source{{table: t.name, except: moved}}, nil
	}
	all := []source{{table: t.name}}
	if namespace := t.wanted.Load().Namespace; namespace != "" && (moving || slices.Contains(moved, namespace)) {
		all = append(all, source{table: limnograph.OtherTable, only: namespace})
	}
	return all, nil
}

// movedNamespaces returns the namespaces that have moved out of OtherTable.
func (l *Lake) movedNamespaces(ctx context.Context) ([]string, error) {
	other, err := l.named(limnograph.OtherTable)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if err := other.load(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(other.base.Moved), nil
}

// exceptMoved keeps statements of moved namespaces out of OtherTable; nil when there are none.
func exceptMoved(moved []string) func(dp *limnograph.Datapoint) bool {
	if len(moved) == 0 {
		return nil
	}
	return func(dp *limnograph.Datapoint) bool { return !slices.Contains(moved, dp.Namespace) }
}

// moves reports whether the rebuild of the table is to take rows over from OtherTable: only as a whole, because the
// ledger knows whole namespaces.
func (r *rebuilding) moves() bool {
	return r.asked == always() && r.table.name != limnograph.OtherTable
}

// moved returns the namespace whose rows the rebuild has taken over from OtherTable, if OtherTable still has them.
func (r *rebuilding) movedNamespace(ctx context.Context) (string, error) {
	if r.result.Moved == 0 {
		return "", nil
	}
	namespace := r.table.wanted.Load().Namespace
	before, err := r.table.lake.movedNamespaces(ctx)
	if err != nil || slices.Contains(before, namespace) {
		return "", err
	}
	return namespace, nil
}

// recordMoved writes into the ledger of OtherTable that namespaces have moved: their landed rows are no longer its own.
func (t *table) recordMoved(ctx context.Context, namespaces []string) error {
	if len(namespaces) == 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	ledger := t.base.Ledger
	ledger.Moved = slices.Concat(ledger.Moved, namespaces)
	slices.Sort(ledger.Moved)
	ledger.Moved = slices.Compact(ledger.Moved)
	return t.commit(ctx, ledger, nil, nil)
}

// fromOther reports whether objects of OtherTable are among those to read.
func fromOther(objects []landedObject) bool {
	return slices.ContainsFunc(objects, func(o landedObject) bool { return o.source.only != "" })
}
