package gluemetric_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph/gluemetric"
)

func load(t *testing.T) *gluemetric.Catalogue {
	t.Helper()
	c, err := gluemetric.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLookup(t *testing.T) {
	c := load(t)
	for name, want := range map[string]gluemetric.Metric{
		"glue.driver.aggregate.recordsRead": {
			Name: "glue.driver.aggregate.recordsRead", Unit: "Count", Type: "count", Kind: gluemetric.Delta,
			Family: gluemetric.Classic,
			RollUp: gluemetric.RollUp{Metric: "glue.driver.aggregate.recordsRead", Statistic: gluemetric.Sum},
		},
		"glue.17.s3.filesystem.read_bytes": { // says gauge, is a delta
			Name: "glue.{executorId}.s3.filesystem.read_bytes", Unit: "Bytes", Type: "gauge", Kind: gluemetric.Delta,
			Family: gluemetric.Classic,
			RollUp: gluemetric.RollUp{Metric: "glue.ALL.s3.filesystem.read_bytes", Statistic: gluemetric.Sum},
		},
		"glue.ALL.jvm.heap.usage": {
			Name: "glue.ALL.jvm.heap.usage", Unit: "Fraction", Type: "gauge", Kind: gluemetric.Gauge,
			Family: gluemetric.Classic,
			RollUp: gluemetric.RollUp{Metric: "glue.ALL.jvm.heap.usage", Statistic: gluemetric.Average},
		},
		"glue.error.OUT_OF_MEMORY_ERROR": {
			Name: "glue.error.OUT_OF_MEMORY_ERROR", Unit: "Count", Type: "count", Kind: gluemetric.Delta,
			Family: gluemetric.Observability, Group: "error",
			RollUp: gluemetric.RollUp{Metric: "glue.error.ALL", Statistic: gluemetric.Sum},
		},
		"glue.driver.bytesWrittten": {
			Name: "glue.driver.bytesWritten", Unit: "Bytes", Type: "gauge", Kind: gluemetric.Gauge,
			Family: gluemetric.Observability, Group: "throughput",
			RollUp: gluemetric.RollUp{Metric: "glue.driver.bytesWritten", Statistic: gluemetric.Maximum, Dimension: "Sink"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := c.Lookup(name)
			got.Pattern = ""
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Errorf("known %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestLookupOfUnknownName(t *testing.T) {
	c := load(t)
	for _, name := range []string{"glue.run.duration", "glue..jvm.heap.usage", "glue.1x.jvm.heap.usage", "glue.3", "", "Glue.ALL.jvm.heap.usage"} {
		m, ok := c.Lookup(name)
		if ok || m.Kind != gluemetric.Unknown || m.Reads(gluemetric.Series{Metric: name, RunID: "jr_1"}, true) {
			t.Errorf("%q: %v, %+v; want unknown and in no roll-up", name, ok, m)
		}
	}
}

// Every name that a pattern of the catalogue matches is found under that row, and under no other.
func TestLookupAgreesWithPatterns(t *testing.T) {
	c := load(t)
	metrics := c.Metrics()
	if len(metrics) != 94 {
		t.Fatalf("%d metrics, want 94", len(metrics))
	}
	patterns := make([]*regexp.Regexp, len(metrics))
	for i, m := range metrics {
		patterns[i] = regexp.MustCompile(m.Pattern)
	}
	names := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			m := metrics[rapid.IntRange(0, len(metrics)-1).Draw(t, "metric")]
			return strings.Replace(m.Name, "{executorId}", rapid.StringMatching(`[0-9]{1,4}`).Draw(t, "executor"), 1)
		}),
		rapid.StringMatching(`glue\.(driver|ALL|[0-9]{0,2}|error)\.[a-zA-Z_.]{0,12}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		name, want := names.Draw(t, "name"), ""
		for i := range patterns {
			if patterns[i].MatchString(name) {
				want = metrics[i].Name
			}
		}
		m, ok := c.Lookup(name)
		if ok != (want != "") || ok && m.Name != want {
			t.Fatalf("%q: found %v %q, the patterns say %q", name, ok, m.Name, want)
		}
	})
}

// A roll-up reads a metric that exists, which reads itself, by a statistic that fits its kind.
func TestRollUpsAreClosed(t *testing.T) {
	c := load(t)
	for _, m := range c.Metrics() {
		whole, ok := c.Lookup(m.RollUp.Metric)
		if !ok || whole.RollUp.Metric != whole.Name {
			t.Errorf("%s rolls up %q, which is no total", m.Name, m.RollUp.Metric)
		}
		if (m.Kind == gluemetric.Delta) != (m.RollUp.Statistic == gluemetric.Sum) {
			t.Errorf("%s is a %s and rolls up by %s", m.Name, m.Kind, m.RollUp.Statistic)
		}
	}
}

func TestReadsExactlyOneOfTheTwins(t *testing.T) {
	c := load(t)
	series := func(metric, run, source, sink string) gluemetric.Series {
		return gluemetric.Series{Metric: metric, RunID: run, Source: source, Sink: sink}
	}
	const read, written, heap = "glue.driver.recordsRead", "glue.driver.bytesWritten", "glue.3.jvm.heap.usage"
	for _, x := range []struct {
		name, metric string
		series       gluemetric.Series
		own, want    bool
	}{
		{"OwnSeries", "glue.driver.aggregate.recordsRead", series("glue.driver.aggregate.recordsRead", "jr_1", "", ""), true, true},
		{"TwinBesideOwnSeries", "glue.driver.aggregate.recordsRead", series("glue.driver.aggregate.recordsRead", "ALL", "", ""), true, false},
		{"TwinAlone", "glue.driver.aggregate.recordsRead", series("glue.driver.aggregate.recordsRead", "ALL", "", ""), false, true},
		{"AllSources", read, series(read, "jr_1", "ALL", ""), true, true},
		{"OneSource", read, series(read, "jr_1", "s3://x/", ""), true, false},
		{"AllSinksInTheOtherSpelling", written, series("glue.driver.bytesWrittten", "jr_1", "", "ALL"), true, true},
		{"OneSink", written, series(written, "jr_1", "", "s3://x/"), true, false},
		{"OneExecutor", heap, series(heap, "jr_1", "", ""), true, false},
		{"AllExecutors", heap, series("glue.ALL.jvm.heap.usage", "jr_1", "", ""), true, true},
		{"OneErrorCategory", "glue.error.S3_ERROR", series("glue.error.S3_ERROR", "jr_1", "", ""), true, false},
		{"AllErrors", "glue.error.S3_ERROR", series("glue.error.ALL", "jr_1", "", ""), true, true},
		{"AnotherMetric", read, series("glue.driver.filesRead", "jr_1", "ALL", ""), true, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			m, _ := c.Lookup(x.metric)
			if got := m.Reads(x.series, x.own); got != x.want {
				t.Errorf("reads %+v: %v, want %v", x.series, got, x.want)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	c, err := gluemetric.Load()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.Lookup("glue.driver.aggregate.recordsRead")
		c.Lookup("glue.17.jvm.heap.usage")
	}
}
