package panel_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limnograph"
	"limnograph/panel"
)

// rollUpLake has runs that report in different ways, at and after 11:00.
func rollUpLake(t *testing.T) *lake {
	t.Helper()
	l, at := &lake{}, noon.Add(-time.Hour)
	for i := range 3 { // running totals
		minute, n := at.Add(time.Duration(i)*time.Minute), float64(i+1)
		l.gauge(minute, "glue.driver.recordsRead", "places", "jr_twin", 10*n, "Source", "a")
		l.gauge(minute, "glue.driver.recordsRead", "places", "jr_twin", 5*n, "Source", "b")
		l.gauge(minute, "glue.driver.recordsRead", "places", "jr_twin", 14*n, "Source", "ALL")
		l.gauge(minute, "glue.driver.bytesRead", "places", "jr_parts", 10*n, "Source", "a")
		l.gauge(minute, "glue.driver.bytesRead", "places", "jr_parts", 5*n, "Source", "b")
		l.gauge(minute, "glue.driver.bytesWrittten", "places", "jr_parts", 7*n, "Sink", "a")
		l.gauge(minute, "glue.driver.bytesWrittten", "places", "jr_parts", 8*n, "Sink", "b")
		for _, run := range []string{"jr_classic", "ALL"} {
			l.delta(minute, recordsMetric, "classic", run, 100)
			l.gauge(minute, "glue.driver.recordsRead", "classic", run, 7*n, "Source", "ALL")
			l.delta(minute, "glue.driver.aggregate.bytesRead", "classic", run, 1000)
			l.delta(minute, "glue.driver.aggregate.shuffleBytesWritten", "classic", run, 50)
			l.gauge(minute, executorsMetric, "classic", run, 2*n)
			l.gauge(minute, "glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors", "classic", run, 9)
			l.gauge(minute, "glue.ALL.jvm.heap.usage", "classic", run, 0.2*n)
			l.gauge(minute, "glue.driver.jvm.heap.usage", "classic", run, 0.9)
			l.gauge(minute, "glue.driver.system.cpuSystemLoad", "classic", run, 0.1*n)
			l.gauge(minute, "glue.driver.skewness.stage", "classic", run, n)
		}
	}
	l.delta(at.Add(2*time.Minute), "glue.error.ALL", "classic", "jr_classic", 1)
	l.delta(at.Add(2*time.Minute), "glue.error.THROTTLING_ERROR", "classic", "jr_classic", 1)
	l.delta(at.Add(2*time.Minute), "glue.succeed.ALL", "places", "jr_twin", 1)
	for _, unit := range []float64{1, 1} { // published twice
		l.point(at.Add(20*time.Minute), "glue.run.status", "shell", "jr_published", unit, unit, unit, "State", "TIMEOUT")
		l.point(at.Add(20*time.Minute), "glue.run.duration", "shell", "jr_published", 300*unit, unit, 300)
	}
	l.open(t)
	return l
}

func TestRunMetrics(t *testing.T) {
	l, at := rollUpLake(t), noon.Add(-time.Hour)
	key := func(job, run string) limnograph.RunKey {
		return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: job}, RunID: run}
	}
	last := at.Add(2 * time.Minute)
	want := []limnograph.RunMetrics{
		{
			RunKey: key("classic", "jr_classic"), First: at, Last: last, RecordsIn: ptr(int64(300)), RecordsSource: "aggregate", BytesIn: ptr(int64(3000)),
			PeakHeap: ptr(0.6), CPU: ptr(0.2), ExecutorsNeeded: ptr(9.0), ExecutorsActive: ptr(4.0), ExecutorsMax: ptr(6.0), Skew: ptr(3.0),
			ShuffleBytes: ptr(int64(150)), Outcome: limnograph.RunFailed, ErrorCategory: "THROTTLING_ERROR",
		},
		{RunKey: key("places", "jr_parts"), First: at, Last: last, BytesIn: ptr(int64(45)), BytesOut: ptr(int64(45))},
		{
			RunKey: key("places", "jr_twin"), First: at, Last: last, RecordsIn: ptr(int64(42)), RecordsSource: "observability",
			Outcome: limnograph.RunSucceeded,
		},
		{RunKey: key("shell", "jr_published"), Last: at.Add(20 * time.Minute), State: limnograph.RunTimeout, DurationS: ptr(300.0)},
	}
	sorted := cmpopts.SortSlices(func(a, b limnograph.RunMetrics) bool { return a.JobName+a.RunID < b.JobName+b.RunID })
	if diff := cmp.Diff(want, l.rollUp(t, at, noon), sorted, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("all runs (-want +got):\n%s", diff)
	}
	// A span in the middle of a run gives its whole, from its first datapoint on.
	if diff := cmp.Diff(want[:3], l.rollUp(t, at.Add(time.Minute), at.Add(2*time.Minute)), sorted, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("runs of one minute (-want +got):\n%s", diff)
	}
	if none := l.rollUp(t, at.Add(-time.Hour), at); none != nil {
		t.Errorf("runs of an hour without datapoints: %+v", none)
	}
}

// A deployment that has only the custom metrics shows state and duration, from run records and from datapoints alike.
func TestOnlyCustomMetrics(t *testing.T) {
	onEachSource(t, rollUpLake(t), func(t *testing.T, l *lake) {
		m := day()
		rows := ask(t, l, panel.Runs, map[string]any{"from": m.ReadFrom, "to": m.To}, panel.ReadRuns)
		got := job(t, fleet(t, rows, m), "shell")
		end := noon.Add(-time.Hour + 21*time.Minute)
		if len(got.Runs) != 1 {
			t.Fatalf("%d runs", len(got.Runs))
		}
		r := got.Runs[0]
		if r.State != "TIMEOUT" || r.Phase != panel.Failed || r.ByMetrics || r.DurationS != 300 || !r.End.Equal(end) || !r.Start.Equal(end.Add(-5*time.Minute)) {
			t.Errorf("run %+v", r)
		}
	})
}

// A run is open until Glue tells its end, and as long as Glue was not asked.
func TestOpenRuns(t *testing.T) {
	l := &lake{}
	at := noon.Add(-time.Hour)
	said := func(run string, source limnograph.RunSource, s limnograph.RunState) limnograph.JobRun {
		return limnograph.JobRun{
			RunKey: limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: "j"}, RunID: run},
			Source: source, State: s, ObservedAt: at, StartedAt: at, TimeoutMin: ptr(int64(60)),
		}
	}
	l.runs = []limnograph.JobRun{
		said("jr_running", limnograph.FromAPI, limnograph.RunRunning), said("jr_done", limnograph.FromAPI, limnograph.RunSucceeded),
		said("jr_event", limnograph.FromEvent, limnograph.RunFailed), said("jr_new_state", limnograph.FromAPI, "HELD_BACK"),
	}
	l.delta(at, recordsMetric, "j", "jr_measured", 1)
	l.open(t)
	l = l.reading(panel.Curated)
	open := askIn(t, l, panel.OpenRuns, map[string]any{"since": at.Add(-time.Hour)}, limnograph.TimeRange{From: at.Add(-time.Hour), To: noon}, panel.ReadOpenRuns)
	got := make(map[string]string)
	for _, r := range open {
		got[r.RunID] = string(r.State) + " " + r.SeenIn
		if r.RunID == "jr_running" && (r.TimeoutMin != 60 || !r.Begins.Equal(at) || !r.Observed.Equal(at)) {
			t.Errorf("row %+v", r)
		}
	}
	want := map[string]string{
		"jr_running": "RUNNING api", "jr_event": "FAILED event", "jr_new_state": "HELD_BACK api", "jr_measured": "UNKNOWN metrics",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open runs (-want +got):\n%s", diff)
	}
}

// The inventory, and what the runs of its jobs were in all.
func TestJobsOnDuckDB(t *testing.T) {
	l := smallLake(t)
	key := limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: "orders-raw-to-staged"}
	gone := key
	gone.JobName = "gone"
	l.jobs = []limnograph.Job{
		{JobKey: key, ObservedAt: noon, Exists: true, Type: "glueetl", GlueVersion: "5.0", Workers: ptr(int64(4)), Metrics: ptr(true), Tags: map[string]string{"team": "lake"}},
		{JobKey: gone, ObservedAt: noon.Add(-time.Hour), Exists: true, Type: "pythonshell"},
		{JobKey: gone, ObservedAt: noon},
	}
	l.record(t)
	l = l.reading(panel.Curated)
	jobs := askIn(t, l, panel.Jobs, nil, limnograph.TimeRange{}, panel.ReadJobs)
	span := limnograph.TimeRange{From: noon.Add(-panel.PastSpan), To: noon}
	past := askIn(t, l, panel.JobPast, map[string]any{"from": span.From, "to": span.To}, span, panel.ReadJobPast)
	got, err := panel.BuildInventory(jobs, past, panel.Filter{}, panel.Page{})
	if err != nil || len(got.Jobs) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	deleted, alive := got.Jobs[0], got.Jobs[1]
	if !deleted.Deleted || !deleted.DeletedAt.Equal(noon) || *deleted.JobType != "pythonshell" {
		t.Errorf("deleted job %+v", deleted)
	}
	if alive.Deleted || alive.Runs != 1 || alive.Silence != nil || *alive.Workers != 4 || alive.Tags["team"] != "lake" || !*alive.Metrics {
		t.Errorf("job %+v", alive)
	}
}
