package lake_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph/columns"
	"limnograph/lake"
)

// What differs is named, with a datapoint of each kind.
func TestVerifyNamesWhatDiffers(t *testing.T) {
	cases := []struct {
		name   string
		change func(rows []columns.Row) []columns.Row
		want   lake.Difference // counts
	}{
		{"Different", func(rows []columns.Row) []columns.Row { rows[0].Sum += 0.5; return rows }, lake.Difference{Metric: "a", Different: 1}},
		{"DifferentText", func(rows []columns.Row) []columns.Row {
			series := rows[0].Series
			other := columns.Series{SID: series.SID, AccountID: series.AccountID, Region: series.Region, Namespace: series.Namespace, MetricName: series.MetricName, Texts: series.Texts, Dimensions: series.Dimensions, Unit: "Bytes"}
			rows[0].Series = &other
			return rows[:1]
		}, lake.Difference{Metric: "a", Different: 1}},
		{"Missing", func(rows []columns.Row) []columns.Row { return rows[1:] }, lake.Difference{Metric: "a", Missing: 1}},
		{"Extra", func(rows []columns.Row) []columns.Row { rows[0].TS += 1; return rows }, lake.Difference{Metric: "a", Extra: 1, Missing: 1}},
		{"Twice", func(rows []columns.Row) []columns.Row { return slices.Insert(rows, 0, rows[0]) }, lake.Difference{Metric: "a", Twice: 1}},
		{"Older", func(rows []columns.Row) []columns.Row { rows[0].Version = 1 << 24; return rows }, lake.Difference{Metric: "a", Different: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			w.minutes(1)
			w.minutes(1)
			w.curate(t)
			w.replace(t, func(rows []columns.Row) []columns.Row {
				if c.name == "DifferentText" {
					return append(c.change(rows), rows[1:]...)
				}
				return c.change(rows)
			})
			r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
			if r.Equal() || len(r.Differences) != 1 {
				t.Fatalf("want one difference: %+v", r)
			}
			d := r.Differences[0]
			got := lake.Difference{Metric: d.Metric, Missing: d.Missing, Extra: d.Extra, Different: d.Different, Twice: d.Twice}
			if fmt.Sprint(got) != fmt.Sprint(c.want) || d.Job != "orders" || len(d.Examples) == 0 {
				t.Fatalf("got %+v, want %+v", d, c.want)
			}
		})
	}
}

// CorruptDataFileNamedByVerify: one bit of a data or held file, anywhere.
func TestCorruptDataFileNamedByVerify(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.minutes(150)
	w.curate(t)
	w.feed.land("glue_metrics", now, point("a", -5, 3, 99))
	w.curate(t)
	keys := []string{w.ledger(t).Held[0].Key}
	for _, f := range w.lake.Snapshots().Tables["glue_metrics"].Files {
		keys = append(keys, f.Key)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, key := range keys {
		good := w.content(t, key)
		for range 12 {
			w.flip(t, key, random.Int64N(int64(len(good))))
			r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
			if r.Equal() || len(r.Problems) != 1 || r.Problems[0].Key != key {
				t.Fatalf("want %s named alone, got %+v", key, r.Problems)
			}
			if r.Missing+r.Extra+r.Different > 0 {
				t.Fatalf("what the file may hold was compared: %+v", r)
			}
			w.overwrite(t, key, good)
		}
		must(t, w.store.Delete(t.Context(), key))
		r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
		if len(r.Problems) != 1 || r.Problems[0].Key != key || !strings.HasPrefix(r.Problems[0].What, "missing") {
			t.Fatalf("want %s named as missing, got %+v", key, r.Problems)
		}
		w.overwrite(t, key, good)
	}
	wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
}

func TestVerifyNamesDamagedLanding(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.minutes(30)
	w.curate(t)
	s := &sealed{feed: w.feed, damaged: map[string]bool{}}
	var key string
	for key = range s.objects("glue_metrics") {
		s.damaged[key] = true
		break
	}
	r := w.verify(t, s, lake.VerifyOptions{})
	if r.Equal() || len(r.Problems) != 1 || r.Problems[0].Key != key {
		t.Fatalf("want %s named, got %+v", key, r)
	}
	if r.Missing+r.Extra+r.Different+r.Twice > 0 || r.Older+r.Unsealed != 4 {
		t.Fatalf("the four rows behind the damage are apart: %+v", r)
	}
}

// Whatever comes in whatever order, verify finds the table equal, names a changed row, and a rebuild of any range
// gives the rows of a fresh curation.
func TestVerifyAndRebuildProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, lake.Config{RoundLines: rapid.Int64Range(1, 40).Draw(rt, "round")})
		s := &sealed{feed: w.feed, perObject: rapid.IntRange(1, 9).Draw(rt, "perObject"), unknown: rapid.Bool().Draw(rt, "unknown")}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			w.randomStep(t, rt)
		}
		s.unsealed = rapid.IntRange(0, 2).Draw(rt, "unsealed")
		wantEqual(t, w.verify(t, s, lake.VerifyOptions{}))
		opt := lake.RebuildOptions{}
		opt.Range.From = at(rapid.IntRange(-60*24*5, 0).Draw(rt, "from"))
		w.rebuild(t, s, opt)
		wantEqual(t, w.verify(t, s, lake.VerifyOptions{}))
		w.rebuild(t, s, lake.RebuildOptions{})
		w.wantSameRows(t)
		if len(w.files(t)) > 0 {
			w.replace(t, func(rows []columns.Row) []columns.Row {
				rows[rapid.IntRange(0, len(rows)-1).Draw(rt, "row")].Max++
				return rows
			})
			s.unsealed = 0
			if r := w.verify(t, s, lake.VerifyOptions{}); r.Different != 1 || r.Missing+r.Extra+r.Twice > 0 {
				rt.Fatalf("want one different row: %+v", r)
			}
		}
	})
}

func (w *world) randomStep(t testing.TB, rt *rapid.T) {
	minute := rapid.SampledFrom([]int{-60 * 24 * 4, -60*24*4 + 61, -60 * 24, -130, -61, -60, -2, -1, 0})
	switch rapid.SampledFrom([]string{"land", "land", "land", "curate", "compact"}).Draw(rt, "step") {
	case "land":
		var some []statement
		for range rapid.IntRange(1, 6).Draw(rt, "lines") {
			p := point(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "metric"), minute.Draw(rt, "minute"), float64(rapid.IntRange(0, 3).Draw(rt, "count")), float64(rapid.IntRange(0, 9).Draw(rt, "sum")))
			p.Extra = rapid.IntRange(0, 2).Draw(rt, "extra")
			some = append(some, p)
		}
		w.feed.land("glue_metrics", now, some...)
	case "curate":
		w.curate(t)
	case "compact":
		w.clock = w.clock.Add(minutes10)
		_, err := w.lake.Compact(t.Context(), "glue_metrics")
		must(t, err)
	}
}

const minutes10 = 10 * 60 * 1e9
