// Package datafile writes data files of curated tables for tests, out of lines as landing has them. It decides between
// the statements of a datapoint by itself, so that it can be an oracle; it is NOT the merge of the product (package
// lake), and knows no snapshot.
package datafile

import (
	"bytes"
	"cmp"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/metricstream"
)

// Layout returns the layout of the table of a schema, with the field ids of a new table.
func Layout(t testing.TB, s limnograph.Schema) *columns.Layout {
	t.Helper()
	l, err := columns.NewLayout(s, idsOf(s))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Rows returns what is left of lines once each datapoint stands once, in the order of the layout. The position of a line
// is its place in the list.
func Rows(t testing.TB, l *columns.Layout, lines []string) []columns.Row {
	t.Helper()
	winners := make(map[columns.Key]columns.Row)
	decoder, interner := metricstream.NewDecoder(), l.NewInterner()
	for position, line := range lines {
		decoder.Decode([]byte(line),
			func(dp *limnograph.Datapoint, _ []byte) {
				row := interner.Row(dp, int64(position))
				if have, ok := winners[row.Key()]; !ok || beats(&row, &have) {
					winners[row.Key()] = row
				}
			},
			func(r limnograph.Reject) { t.Fatalf("line %d: %s %s", position, r.Reason, r.Detail) })
	}
	var rows []columns.Row
	for _, row := range winners {
		rows = append(rows, row)
	}
	l.Sort(rows)
	return rows
}

func beats(a, b *columns.Row) bool {
	return cmp.Or(cmp.Compare(a.SampleCount(), b.SampleCount()), cmp.Compare(a.Statistics(), b.Statistics()), cmp.Compare(a.Version, b.Version)) > 0
}

// Encode returns the data file of rows of one day in the order of the layout, and its description under a key.
func Encode(t testing.TB, l *columns.Layout, key string, rows []columns.Row) (content []byte, f limnograph.DataFile) {
	t.Helper()
	var b bytes.Buffer
	w, err := columns.NewWriter(&b, l)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	sum, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), limnograph.DataFile{Key: key, Size: int64(b.Len()), Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
}

// EncodeRecords returns the data file of rows of a record table in the order of its key, with the field ids of a new table,
// and its description under a key.
func EncodeRecords(t testing.TB, s limnograph.Schema, key string, rows [][]any) (content []byte, f limnograph.DataFile) {
	t.Helper()
	var b bytes.Buffer
	sum, err := columns.WriteRecords(&b, s, idsOf(s), rows)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), limnograph.DataFile{Key: key, Size: int64(b.Len()), Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
}

// idsOf are the field ids of a new table.
func idsOf(s limnograph.Schema) map[string]int {
	ids := make(map[string]int)
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	return ids
}

// ByHour cuts rows into the files of a new table, one for each hour, each in the order of the rows.
func ByHour(rows []columns.Row) map[time.Time][]columns.Row {
	hours := make(map[time.Time][]columns.Row)
	for _, row := range rows {
		hour := time.UnixMilli(row.TS).UTC().Truncate(time.Hour)
		hours[hour] = append(hours[hour], row)
	}
	return hours
}
