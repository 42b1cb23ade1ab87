package lake_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
)

// rows draws statements of few keys, so that many share one.
func rows(t *rapid.T) []columns.Row {
	series := make([]*columns.Series, 3)
	for i := range series {
		series[i] = &columns.Series{SID: int64(i), MetricName: string(rune('a' + i)), Texts: make([]columns.NullText, 4), Dimensions: "{}", Unit: "None"}
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) columns.Row {
		return columns.Row{
			Series: rapid.SampledFrom(series).Draw(t, "series"), TS: rapid.Int64Range(0, 3).Draw(t, "minute") * 60_000,
			Count: float64(rapid.IntRange(0, 2).Draw(t, "count")), Extra: int32(rapid.IntRange(0, 1).Draw(t, "extra")),
			Reported: limnograph.Reported(rapid.IntRange(0, 15).Draw(t, "reported")), Version: rapid.Int64Range(0, 20).Draw(t, "version"),
		}
	}), 0, 40).Draw(t, "rows")
}

// truth folds with a plain map.
func truth(all []columns.Row) map[columns.Key]columns.Row {
	out := map[columns.Key]columns.Row{}
	for _, r := range all {
		if have, ok := out[r.Key()]; !ok || beats(r, have) {
			out[r.Key()] = r
		}
	}
	return out
}

// beats is the rule in other words than the product's.
func beats(a, b columns.Row) bool {
	reported := func(r columns.Row) bool { return r.Reported&limnograph.ReportedSampleCount != 0 }
	switch {
	case reported(a) != reported(b):
		return reported(a)
	case reported(a) && a.Count != b.Count:
		return a.Count > b.Count
	case a.Statistics() != b.Statistics():
		return a.Statistics() > b.Statistics()
	}
	return a.Version > b.Version
}

// distinct gives each statement a version of its own: a position names one line.
func distinct(all []columns.Row) {
	for i := range all {
		all[i].Version = all[i].Version<<8 | int64(i)
	}
}

func TestFold(t *testing.T) {
	layout, err := columns.NewLayout(glue(), ids(glue()))
	must(t, err)
	fold := func(all []columns.Row) map[columns.Key]columns.Row {
		layout.Sort(all)
		out := map[columns.Key]columns.Row{}
		for _, r := range lake.Fold(all) {
			if _, twice := out[r.Key()]; twice {
				t.Fatalf("key %v stands twice", r.Key())
			}
			out[r.Key()] = r
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rows(t)
		distinct(all)
		want := truth(all)
		shuffled := slices.Clone(all)
		seed := rapid.Uint64().Draw(t, "seed")
		random := rand.New(rand.NewPCG(seed, 1))
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := fold(slices.Clone(shuffled)); !maps.Equal(got, want) {
			t.Errorf("in another order: %v, want %v", got, want)
		}
		cut := rapid.IntRange(0, len(shuffled)).Draw(t, "cut")
		left, right := fold(slices.Clone(shuffled[:cut])), fold(slices.Clone(shuffled[cut:]))
		grouped := slices.AppendSeq(slices.Collect(maps.Values(left)), maps.Values(right))
		if got := fold(append(grouped, shuffled[:cut]...)); !maps.Equal(got, want) {
			t.Errorf("in groups, one of them twice: %v, want %v", got, want)
		}
	})
}

func ids(s limnograph.Schema) map[string]int {
	out := map[string]int{}
	for _, c := range columns.ColumnsOf(s) {
		out[c.Name] = c.ID
	}
	return out
}
