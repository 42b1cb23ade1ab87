package columns_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"limnograph/columns"
)

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkIntern(b *testing.B) {
	l := newLayout(b, glue(b))
	statements := fleetStatements(b, 6*time.Hour)
	interner := l.NewInterner()
	b.ReportAllocs()
	for b.Loop() {
		for i := range statements {
			_ = interner.Row(&statements[i].dp, statements[i].version)
		}
	}
	perRow(b, len(statements))
}

func BenchmarkInternNewSeries(b *testing.B) {
	l := newLayout(b, glue(b))
	statements := fleetStatements(b, 6*time.Hour)
	interner := l.NewInterner()
	b.ReportAllocs()
	for b.Loop() {
		interner.Reset()
		for i := range statements {
			_ = interner.Row(&statements[i].dp, statements[i].version)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(interner.Len()), "ns/series")
}

func BenchmarkSort(b *testing.B) {
	l := newLayout(b, glue(b))
	rows := rowsOf(l, fleetStatements(b, 24*time.Hour))
	work := make([]columns.Row, len(rows))
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		copy(work, rows)
		b.StartTimer()
		l.Sort(work)
	}
	perRow(b, len(rows))
}

func BenchmarkWrite(b *testing.B) {
	for name, d := range map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour} {
		b.Run(name, func(b *testing.B) {
			l := newLayout(b, glue(b))
			rows := sortedRows(b, l, d)
			size := 0
			b.ReportAllocs()
			for b.Loop() {
				size = len(written(b, l, rows))
			}
			perRow(b, len(rows))
			b.ReportMetric(float64(size)/float64(len(rows)), "B/row")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	l := newLayout(b, glue(b))
	rows := sortedRows(b, l, 24*time.Hour)
	file := written(b, l, rows)
	b.ReportAllocs()
	for b.Loop() {
		r, err := columns.NewReader(bytes.NewReader(file), int64(len(file)), l)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	perRow(b, len(rows))
}

func BenchmarkReadKeys(b *testing.B) {
	l := newLayout(b, glue(b))
	rows := sortedRows(b, l, 24*time.Hour)
	file := written(b, l, rows)
	b.ReportAllocs()
	for b.Loop() {
		if err := columns.ReadKeys(bytes.NewReader(file), int64(len(file)), l, func(_, _ []int64) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, len(rows))
}

func BenchmarkHash(b *testing.B) {
	l := newLayout(b, glue(b))
	rows := sortedRows(b, l, time.Hour)
	var sum uint64
	for b.Loop() {
		for i := range rows {
			sum ^= columns.Hash(&rows[i])
		}
	}
	perRow(b, len(rows))
}

func sortedRows(tb testing.TB, l *columns.Layout, d time.Duration) []columns.Row {
	tb.Helper()
	rows := rowsOf(l, fleetStatements(tb, d))
	l.Sort(rows)
	if !slices.IsSortedFunc(rows, func(a, b columns.Row) int { return l.Compare(&a, &b) }) {
		tb.Fatal("rows are not sorted")
	}
	return rows
}

// written returns the file that holds the rows.
func written(tb testing.TB, l *columns.Layout, rows []columns.Row) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := columns.NewWriter(&out, l)
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Write(rows); err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
