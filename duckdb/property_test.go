package duckdb_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
)

// said is a line about a datapoint, and what decides between lines.
type said struct {
	key      string // identity within an arrival day
	count    int    // -1: not reported
	stats    int
	arrival  time.Time
	position int
	object   string
	id       int // its sum
}

// beats compares as the design says: sample count, number of statistics, arrival, position, and last object key.
func (a said) beats(b said) bool {
	if a.count != b.count {
		return a.count > b.count
	}
	if a.stats != b.stats {
		return a.stats > b.stats
	}
	if !a.arrival.Equal(b.arrival) {
		return a.arrival.After(b.arrival)
	}
	if a.position != b.position {
		return a.position > b.position
	}
	return a.object > b.object
}

// TestReductionAgainstOracle: whatever was said in whatever order and object, the view has each key once, with the
// line that a plain program picks.
func TestReductionAgainstOracle(t *testing.T) {
	l := newLake(t)
	rapid.Check(t, func(t *rapid.T) {
		l.tables["glue_metrics"].Files = nil
		winners := make(map[string]said)
		id := 0
		for range rapid.IntRange(1, 4).Draw(t, "objects") {
			at := noon.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 13}).Draw(t, "hour")) * time.Hour)
			sender := rapid.SampledFrom([]string{"a", "b/"}).Draw(t, "sender")
			var lines []string
			var statements []said
			for position := range rapid.IntRange(1, 8).Draw(t, "lines") {
				id++
				line, s := statement(t, id)
				s.position = position
				s.key = fmt.Sprint(at.Day(), s.key)
				lines, statements = append(lines, line), append(statements, s)
			}
			l.stream = rapid.SampledFrom([]string{"aaa", "zzz-2026"}).Draw(t, "stream")
			key := l.objectOf("glue_metrics", sender, at, lines...).Key
			for _, s := range statements {
				s.object, s.arrival = key, at
				if have, ok := winners[s.key]; !ok || s.beats(have) {
					winners[s.key] = s
				}
			}
		}
		var want []string
		for _, s := range slices.SortedFunc(maps.Values(winners), func(a, b said) int { return a.id - b.id }) {
			want = append(want, fmt.Sprint(s.id))
		}
		got, err := l.run(limnograph.Query{SQL: `SELECT CAST("sum" AS BIGINT) FROM raw_glue_metrics_flat ORDER BY 1`, Untrusted: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// statement draws a line whose sum is id.
func statement(t *rapid.T, id int) (string, said) {
	run := rapid.SampledFrom([]string{"jr", "ALL"}).Draw(t, "run")
	dims := []string{`"JobName":"j"`, `"JobRunId":"` + run + `"`, `"Type":"count"`}
	dims = rapid.Permutation(dims).Draw(t, "order")
	unit := rapid.SampledFrom([]string{"None", "absent", "Count"}).Draw(t, "unit")
	ts := rapid.SampledFrom([]string{"0", "60000", "9223372036854775807"}).Draw(t, "ts")
	s := said{id: id, count: rapid.IntRange(-1, 2).Draw(t, "count"), stats: 1}
	value := fmt.Sprintf(`{"sum":%d`, id)
	if s.count >= 0 {
		value += fmt.Sprintf(`,"count":%d`, s.count)
		s.stats++
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "extra") {
		value += fmt.Sprintf(`,"p%d":1`, i)
		s.stats++
	}
	known := unit
	if unit == "absent" {
		known = "None"
	}
	s.key = strings.Join([]string{run, known, ts}, "|")
	return point{dims: "{" + strings.Join(dims, ",") + "}", unit: unit, ts: ts, value: value + "}"}.line(), s
}
