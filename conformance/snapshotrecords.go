package conformance

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
)

// snapshotRecords makes a record table, grows it and replaces its files, beside a table of datapoints.
func snapshotRecords(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	x.schema = RecordSchemas()[0]
	first := x.create(t, x.schema)
	for _, c := range columns.ColumnsOf(x.schema) {
		if first[c.Name] != c.ID {
			t.Errorf("column %s has the field id %d", c.Name, first[c.Name])
		}
	}
	made := x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{x.write(t, noon), x.write(t, noon+1, noon+2), x.write(t, 0)}})
	x.schema = withRecordColumn(x.schema, limnograph.RecordColumn{Name: "cost", Type: limnograph.DoubleColumn})
	second := x.create(t, x.schema)
	for name, id := range first {
		if second[name] != id || second["cost"] == id {
			t.Errorf("column %s had the id %d and has %d; ids %v", name, id, second[name], second)
		}
	}
	next := x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{x.write(t, noon, noon+1, noon+2)}, Remove: made.Files[:2]})
	x.Store = x.Reopen(t)
	x.wantHistory(t, next, made)
	other := withRecordColumn(RecordSchemas()[0], limnograph.RecordColumn{Name: "cost", Type: limnograph.TextColumn})
	_, err := x.Store.CreateTable(t.Context(), other)
	wantCode(t, err, limnograph.CodeConflict)
	x.wantHistory(t, next, made)
}

func withRecordColumn(s limnograph.Schema, c limnograph.RecordColumn) limnograph.Schema {
	records := *s.Records
	records.Columns = append(slices.Clone(records.Columns), c)
	s.Records = &records
	return s
}

// snapshotRecordsBack loses all files of a record table.
func snapshotRecordsBack(t testing.TB, x *snapshotTest) {
	x.schema = RecordSchemas()[0]
	ids := x.create(t, x.schema)
	made := x.add(t, noon)
	x.lose(t, made.Files[0])
	x.wantSteps(t, 1)
	x.wantHistory(t)
	x.Store = x.Reopen(t)
	if diff := cmp.Diff(ids, x.create(t, x.schema)); diff != "" {
		t.Errorf("field ids: %s", diff)
	}
	x.wantHistory(t, x.add(t, noon))
}

// catalogRecords: a record table has no raw table that could be catalogued.
func catalogRecords(t testing.TB, c limnograph.Catalog) {
	for _, s := range RecordSchemas() {
		_, err := c.EnsureTable(t.Context(), s)
		wantCode(t, err, limnograph.CodeInvalid)
	}
	_, err := c.EnsureTable(t.Context(), limnograph.Schema{Table: limnograph.RunsTable, Namespace: "X"})
	wantCode(t, err, limnograph.CodeInvalid)
	wantTables(t, c)
}
