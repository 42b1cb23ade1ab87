//go:build peers

package peers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
	"limnograph/iceberg"
	"limnograph/localdir"
	"limnograph/record"
)

// Another implementation of Iceberg reads the runs as they were written, also those of before a column, and sees the key
// as sort order.
func TestPyIcebergReadsRuns(t *testing.T) {
	root := t.TempDir()
	objects, err := localdir.Open(root)
	must(t, err)
	store, err := iceberg.Open(t.Context(), iceberg.Config{Root: root, Objects: objects})
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	s := record.Runs().Schema()
	var want []map[string]any
	base := int64(0)
	for i, name := range []string{"", "cost_later"} { // the second time with one more column
		if name != "" {
			s.Records.Columns = append(s.Records.Columns, limnograph.RecordColumn{Name: name, Type: limnograph.DoubleColumn})
		}
		ids, err := store.CreateTable(t.Context(), s)
		must(t, err)
		row, said := aRun(s, i)
		want = append(want, said)
		made, err := store.Commit(t.Context(), s.Table, base, limnograph.TableChange{
			Add: []limnograph.DataFile{putRecords(t, objects, s, ids, fmt.Sprint(i), row)}, Properties: map[string]string{"limno.mark": "m"},
		})
		must(t, err)
		base = made.ID
	}
	want[0]["cost_later"] = nil
	var got pyTable
	must(t, json.Unmarshal(pyiceberg(t, root, s.Table, "read"), &got))
	byRun := map[any]map[string]any{}
	for _, row := range got.Rows {
		byRun[row["job_run_id"]] = row
	}
	for _, row := range want {
		if diff := cmp.Diff(row, byRun[row["job_run_id"]]); diff != "" {
			t.Errorf("run %v (-want +PyIceberg):\n%s", row["job_run_id"], diff)
		}
	}
	var order []string
	for _, name := range s.Records.Key {
		order = append(order, name+" ASC NULLS_FIRST")
	}
	if diff := cmp.Diff(order, got.Order); diff != "" || len(got.Rows) != 2 || !cmp.Equal(got.Partition, []string{"ts day"}) {
		t.Errorf("%d rows, partition %v, order (-want +PyIceberg):\n%s", len(got.Rows), got.Partition, diff)
	}
}

// aRun is a row in which every column has a value but for each fifth that may be NULL, and what PyIceberg says of it.
func aRun(s limnograph.Schema, n int) (row []any, said map[string]any) {
	said = make(map[string]any)
	for i, c := range s.Records.Columns {
		var v, says any
		switch at := firstDay.UnixMilli() + int64(i); {
		case !c.Required && i%5 == 0:
		case c.Type == limnograph.TimeColumn:
			v, says = at, float64(at*1000)
		case c.Type == limnograph.LongColumn:
			v, says = int64(i), float64(i)
		case c.Type == limnograph.DoubleColumn:
			v, says = float64(i)/4, float64(i)/4
		case c.Type == limnograph.BooleanColumn:
			v, says = true, true
		default:
			v = fmt.Sprintf("ü %s %d", c.Name, n)
			says = v
		}
		row, said[c.Name] = append(row, v), says
	}
	return row, said
}

func putRecords(t *testing.T, objects limnograph.ObjectStore, s limnograph.Schema, ids map[string]int, name string, rows ...[]any) limnograph.DataFile {
	t.Helper()
	var body bytes.Buffer
	sum, err := columns.WriteRecords(&body, s, ids, rows)
	must(t, err)
	f := limnograph.DataFile{Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
	f.Key = fmt.Sprintf("%sday=%s/day-%s.parquet", limnograph.DataPrefix(s.Table), f.Day().Format("2006-01-02"), name)
	info, err := objects.Put(t.Context(), f.Key, &body, limnograph.PutOptions{IfAbsent: true})
	must(t, err)
	f.Size = info.Size
	return f
}
