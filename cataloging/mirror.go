package cataloging

import (
	"context"

	"limnograph"
)

// mirrored is a catalogue whose tables also stand in a local one.
type mirrored struct {
	limnograph.Catalog
	local limnograph.CatalogWriter
}

// Mirrored returns a catalogue whose tables are registered in a local one too, because a ledger there keeps objects of
// registered tables only. Partitions are the catalogue's alone. A local table that no longer fits is an error: CodeConflict.
func Mirrored(cat limnograph.Catalog, local limnograph.CatalogWriter) limnograph.Catalog {
	return &mirrored{cat, local}
}

// Tables lists the tables of the catalogue. Errors: those of both.
func (m *mirrored) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	tables, err := m.Catalog.Tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range tables {
		if err := m.mirror(ctx, s); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// EnsureTable creates or updates the table in both. Errors: those of both.
func (m *mirrored) EnsureTable(ctx context.Context, s limnograph.Schema) (changed bool, err error) {
	if changed, err = m.Catalog.EnsureTable(ctx, s); err != nil {
		return changed, err
	}
	return changed, m.mirror(ctx, s)
}

func (m *mirrored) mirror(ctx context.Context, s limnograph.Schema) error {
	_, err := m.local.EnsureTable(ctx, s)
	if code := limnograph.ErrorCode(err); code == limnograph.CodeConflict || code == limnograph.CodeInvalid {
		return &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "mirror table", Message: "what this server remembers of the table " + s.Table + " no longer fits the catalogue", Err: err,
			Hint: "move bucket.db of the data directory away: the next start makes a new one from the catalogue and the store",
		}
	}
	return err
}
