package record_test

import (
	"fmt"
	"testing"

	"limnograph"
	"limnograph/record"
)

// benchLines are statements about runs, ten of each: eight answers while it runs, the event of its end and the last answer.
func benchLines(runs int) (lines [][]byte) {
	for i := range runs {
		id := fmt.Sprintf("jr_%064x", i)
		for n := range 8 {
			r := answer(limnograph.RunRunning, 60*n)
			r.RunID, r.Workers, r.WorkerType, r.GlueVersion, r.TimeoutMin, r.MaxCapacity = id, to[int64](10), "G.1X", "5.0", to[int64](480), to(10.0)
			lines = append(lines, record.EncodeRun(r))
		}
		told, last := event(limnograph.RunSucceeded, 601), ended(limnograph.RunSucceeded, 600)
		told.RunID, last.RunID, last.ExecutionS, last.Workers, last.MaxCapacity = id, id, to[int64](560), to[int64](10), to(10.0)
		lines = append(lines, record.EncodeRun(told), record.EncodeRun(last))
	}
	return lines
}

func benchRow(b *testing.B) *record.Row {
	table := record.Runs()
	var row *record.Row
	for i, line := range benchLines(1) {
		row = table.Merge(row, parsed(b, table, line, int64(i)))
	}
	return table.MergeMetrics(row, full())
}

func BenchmarkParse(b *testing.B) {
	lines, table := benchLines(100), record.Runs()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		parsed(b, table, lines[i%len(lines)], int64(i))
	}
}

func BenchmarkMerge(b *testing.B) {
	table := record.Runs()
	var statements []record.Statement
	for i, line := range benchLines(1000) {
		statements = append(statements, parsed(b, table, line, int64(i)))
	}
	rows := map[record.Key]*record.Row{}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(statements) == 0 {
			clear(rows)
		}
		s := statements[i%len(statements)]
		rows[s.Key()] = table.Merge(rows[s.Key()], s)
	}
}

func BenchmarkValues(b *testing.B) {
	row := benchRow(b)
	b.ReportAllocs()
	for b.Loop() {
		row.Values()
	}
}

func BenchmarkRowOf(b *testing.B) {
	values, table := benchRow(b).Values(), record.Runs()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := table.RowOf(values); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTS(b *testing.B) {
	row := benchRow(b)
	b.ReportAllocs()
	for b.Loop() {
		row.TS()
	}
}
