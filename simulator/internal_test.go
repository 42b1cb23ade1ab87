package simulator

import (
	"math"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAreWrittenAsAWSDoes(t *testing.T) {
	for v, want := range map[int64]string{
		0: "0.0", 3: "3.0", 2225664: "2225664.0", 9999999: "9999999.0", 10000000: "1.0E7", 10626048: "1.0626048E7",
		-5: "-5.0", -12000000: "-1.2E7", 1_000_000_001: "1.000000001E9",
	} {
		if got := string(appendWhole(nil, v)); got != want {
			t.Errorf("whole %d is written %s, want %s", v, got, want)
		}
	}
	for v, want := range map[int64]string{
		0: "0.0", 1: "1.0E-6", 543: "5.43E-4", 999: "9.99E-4", 1000: "0.001", 18548: "0.018548", 250000: "0.25",
		1_000_000: "1.0", 87_312_340: "87.31234", 100_000: "0.1",
	} {
		if got := string(appendMicro(nil, v)); got != want {
			t.Errorf("%d millionths are written %s, want %s", v, got, want)
		}
	}
}

// What is written is a JSON number in Java's form that reads back as the same number.
func TestNumbersReadBack(t *testing.T) {
	form := regexp.MustCompile(`^-?(0|[1-9][0-9]*)\.[0-9]+(E-?[1-9][0-9]*)?$`)
	check := func(t *rapid.T, text []byte, want float64) {
		got, err := strconv.ParseFloat(string(text), 64)
		if err != nil || got != want || !form.Match(text) {
			t.Fatalf("%s reads as %v, %v; want %v", text, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(-1<<53, 1<<53).Draw(t, "whole")
		check(t, appendWhole([]byte(nil), whole), float64(whole))
		part := rapid.Int64Range(0, 1e12).Draw(t, "millionths")
		want, _ := strconv.ParseFloat(strconv.FormatFloat(float64(part)/micro, 'f', 6, 64), 64)
		check(t, appendMicro(nil, part), want)
	})
}

// A set of minutes behaves as a set.
func TestMinutesBehaveAsSet(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) span {
		from := rapid.Int64Range(0, 60).Draw(t, "from")
		return span{from, from + rapid.Int64Range(0, 12).Draw(t, "length")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var set minutes
		model := map[int64]bool{}
		for _, s := range rapid.SliceOf(draw).Draw(t, "spans") {
			set.add(s)
			for m := s.from; m < s.until; m++ {
				model[m] = true
			}
		}
		for i := 1; i < len(set); i++ {
			if set[i-1].until >= set[i].from {
				t.Fatalf("%v is not sorted, or its spans touch", set)
			}
		}
		r := draw.Draw(t, "range")
		var there, gaps int64
		for m := r.from; m < r.until; m++ {
			if set.contains(m) != model[m] {
				t.Fatalf("%v contains %d: %v", set, m, !model[m])
			}
			if model[m] {
				there++
			}
		}
		for _, g := range set.missing(r) {
			gaps += g.until - g.from
		}
		if n := set.count(r); n != there || n+gaps != r.until-r.from {
			t.Fatalf("%v has %d and misses %d of %v, want %d", set, n, gaps, r, there)
		}
	})
}

// No pipeline outlasts the look-back by which a generated interval finds its runs.
func TestPipelinesEndWithinTheirSpan(t *testing.T) {
	f, err := NewFleet(Config{Jobs: 300})
	if err != nil {
		t.Fatal(err)
	}
	const week = 1_795_392_000
	longest := int64(0)
	var p pipeline
	for i := range f.datasets {
		d := &f.datasets[i]
		for slot := d.firstSlot(week); d.slotTime(slot) < week+28*day; slot++ {
			f.plan(d, slot, &p)
			for _, r := range p.runs {
				longest = max(longest, r.end()-d.slotTime(slot))
				if r.start < d.slotTime(slot) {
					t.Fatalf("%s starts before its slot", r.Job.Name)
				}
			}
		}
	}
	if longest >= maxSpan || longest < hour {
		t.Errorf("the longest pipeline lasts %d s, the look-back is %d s", longest, maxSpan)
	}
	if worst := int64(90 + 100*60 + layers*2*(maxReports*reportEvery+150)); worst > maxSpan {
		t.Errorf("a pipeline may last %d s, the look-back is %d s", worst, maxSpan)
	}
}

// Progress never falls and ends with everything, whatever the run.
func TestProgressIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job := Job{Executors: rapid.IntRange(1, maxExecutors).Draw(t, "executors"), AutoScaling: rapid.Bool().Draw(t, "auto")}
		n := rapid.IntRange(minReports, maxReports).Draw(t, "reports")
		r := Run{Job: &job, key: rapid.Uint64().Draw(t, "key"), planned: n, reports: n, records: 1e6, kept: 0.9}
		for k := 1; k <= n; k++ {
			if r.progress(k) < r.progress(k-1) || r.writing(k) < r.writing(k-1) {
				t.Fatalf("progress falls at report %d of %d", k, n)
			}
		}
		if read, written := r.Records(); read != 1e6 || written != 9e5 {
			t.Fatalf("%d read and %d written at the end", read, written)
		}
		for e := 1; e <= job.Executors; e++ {
			if after, last := r.window(e); after < 0 || last <= after || last > n {
				t.Fatalf("executor %d lives from %d to %d of %d", e, after, last, n)
			}
		}
	})
}

func TestNoiseIsEven(t *testing.T) {
	var sum, squares float64
	const n = 1 << 16
	s := source{key: 7}
	for range n {
		x := s.normal()
		sum += x
		squares += x * x
	}
	if mean, deviation := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.02 || math.Abs(deviation-1) > 0.02 {
		t.Errorf("normal draws have mean %v and deviation %v", mean, deviation)
	}
}
