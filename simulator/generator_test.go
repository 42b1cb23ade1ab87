package simulator_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/simulator"
)

func text(f *simulator.Fleet, r limnograph.TimeRange) string {
	var b bytes.Buffer
	for line := range f.Generator().Lines(r) {
		b.Write(line)
	}
	return b.String()
}

func TestSameSeedSameLines(t *testing.T) {
	r := hoursOf(monday(), 1)
	one := text(newFleet(t, simulator.Config{Seed: 5}), r)
	if again := text(newFleet(t, simulator.Config{Seed: 5}), r); one != again {
		t.Error("the same seed gave other lines")
	}
	if other := text(newFleet(t, simulator.Config{Seed: 6}), r); one == other {
		t.Error("another seed gave the same lines")
	}
}

// An interval generated in parts, wherever it is cut, is the interval generated at once.
func TestPartsEqualTheWhole(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 12})
	rapid.Check(t, func(t *rapid.T) {
		from := monday().Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "minutes")) * time.Minute)
		length := rapid.IntRange(1, 30).Draw(t, "length")
		cut := from.Add(time.Duration(rapid.IntRange(0, length*60).Draw(t, "cut")) * time.Second)
		to := from.Add(time.Duration(length) * time.Minute)
		parts := text(f, limnograph.TimeRange{From: from, To: cut}) + text(f, limnograph.TimeRange{From: cut, To: to})
		if whole := text(f, limnograph.TimeRange{From: from, To: to}); parts != whole {
			t.Fatalf("%d bytes in parts, %d at once", len(parts), len(whole))
		}
	})
}

func TestLinesHaveTheFormOfTheStream(t *testing.T) {
	number := `-?[0-9]+\.[0-9]+(E-?[0-9]+)?`
	form := regexp.MustCompile(`^\{"metric_stream_name":"limno-demo","account_id":"[0-9]{12}","region":"[a-z0-9-]+",` +
		`"namespace":"Glue","metric_name":"glue\.[A-Za-z0-9_.-]+","dimensions":\{"JobName":"[a-z0-9-]+",` +
		`"JobRunId":"(jr_[0-9a-f]{64}|ALL)","Type":"(gauge|count)"(,"ObservabilityGroup":"[a-z_]+")?` +
		`(,"(Source|Sink)":"(ALL|s3://[a-z0-9/-]+)")?\},"timestamp":[0-9]{8}[0-9]{1}[0-9]*0000,"value":\{"max":` + number +
		`,"min":` + number + `,"sum":` + number + `,"count":` + number +
		`\},"unit":"(Bytes|Milliseconds|Count|Megabytes|Gigabytes|None|Percent)"\}` + "\n$")
	n := 0
	for line := range newFleet(t, simulator.Config{Jobs: 30}).Generator().Lines(hoursOf(monday().Add(3*time.Hour), 1)) {
		if n++; !form.Match(line) {
			t.Fatalf("not a line of a metric stream: %s", line)
		}
	}
	if n < 5_000 {
		t.Errorf("only %d lines", n)
	}
}

// The series under JobRunId=ALL is, minute by minute, the aggregate of the job's runs, and of nothing else.
func TestTwinsAggregateTheRuns(t *testing.T) {
	type key struct {
		series string
		at     int64
	}
	merge := func(a, b map[string]float64) map[string]float64 {
		if a == nil {
			return b
		}
		return map[string]float64{
			"count": a["count"] + b["count"], "sum": a["sum"] + b["sum"],
			"min": min(a["min"], b["min"]), "max": max(a["max"], b["max"]),
		}
	}
	want, got, parts := map[key]map[string]float64{}, map[key]map[string]float64{}, map[key]int{}
	f := newFleet(t, simulator.Config{})
	for _, p := range points(t, f, meeting(t, f)) {
		k := key{p.series(), p.Timestamp}
		if p.total() {
			got[k] = p.Value
			continue
		}
		want[k] = merge(want[k], p.Value)
		parts[k]++
	}
	together := 0
	for k, w := range want {
		if parts[k] > 1 {
			together++
		}
		if diff := cmp.Diff(w, got[k], roughly()); diff != "" {
			t.Fatalf("%v of %d runs (-runs +twin):\n%s", k, parts[k], diff)
		}
	}
	if len(got) != len(want) || together == 0 {
		t.Errorf("%d twins of %d series-minutes, %d of them of several runs", len(got), len(want), together)
	}
}

// meeting is an hour in which two runs of one job are at work together.
func meeting(t *testing.T, f *simulator.Fleet) limnograph.TimeRange {
	t.Helper()
	runs := f.Runs(monday(), monday().AddDate(0, 0, 21))
	for i := 1; i < len(runs); i++ {
		if runs[i].Job == runs[i-1].Job && runs[i].Start().Before(runs[i-1].End().Add(-2*time.Minute)) {
			return hoursOf(runs[i].Start().Truncate(time.Hour), 1)
		}
	}
	t.Fatal("no job has two runs at the same time")
	return limnograph.TimeRange{}
}

func roughly() cmp.Option {
	return cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9*max(1, a) && b-a < 1e-9*max(1, b) })
}

func TestEveryDatapointIsDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range points(t, newFleet(t, simulator.Config{Jobs: 30}), hoursOf(monday(), 2)) {
		k := fmt.Sprint(p.AccountID, p.series(), p.run(), p.Timestamp)
		if seen[k] {
			t.Fatalf("twice: %s", k)
		}
		seen[k] = true
	}
}

func TestStatisticsArePossible(t *testing.T) {
	for _, p := range points(t, newFleet(t, simulator.Config{Jobs: 30}), hoursOf(monday().Add(3*time.Hour), 2)) {
		v := p.Value
		most := 2.0
		if p.total() {
			most = 6
		}
		if v["count"] < 1 || v["count"] > most || v["min"] > v["max"] || v["min"] < 0 ||
			v["sum"] < v["count"]*v["min"]-1e-6 || v["sum"] > v["count"]*v["max"]*(1+1e-12)+1e-6 {
			t.Fatalf("impossible statistics: %+v", p)
		}
		fraction := strings.HasSuffix(p.Metric, ".usage") || strings.HasSuffix(p.Metric, "percentage") ||
			strings.HasSuffix(p.Metric, "Load") || strings.HasSuffix(p.Metric, "Utilization")
		if fraction && v["max"] > 1 {
			t.Fatalf("a share above 1: %+v", p)
		}
	}
}

// A day is big enough to look real and small enough to be delivered while someone waits.
func TestSizeOfADay(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for d := range 14 {
		from := monday().AddDate(0, 0, d)
		n := int64(0) // the ledger's count is that of the lines: TestLedgerEqualsNaiveCount
		for _, row := range f.Ledger([]limnograph.TimeRange{hoursOf(from, 24)}) {
			n += row.Datapoints + row.DatapointsTotal
		}
		if n < 500_000 || n > 950_000 {
			t.Errorf("%s has %d datapoints", from.Format(time.DateOnly), n)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	f := newFleet(b, simulator.Config{})
	day, n, size := hoursOf(monday(), 24), 0, 0
	for b.Loop() {
		for line := range f.Generator().Lines(day) {
			n++
			size += len(line)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "datapoints/s")
	b.ReportMetric(float64(size)/float64(n), "B/datapoint")
}
