package landing_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/mem"
)

// Whatever happens, and however often the curator goes back to an earlier state: it ends with exactly what is in landing,
// everything acknowledged is among that, and it was never given what is not.
func TestTheFeedGivesExactlyWhatLands(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &feedWorld{
			table: rapid.SampledFrom([]string{feedTable, limnograph.RunsTable}).Draw(rt, "table"),
			store: mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 7))}),
			ever:  map[int64]given{}, acked: map[string]int{}, curator: curator{has: map[int64]given{}},
		}
		w.disk = &probedDisk{Store: w.store, do: func(what string) {
			if what != "" {
				_, _ = w.read(4, what == "read")
			}
		}}
		w.start()
		for range rapid.IntRange(1, 25).Draw(rt, "events") {
			w.step(rt)
		}
		w.settle(rt)
		w.check(rt)
	})
}

func (w *feedWorld) check(rt *rapid.T) {
	truth := w.truth(rt)
	counts := map[string]int{}
	for position, g := range truth {
		if w.curator.has[position] != g {
			rt.Fatalf("landing has %d %v, the curator %v; mark %s", position, g, w.curator.has[position], w.curator.mark)
		}
		_, name, _ := strings.Cut(g.line, `"metric_name":"`)
		name, _, _ = strings.Cut(name, `"`)
		counts[name]++
	}
	for position, g := range w.ever {
		if truth[position] != g {
			rt.Fatalf("the feed gave %d %v, and landing has %v", position, g, truth[position])
		}
	}
	for name, n := range w.acked {
		if counts[name] != n {
			rt.Fatalf("%s was acknowledged with %d lines, and %d landed", name, n, counts[name])
		}
	}
}
