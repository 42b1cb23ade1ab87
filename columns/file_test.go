package columns_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
)

// readAll returns copies of the rows of a file.
func readAll(tb rapid.TB, l *columns.Layout, file []byte) []columns.Row {
	tb.Helper()
	r, err := columns.NewReader(bytes.NewReader(file), int64(len(file)), l)
	if err != nil {
		tb.Fatal(err)
	}
	var all []columns.Row
	for {
		rows, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, rows...)
	}
	if r.Rows() != int64(len(all)) {
		tb.Fatalf("file says %d rows and has %d", r.Rows(), len(all))
	}
	if err := r.Close(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// say is all that a row says, with the bits of its numbers, for comparison.
func say(r *columns.Row) string {
	s := *r.Series
	return fmt.Sprintf("%d %q %q %q %q %+v %v %q %q | %d %x %x %x %x %v %q %d %d", s.SID, s.AccountID, s.Region, s.Namespace, s.MetricName, s.Texts, s.IsTotal, s.Dimensions, s.Unit,
		r.TS, math.Float64bits(r.Max), math.Float64bits(r.Min), math.Float64bits(r.Sum), math.Float64bits(r.Count), r.Reported, r.Stats, r.Extra, r.Version)
}

func requireSame(tb rapid.TB, want, got []columns.Row) {
	tb.Helper()
	if len(want) != len(got) {
		tb.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if w, g := say(&want[i]), say(&got[i]); w != g {
			tb.Fatalf("row %d (-want +got):\n%s", i, cmp.Diff(w, g))
		}
		if columns.Hash(&want[i]) != columns.Hash(&got[i]) {
			tb.Fatalf("row %d has another hash: %s", i, say(&want[i]))
		}
	}
}

// TestFleetRoundTrip writes and reads several row groups.
func TestFleetRoundTrip(t *testing.T) {
	l := newLayout(t, glue(t))
	rows := sortedRows(t, l, 6*time.Hour)
	requireSame(t, rows, readAll(t, l, written(t, l, rows)))
}

// TestRoundTrip writes and reads any rows in any parts.
func TestRoundTrip(t *testing.T) {
	l := newLayout(t, glue(t))
	rapid.Check(t, func(t *rapid.T) {
		rows := rowsOf(l, drawStatements(t))
		l.Sort(rows)
		var out bytes.Buffer
		w, err := columns.NewWriter(&out, l)
		if err != nil {
			t.Fatal(err)
		}
		for rest := rows; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "part")
			if err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		sum, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want := summaryOf(rows); sum != want {
			t.Fatalf("summary is %+v, want %+v", sum, want)
		}
		requireSame(t, rows, readAll(t, l, out.Bytes()))
		requireKeys(t, l, out.Bytes(), rows)
	})
}

func summaryOf(rows []columns.Row) columns.Summary {
	if len(rows) == 0 {
		return columns.Summary{}
	}
	sum := columns.Summary{Rows: int64(len(rows)), MinTime: rows[0].TS, MaxTime: rows[0].TS}
	for _, r := range rows {
		sum.MinTime, sum.MaxTime = min(sum.MinTime, r.TS), max(sum.MaxTime, r.TS)
	}
	return sum
}

func requireKeys(tb rapid.TB, l *columns.Layout, file []byte, rows []columns.Row) {
	tb.Helper()
	var got []columns.Key
	err := columns.ReadKeys(bytes.NewReader(file), int64(len(file)), l, func(sids, times []int64) error {
		for i := range sids {
			got = append(got, columns.Key{SID: sids[i], TS: times[i]})
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	var want []columns.Key
	for i := range rows {
		want = append(want, rows[i].Key())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Fatalf("keys (-want +got):\n%s", diff)
	}
}

// drawStatements draws statements of few series, so that keys meet, with numbers and texts that are hard to keep.
func drawStatements(t *rapid.T) []statement {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "b", "ALL", "load", "\x00", "\"\\\n\x1f\x7f", "é😀\u2028", "1:a,", strings.Repeat("x", 70_000)}), rapid.String(),
	)
	number := rapid.OneOf(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, math.MaxFloat64}), rapid.Float64())
	series := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) limnograph.Datapoint {
		dp := limnograph.Datapoint{
			AccountID: text.Draw(t, "account"), Region: text.Draw(t, "region"), Namespace: text.Draw(t, "namespace"),
			MetricName: rapid.SampledFrom([]string{"m", "glue.12.x", "glue.ALL.y", "glue..z"}).Draw(t, "metric"), Unit: text.Draw(t, "unit"),
		}
		names := rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom([]string{"JobName", "JobRunId", "Type", "Source", "Sink", "Z"}), text), 0, 6, rapid.ID[string])
		for _, name := range names.Draw(t, "names") {
			dp.Dimensions = append(dp.Dimensions, limnograph.Dimension{Name: name, Value: text.Draw(t, "value")})
		}
		return dp
	}), 1, 5).Draw(t, "series")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) statement {
		s := statement{rapid.SampledFrom(series).Draw(t, "series"), rapid.Int64().Draw(t, "version")}
		s.dp.Timestamp = rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64Range(-62135596800000, 253402300799999)).Draw(t, "ts")
		set := &s.dp.Statistics
		set.Reported = limnograph.Reported(rapid.IntRange(0, 15).Draw(t, "reported"))
		set.Max, set.Min, set.Sum, set.SampleCount = number.Draw(t, "max"), number.Draw(t, "min"), number.Draw(t, "sum"), number.Draw(t, "count")
		for _, name := range rapid.SliceOfNDistinct(text, 0, 3, rapid.ID[string]).Draw(t, "extra") {
			set.Extra = append(set.Extra, limnograph.Statistic{Name: name, Value: number.Draw(t, "statistic")})
		}
		return s
	}), 0, 40).Draw(t, "statements")
}
