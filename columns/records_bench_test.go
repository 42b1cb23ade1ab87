package columns_test

import (
	"bytes"
	"testing"

	"limnograph/columns"
)

func BenchmarkWriteRecords(b *testing.B) {
	s, rows := fleetRuns(b)
	ids := idsOf(s)
	b.ReportAllocs()
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if _, err := columns.WriteRecords(&out, s, ids, rows); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, len(rows))
	b.ReportMetric(float64(out.Len())/float64(len(rows)), "B/row")
}

func BenchmarkReadRecords(b *testing.B) {
	s, rows := fleetRuns(b)
	content := writtenRecords(b, s, rows)
	ids := idsOf(s)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := columns.ReadRecords(bytes.NewReader(content), int64(len(content)), s, ids); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, len(rows))
}
