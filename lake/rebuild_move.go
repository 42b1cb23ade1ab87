package lake

import (
	"context"
	"maps"
	"math"
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
	namespace := t.wanted.Load().Namespace
	through, known := moved[namespace]
	if moving {
		through = math.MaxInt64
	}
	if namespace != "" && (moving || known) {
		all = append(all, source{table: limnograph.OtherTable, only: namespace, through: through})
	}
	return all, nil
}

// moved says for each namespace that has moved out of OtherTable up to which position its landed lines have. What lands
// there later is OtherTable's again: a definition was taken away.
type moved map[string]int64

// takes reports whether a statement has moved.
func (m moved) takes(dp *limnograph.Datapoint, position int64) bool {
	through, ok := m[dp.Namespace]
	return ok && position <= through
}

// movedNamespaces returns what has moved out of OtherTable.
func (l *Lake) movedNamespaces(ctx context.Context) (moved, error) {
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
	return maps.Clone(other.base.Moved), nil
}

// exceptMoved keeps statements that have moved out of OtherTable; nil when there are none.
func exceptMoved(m moved) func(dp *limnograph.Datapoint, position int64) bool {
	if len(m) == 0 {
		return nil
	}
	return func(dp *limnograph.Datapoint, position int64) bool { return !m.takes(dp, position) }
}

// moves reports whether the rebuild of the table is to take rows over from OtherTable: only as a whole, because the
// ledger knows whole namespaces.
func (r *rebuilding) moves() bool {
	return r.asked == always() && r.table.name != limnograph.OtherTable
}

// noteMoved adds what the rebuild has taken over from OtherTable, if OtherTable still has it.
func (r *rebuilding) noteMoved(ctx context.Context, all moved) error {
	if r.movedThrough == 0 {
		return nil
	}
	namespace := r.table.wanted.Load().Namespace
	before, err := r.table.lake.movedNamespaces(ctx)
	if err == nil && before[namespace] < r.movedThrough {
		all[namespace] = r.movedThrough
	}
	return err
}

// recordMoved writes into the ledger of OtherTable what has moved: it is no longer its own.
func (t *table) recordMoved(ctx context.Context, more moved) error {
	if len(more) == 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return err
	}
	ledger := t.base.Ledger
	ledger.Moved = maps.Clone(ledger.Moved)
	if ledger.Moved == nil {
		ledger.Moved = moved{}
	}
	maps.Copy(ledger.Moved, more)
	return t.commit(ctx, ledger, nil, nil)
}

// fromOther reports whether objects of OtherTable are among those to read.
func fromOther(objects []landedObject) bool {
	return slices.ContainsFunc(objects, func(o landedObject) bool { return o.source.only != "" })
}
