package iceberg

import (
	"os"
	"path/filepath"
	"testing"

	ice "github.com/apache/iceberg-go"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/conformance"
	"limnograph/localdir"
)

// shape is what other engines see of a table.
type shape struct {
	Fields           []string
	Order, Partition []string
}

func shapeOf(t *testing.T, s *Store, table string) (out shape) {
	t.Helper()
	_, err := s.Current(t.Context(), table)
	must(t, err)
	meta := s.tables[table].meta
	for _, f := range meta.CurrentSchema().Fields() {
		out.Fields = append(out.Fields, f.String())
	}
	name := func(id int) string {
		name, _ := meta.CurrentSchema().FindColumnName(id)
		return name
	}
	for _, f := range meta.SortOrder().Fields() {
		out.Order = append(out.Order, name(f.SourceIDs[0])+" "+string(f.Direction)+" "+string(f.NullOrder))
	}
	spec := meta.PartitionSpec()
	for _, f := range spec.Fields() {
		out.Partition = append(out.Partition, name(f.SourceIDs[0])+" "+f.Transform.String())
	}
	return out
}

// A record table is sorted by its key and partitioned by day, and has nothing of datapoints, also when it was lost.
func TestRecordTableOfOtherEngines(t *testing.T) {
	root := t.TempDir()
	objects, err := localdir.Open(root)
	must(t, err)
	open := func() *Store {
		s, err := Open(t.Context(), Config{Root: root, Objects: objects})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		return s
	}
	runs := conformance.RecordSchemas()[0]
	s := open()
	_, err = s.CreateTable(t.Context(), runs)
	must(t, err)
	first := shapeOf(t, s, runs.Table)
	want := shape{Order: []string{"job_name asc nulls-first", "job_run_id asc nulls-first"}, Partition: []string{"ts day"}}
	for i, c := range runs.Records.Columns {
		types := map[limnograph.ColumnType]ice.Type{
			limnograph.TimeColumn: ice.PrimitiveTypes.TimestampTz, limnograph.TextColumn: ice.PrimitiveTypes.String, limnograph.LongColumn: ice.PrimitiveTypes.Int64,
			limnograph.DoubleColumn: ice.PrimitiveTypes.Float64, limnograph.BooleanColumn: ice.PrimitiveTypes.Bool,
		}
		want.Fields = append(want.Fields, ice.NestedField{ID: i + 1, Name: c.Name, Type: types[c.Type], Required: c.Required, Doc: c.Doc}.String())
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("new table (-want +got):\n%s", diff)
	}

	must(t, os.RemoveAll(filepath.Join(root, "lake", runs.Table)))
	s = open()
	if steps, err := s.StepBack(t.Context(), runs.Table); err != nil || steps != 1 {
		t.Errorf("stepped back over %d states, %v", steps, err)
	}
	if got := shapeOf(t, s, runs.Table); len(got.Fields) != 1 || len(got.Order) != 0 || !cmp.Equal(got.Partition, first.Partition) {
		t.Errorf("a table of which nothing is left is %+v", got)
	}
	_, err = s.CreateTable(t.Context(), runs)
	must(t, err)
	got := shapeOf(t, s, runs.Table)
	got.Fields[0] = first.Fields[0] // but for its text
	if diff := cmp.Diff(first, got); diff != "" {
		t.Errorf("begun anew (-before +after):\n%s", diff)
	}
}
