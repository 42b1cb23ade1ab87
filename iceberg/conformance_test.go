package iceberg_test

import (
	"bytes"
	"testing"

	"limnograph"
	"limnograph/columns"
	"limnograph/conformance"
	"limnograph/iceberg"
	"limnograph/localdir"
)

func TestSnapshots(t *testing.T) {
	conformance.Snapshots(t, func(t *testing.T) conformance.SnapshotsFixture {
		root := t.TempDir()
		objects := objectsOf(t, root)
		return conformance.SnapshotsFixture{
			Store: open(t, root, objects), Objects: objects,
			Reopen: func(t testing.TB) limnograph.SnapshotStore { return open(t, root, objects) },
			Write: func(t testing.TB, s limnograph.Schema, ids map[string]int, key string, times []int64) limnograph.DataFile {
				return writeFile(t, objects, s, ids, key, times...)
			},
		}
	})
}

func objectsOf(t testing.TB, root string) *localdir.Store {
	t.Helper()
	s, err := localdir.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, root string, objects limnograph.ObjectReader) *iceberg.Store {
	t.Helper()
	s, err := iceberg.Open(t.Context(), iceberg.Config{Root: root, Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// writeFile stores a data file with one row at each of the times.
func writeFile(t testing.TB, objects limnograph.ObjectStore, s limnograph.Schema, ids map[string]int, key string, times ...int64) limnograph.DataFile {
	t.Helper()
	var body bytes.Buffer
	write := writeDatapoints
	if s.Records != nil {
		write = writeRecords
	}
	sum := write(t, &body, s, ids, times)
	info, err := objects.Put(t.Context(), key, &body, limnograph.PutOptions{IfAbsent: true})
	must(t, err)
	return limnograph.DataFile{Key: key, Size: info.Size, Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
}

func writeRecords(t testing.TB, body *bytes.Buffer, s limnograph.Schema, ids map[string]int, times []int64) columns.Summary {
	t.Helper()
	var rows [][]any
	for i, ts := range times {
		row := make([]any, len(s.Records.Columns))
		row[0] = ts
		for c, column := range s.Records.Columns {
			if column.Type == limnograph.TextColumn {
				row[c] = string(rune('a' + i))
			}
		}
		rows = append(rows, row)
	}
	sum, err := columns.WriteRecords(body, s, ids, rows)
	must(t, err)
	return sum
}

func writeDatapoints(t testing.TB, body *bytes.Buffer, s limnograph.Schema, ids map[string]int, times []int64) columns.Summary {
	t.Helper()
	layout, err := columns.NewLayout(s, ids)
	must(t, err)
	series := &columns.Series{
		SID: 7, AccountID: "1", Region: "r", Namespace: s.Namespace, MetricName: "VolumeReadBytes", Dimensions: "{}", Unit: "None",
		Texts: make([]columns.NullText, len(s.Dimensions)+len(s.Extracts)),
	}
	var rows []columns.Row
	for i, ts := range times {
		rows = append(rows, columns.Row{Series: series, TS: ts, Sum: float64(i), Reported: limnograph.ReportedSum, Version: int64(i)})
	}
	layout.Sort(rows)
	w, err := columns.NewWriter(body, layout)
	must(t, err)
	must(t, w.Write(rows))
	sum, err := w.Close()
	must(t, err)
	return sum
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
