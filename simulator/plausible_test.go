package simulator_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// whole reads all datapoints of one run by metric and time. Source and sink are those of ALL.
func whole(t *testing.T, f *simulator.Fleet, r simulator.Run) map[string]map[int64]point {
	t.Helper()
	out := map[string]map[int64]point{}
	for _, p := range points(t, f, limnograph.TimeRange{From: r.Start().Truncate(time.Minute), To: r.End().Add(time.Minute)}) {
		d := p.Dimensions
		if p.run() != r.ID || d["Source"] != "" && d["Source"] != "ALL" || d["Sink"] != "" && d["Sink"] != "ALL" {
			continue
		}
		if out[p.Metric] == nil {
			out[p.Metric] = map[int64]point{}
		}
		out[p.Metric][p.Timestamp] = p
	}
	return out
}

func sumOf(series map[int64]point) (sum float64) {
	for _, p := range series {
		sum += p.Value["sum"]
	}
	return sum
}

func maxOf(series map[int64]point) (most float64) {
	for _, p := range series {
		most = max(most, p.Value["max"])
	}
	return most
}

// pick finds the first run with the wanted property in the first days.
func pick(t *testing.T, f *simulator.Fleet, wanted func(simulator.Run, map[simulator.Incident]bool) bool) simulator.Run {
	t.Helper()
	until := monday().AddDate(0, 0, 3)
	kinds := map[string]map[simulator.Incident]bool{}
	for _, h := range f.Happenings(monday(), until) {
		if kinds[h.RunID] == nil {
			kinds[h.RunID] = map[simulator.Incident]bool{}
		}
		kinds[h.RunID][h.Kind] = true
	}
	for _, r := range f.Runs(monday().Add(time.Hour), until) {
		if wanted(r, kinds[r.ID]) {
			return r
		}
	}
	t.Fatal("no such run")
	return simulator.Run{}
}

func TestRunAddsUp(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	executor := regexp.MustCompile(`^glue\.[0-9]+\.s3\.filesystem\.read_bytes$`)
	for name, wanted := range map[string]func(simulator.Run, map[simulator.Incident]bool) bool{
		"Fixed":   func(r simulator.Run, _ map[simulator.Incident]bool) bool { return !r.Failed && r.Job.ReportsWritten },
		"Scaling": func(r simulator.Run, _ map[simulator.Incident]bool) bool { return !r.Failed && r.Job.AutoScaling },
		"Failed":  func(r simulator.Run, _ map[simulator.Incident]bool) bool { return r.Failed && r.Job.Observability },
	} {
		t.Run(name, func(t *testing.T) {
			r := pick(t, f, wanted)
			m := whole(t, f, r)
			read, written := r.Records()
			if got := sumOf(m["glue.driver.aggregate.recordsRead"]); int64(got) != read || read == 0 {
				t.Errorf("deltas of recordsRead add up to %v, the run read %d", got, read)
			}
			if got := maxOf(m["glue.driver.recordsRead"]); r.Job.Observability && int64(got) != read {
				t.Errorf("recordsRead of ALL sources ends at %v, the run read %d", got, read)
			}
			if got := maxOf(m["glue.driver.recordsWritten"]); r.Job.ReportsWritten && int64(got) != written {
				t.Errorf("recordsWritten of ALL sinks ends at %v, the run wrote %d", got, written)
			}
			parts := 0.0
			for metric, series := range m {
				if executor.MatchString(metric) {
					parts += sumOf(series)
				}
			}
			if all := sumOf(m["glue.ALL.s3.filesystem.read_bytes"]); all != parts || all == 0 {
				t.Errorf("executors read %v bytes, ALL of them %v", parts, all)
			}
			elapsed := r.End().Sub(r.Start()).Milliseconds()
			if got := sumOf(m["glue.driver.aggregate.elapsedTime"]); int64(got) != elapsed {
				t.Errorf("elapsedTime adds up to %v of %d ms", got, elapsed)
			}
			checkCrew(t, m)
			checkOutcome(t, r, m)
		})
	}
}

// checkCrew compares the number of executors with the executors that report.
func checkCrew(t *testing.T, m map[string]map[int64]point) {
	t.Helper()
	heap := regexp.MustCompile(`^glue\.[0-9]+\.jvm\.heap\.usage$`)
	reports := map[int64]float64{}
	for metric, series := range m {
		if heap.MatchString(metric) {
			for at, p := range series {
				reports[at] += p.Value["count"]
			}
		}
	}
	for at, p := range m["glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"] {
		if p.Value["sum"] != reports[at] {
			t.Errorf("%v: %v executor reports, numberAllExecutors says %v", p.time(), reports[at], p.Value["sum"])
		}
	}
}

func checkOutcome(t *testing.T, r simulator.Run, m map[string]map[int64]point) {
	t.Helper()
	succeeded, failed, categories := sumOf(m["glue.succeed.ALL"]), sumOf(m["glue.error.ALL"]), 0.0
	for metric, series := range m {
		if strings.HasPrefix(metric, "glue.error.") && metric != "glue.error.ALL" {
			categories += sumOf(series)
		}
	}
	want := [3]float64{}
	switch {
	case !r.Job.Observability:
	case r.Failed:
		want = [3]float64{0, 1, 1}
	default:
		want[0] = 1
	}
	if got := [3]float64{succeeded, failed, categories}; got != want {
		t.Errorf("succeeded, failed, categories: %v, want %v", got, want)
	}
}

// An incident shows in the metrics that a person would look at.
func TestIncidentsShow(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	observed := func(kind simulator.Incident) func(simulator.Run, map[simulator.Incident]bool) bool {
		return func(r simulator.Run, kinds map[simulator.Incident]bool) bool {
			return kinds[kind] && len(kinds) == 1 && r.Job.Observability && r.End().Sub(r.Start()) > 3*time.Minute
		}
	}
	t.Run("Skew", func(t *testing.T) {
		m := whole(t, f, pick(t, f, observed(simulator.IncidentSkew)))
		first, second := sumOf(m["glue.1.s3.filesystem.read_bytes"]), sumOf(m["glue.2.s3.filesystem.read_bytes"])
		if skew := maxOf(m["glue.driver.skewness.job"]); skew < 1 || first < 3*second {
			t.Errorf("skewness %v, bytes of the first executor %v, of the second %v", skew, first, second)
		}
	})
	t.Run("MemoryPressure", func(t *testing.T) {
		m := whole(t, f, pick(t, f, observed(simulator.IncidentMemoryPressure)))
		if heap := maxOf(m["glue.ALL.jvm.heap.usage"]); heap < 0.9 {
			t.Errorf("heap usage never passes %v", heap)
		}
	})
	t.Run("SlowRun", func(t *testing.T) {
		slow := pick(t, f, observed(simulator.IncidentSlow))
		typical := pick(t, f, func(r simulator.Run, kinds map[simulator.Incident]bool) bool {
			return r.Job == slow.Job && kinds == nil
		})
		if a, b := slow.End().Sub(slow.Start()), typical.End().Sub(typical.Start()); a < b*3/2 {
			t.Errorf("the slow run took %v, a typical one %v", a, b)
		}
	})
	t.Run("RecordDrop", func(t *testing.T) {
		drop := pick(t, f, func(_ simulator.Run, kinds map[simulator.Incident]bool) bool { return kinds[simulator.IncidentDrop] })
		typical := pick(t, f, func(r simulator.Run, kinds map[simulator.Incident]bool) bool {
			return r.Job == drop.Job && kinds == nil
		})
		few, _ := drop.Records()
		if many, _ := typical.Records(); few*3 > many {
			t.Errorf("the run read %d records, a typical one %d", few, many)
		}
	})
}
