package iceberg

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	ice "github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"limnograph"
	"limnograph/columns"
	"limnograph/schema"
)

const (
	timeColumn = "ts"
	partition  = "ts_day"
	// previousVersions is how many metadata files before the newest one are kept: what StepBack can fall back on.
	previousVersions = 20
)

// properties of every table. Commits are never retried by a library: a retried append would double rows.
func properties() ice.Properties {
	return ice.Properties{
		"format-version":                             "2",
		"write.parquet.compression-codec":            "zstd",
		"commit.retry.num-retries":                   "0",
		"write.metadata.delete-after-commit.enabled": "true",
		"write.metadata.previous-versions-max":       fmt.Sprint(previousVersions),
		"commit.manifest-merge.enabled":              "true",
		"write.delete.mode":                          "copy-on-write",
		"write.update.mode":                          "copy-on-write",
		"write.merge.mode":                           "copy-on-write",
	}
}

func typeOf(t columns.Type) ice.Type {
	switch t {
	case columns.Timestamp:
		return ice.PrimitiveTypes.TimestampTz
	case columns.Boolean:
		return ice.PrimitiveTypes.Bool
	case columns.Double:
		return ice.PrimitiveTypes.Float64
	case columns.Long:
		return ice.PrimitiveTypes.Int64
	default:
		return ice.PrimitiveTypes.String
	}
}

func fieldOf(c columns.Column, id int, required bool) ice.NestedField {
	return ice.NestedField{ID: id, Name: c.Name, Type: typeOf(c.Type), Required: required, Doc: c.Doc}
}

// newMetadata returns the metadata of a new, empty table.
func newMetadata(s limnograph.Schema, location string) (table.Metadata, error) {
	var fields []ice.NestedField
	for _, c := range columns.ColumnsOf(s) {
		fields = append(fields, fieldOf(c, c.ID, c.Required))
	}
	sc := ice.NewSchema(0, fields...)
	spec, err := ice.NewPartitionSpecOpts(ice.AddPartitionFieldByName(timeColumn, partition, ice.DayTransform{}, sc, nil))
	if err != nil {
		return nil, err
	}
	order, err := sortOrder(s, sc)
	if err != nil {
		return nil, err
	}
	return table.NewMetadata(sc, &spec, order, location, properties())
}

// bareSchema has the columns that every table of a name has: what is known of one of which nothing is left.
func bareSchema(name string) limnograph.Schema {
	s := limnograph.Schema{Table: name}
	if limnograph.IsRecordTable(name) {
		s.Records = &limnograph.RecordLayout{Columns: []limnograph.RecordColumn{{Name: timeColumn, Type: limnograph.TimeColumn, Required: true}}}
	}
	return s
}

// sortOrder is the order of the rows of a file.
func sortOrder(s limnograph.Schema, sc *ice.Schema) (table.SortOrder, error) {
	sortedBy, err := columns.SortColumnsOf(s, idsOf(sc))
	if err != nil || len(sortedBy) == 0 {
		return table.UnsortedSortOrder, err
	}
	var fields []table.SortField
	for _, name := range sortedBy {
		field, ok := sc.FindFieldByName(name)
		if !ok {
			return table.SortOrder{}, fmt.Errorf("there is no column %s to sort by", name)
		}
		fields = append(fields, table.SortField{
			SourceIDs: []int{field.ID}, Transform: ice.IdentityTransform{}, Direction: table.SortASC, NullOrder: table.NullsFirst,
		})
	}
	return table.NewSortOrder(1, fields)
}

func idsOf(sc *ice.Schema) map[string]int {
	ids := make(map[string]int)
	for _, f := range sc.Fields() {
		ids[f.Name] = f.ID
	}
	return ids
}

// CreateTable implements limnograph.SnapshotWriter. A table that can't be read it steps back first, which the next StepBack
// reports; when that leaves no state whole, the newest one that can be read goes on without the files that are lost, and
// with an empty limnograph.MarkProperty. Errors: also CodeInvalid (schema).
func (s *Store) CreateTable(ctx context.Context, sc limnograph.Schema) (fieldIDs map[string]int, err error) {
	const op = "create curated table"
	if err := schema.Validate(sc); err != nil {
		return nil, wrap(op, "table "+sc.Table, err)
	}
	t, release, err := s.begin(ctx, op, sc.Table)
	if err != nil {
		return nil, err
	}
	defer release()
	err = t.load(ctx)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		err = t.create(ctx, sc)
	}
	if isDamaged(err) || errors.Is(err, errMoved) {
		var steps int
		steps, err = t.stepBack(ctx, true)
		t.repaired += steps
	}
	if err == nil {
		err = t.evolve(ctx, sc)
	}
	if err != nil {
		return nil, wrap(op, "table "+sc.Table, err)
	}
	return idsOf(t.meta.CurrentSchema()), nil
}

// create makes a table that the catalog does not know: of its metadata, when the catalog was lost, else a new one.
func (t *handle) create(ctx context.Context, sc limnograph.Schema) error {
	if err := t.store.disk.makeDir(t.metadataDir()); err != nil {
		return err
	}
	known, err := t.versions()
	if err != nil {
		return err
	}
	if len(known) > 0 {
		if _, err := t.store.pointers.create(ctx, t.name, known[0]); err != nil {
			return err
		}
		return t.load(ctx)
	}
	meta, err := newMetadata(sc, t.store.disk.location("lake/"+t.name))
	if err != nil {
		return err
	}
	w, err := t.writeMetadata(meta, 0)
	if err != nil {
		return err
	}
	if _, err := t.store.pointers.create(ctx, t.name, w.location); err != nil {
		return err
	}
	return t.load(ctx) // which may be the one of another process
}

// evolve adds the columns that the table lacks, and makes the sort order that of the schema.
func (t *handle) evolve(ctx context.Context, sc limnograph.Schema) error {
	fields, err := t.withColumns(sc)
	if err != nil {
		return err
	}
	b, err := table.MetadataBuilderFromBase(t.meta, t.location)
	if err != nil {
		return err
	}
	if len(fields) > t.meta.CurrentSchema().NumFields() {
		if err := b.AddSchema(ice.NewSchema(t.meta.CurrentSchema().ID+1, fields...)); err != nil {
			return err
		}
		if err := b.SetCurrentSchemaID(-1); err != nil {
			return err
		}
	}
	order, err := sortOrder(sc, b.CurrentSchema())
	if err != nil {
		return err
	}
	if !sameOrder(order, t.meta.SortOrder()) {
		if err := b.AddSortOrder(&order); err != nil {
			return err
		}
		if err := b.SetDefaultSortOrderID(-1); err != nil {
			return err
		}
	}
	if !b.HasChanges() {
		return nil
	}
	return t.publish(ctx, b)
}

// withColumns returns the columns of the table and those of the schema that it lacks. Where there are files without them,
// these may be NULL.
func (t *handle) withColumns(sc limnograph.Schema) ([]ice.NestedField, error) {
	fresh := len(t.meta.Snapshots()) == 0
	fields := slices.Clone(t.meta.CurrentSchema().Fields())
	next := t.meta.LastColumnID() + 1
	for _, c := range columns.ColumnsOf(sc) {
		at := slices.IndexFunc(fields, func(f ice.NestedField) bool { return f.Name == c.Name })
		switch {
		case at < 0:
			fields = append(fields, fieldOf(c, next, fresh && c.Required))
			next++
		case !fields[at].Type.Equals(typeOf(c.Type)):
			return nil, &limnograph.Error{
				Code: limnograph.CodeConflict, Hint: "give the column of the schema another name",
				Message: fmt.Sprintf("column %s of table %s is of type %s and not %s", c.Name, t.name, fields[at].Type, typeOf(c.Type)),
			}
		}
	}
	return fields, nil
}

func sameOrder(a, b table.SortOrder) bool {
	values := func(fields iter.Seq2[int, table.SortField]) (all []string) {
		for _, f := range fields {
			all = append(all, f.String())
		}
		return all
	}
	return slices.Equal(values(a.Fields()), values(b.Fields()))
}
