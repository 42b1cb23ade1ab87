package panel_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/panel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	recordsMetric   = "glue.driver.aggregate.recordsRead"
	executorsMetric = "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"
	writtenMetric   = "glue.driver.recordsWritten"
)

// smallLake has a run that succeeds and reports everything, a run that fails, and a job that reports only totals.
func smallLake(t *testing.T) *lake {
	t.Helper()
	l := &lake{}
	start := noon.Add(-time.Hour)
	for i := range 5 {
		at := start.Add(time.Duration(i) * time.Minute)
		for _, run := range []string{"jr_a", "ALL"} {
			l.delta(at, recordsMetric, "orders-raw-to-staged", run, 100)
			l.gauge(at, executorsMetric, "orders-raw-to-staged", run, float64(2+i))
			l.gauge(at, "glue.ALL.system.cpuSystemLoad", "orders-raw-to-staged", run, 0.1*float64(i))
			l.gauge(at, "glue.driver.system.cpuSystemLoad", "orders-raw-to-staged", run, 0.9)
			l.gauge(at, "glue.driver.jvm.heap.usage", "orders-raw-to-staged", run, 0.3)
			l.gauge(at, "glue.7.jvm.heap.usage", "orders-raw-to-staged", run, 0.8)
			for sink, n := range map[string]float64{"s3://a": 10, "s3://b": 5, "ALL": 14} {
				l.gauge(at, writtenMetric, "orders-raw-to-staged", run, n*float64(i+1), "Sink", sink, "ObservabilityGroup", "throughput")
			}
		}
	}
	l.delta(start.Add(4*time.Minute), "glue.succeed.ALL", "orders-raw-to-staged", "jr_a", 1, "ObservabilityGroup", "error")
	l.delta(start.Add(4*time.Minute), "glue.error.ALL", "orders-raw-to-staged", "jr_a", 0, "ObservabilityGroup", "error")

	// Delivered once more, and restated by a statement with more samples.
	l.lines = append(l.lines, l.lines[0])
	l.point(start, recordsMetric, "orders-raw-to-staged", "jr_a", 103, 3, 103)

	for i := range 3 {
		at := start.Add(time.Duration(10+i) * time.Minute)
		l.gauge(at, executorsMetric, "sales-dq", "jr_b", 4)
		l.gauge(at, writtenMetric, "sales-dq", "jr_b", float64(10*(i+1)), "Sink", "s3://a")
		l.gauge(at, writtenMetric, "sales-dq", "jr_b", float64(i+1), "Sink", "s3://b")
	}
	end := start.Add(12 * time.Minute)
	l.delta(end, "glue.error.ALL", "sales-dq", "jr_b", 1)
	l.delta(end, "glue.error.OUT_OF_MEMORY_ERROR", "sales-dq", "jr_b", 1)
	l.delta(end, "glue.error.S3_ERROR", "sales-dq", "jr_b", 0)

	l.delta(noon.Add(-2*time.Minute), recordsMetric, "only-total", "ALL", 77)
	l.delta(noon.Add(-30*time.Hour), recordsMetric, "long-ago", "jr_z", 1)
	l.open(t)
	return l
}

// ask reads a panel whose parameters from and to are its range.
func ask[T any](t testing.TB, l *lake, name string, params map[string]any, read func(limnograph.Rows) ([]T, error)) []T {
	t.Helper()
	span := limnograph.TimeRange{From: params["from"].(time.Time), To: params["to"].(time.Time)}
	if l.from == panel.Curated && name != panel.RunSeries {
		span.From = span.From.Add(-panel.MaxRun)
	}
	return askIn(t, l, name, params, span, read)
}

func askIn[T any](t testing.TB, l *lake, name string, params map[string]any, span limnograph.TimeRange, read func(limnograph.Rows) ([]T, error)) []T {
	t.Helper()
	panels, err := panel.Builtin(l.from)
	if err != nil {
		t.Fatal(err)
	}
	q, err := panels[name].Query(params, span)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.engine.Query(t.Context(), limnograph.Principal{Name: "test", Admin: true}, q)
	if err != nil {
		t.Fatal(err)
	}
	checkColumns(t, panels[name], rows)
	out, err := read(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// The result has the columns that the panel's header promises.
func checkColumns(t testing.TB, p panel.Panel, rows limnograph.Rows) {
	t.Helper()
	if diff := cmp.Diff(p.Columns, rows.Columns()); diff != "" {
		t.Errorf("columns of panel %s (-header +engine):\n%s", p.Name, diff)
	}
}

func TestRunsOfDatapoints(t *testing.T) {
	l := smallLake(t).reading(panel.Flat)
	start := noon.Add(-time.Hour)
	base := panel.RunRow{AccountID: "111122223333", Region: "eu-west-1"}
	orders, sales, only := base, base, base
	orders.JobName, orders.RunID, orders.First, orders.Last = "orders-raw-to-staged", "jr_a", start, start.Add(4*time.Minute)
	orders.RecordsRead, orders.RecordsWritten = ptr(int64(503)), ptr(int64(70))
	orders.ExecutorsNow, orders.ExecutorsMax, orders.CPU, orders.Heap = ptr(6.0), ptr(6.0), ptr(0.4), ptr(0.3)
	orders.Outcome = limnograph.RunSucceeded
	twin := orders
	twin.RunID, twin.Total, twin.Outcome, twin.RecordsRead = "ALL", true, "", ptr(int64(500))
	sales.JobName, sales.RunID, sales.First, sales.Last = "sales-dq", "jr_b", start.Add(10*time.Minute), start.Add(12*time.Minute)
	sales.RecordsWritten, sales.ExecutorsNow, sales.ExecutorsMax = ptr(int64(33)), ptr(4.0), ptr(4.0)
	sales.Outcome, sales.ErrorCategory = limnograph.RunFailed, "OUT_OF_MEMORY_ERROR"
	only.JobName, only.RunID, only.Total, only.RecordsRead = "only-total", "ALL", true, ptr(int64(77))
	only.First, only.Last = noon.Add(-2*time.Minute), noon.Add(-2*time.Minute)
	want := map[string]panel.RunRow{
		"orders-raw-to-staged/jr_a": orders, "orders-raw-to-staged/ALL": twin, "sales-dq/jr_b": sales, "only-total/ALL": only,
	}
	if diff := cmp.Diff(want, runsOf(t, l)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

// runsOf reads the panel Runs over the last day, by job and run.
func runsOf(t *testing.T, l *lake) map[string]panel.RunRow {
	t.Helper()
	m := day()
	got := make(map[string]panel.RunRow)
	for _, r := range ask(t, l, panel.Runs, map[string]any{"from": m.ReadFrom, "to": m.To}, panel.ReadRuns) {
		got[r.JobName+"/"+r.RunID] = r
	}
	return got
}

// Run records are one row a run, without twins and without what ended before.
func TestRunsOfRecords(t *testing.T) {
	l := smallLake(t).reading(panel.Curated)
	start := noon.Add(-time.Hour)
	orders := panel.RunRow{
		AccountID: "111122223333", Region: "eu-west-1", JobName: "orders-raw-to-staged", RunID: "jr_a", Begins: start,
		State: limnograph.RunUnknown, Outcome: limnograph.RunSucceeded, First: start, Last: start.Add(4 * time.Minute),
		RecordsRead: ptr(int64(503)), RecordsWritten: ptr(int64(70)), RecordsSource: "aggregate",
		ExecutorsNow: ptr(4.0), ExecutorsActive: ptr(4.0), ExecutorsMax: ptr(6.0), CPU: ptr(0.2), Heap: ptr(0.3),
		SeenIn: "metrics",
	}
	sales := panel.RunRow{
		AccountID: "111122223333", Region: "eu-west-1", JobName: "sales-dq", RunID: "jr_b", Begins: start.Add(10 * time.Minute),
		State: limnograph.RunUnknown, Outcome: limnograph.RunFailed, First: start.Add(10 * time.Minute), Last: start.Add(12 * time.Minute),
		RecordsWritten: ptr(int64(33)), RecordsSource: "observability", RecordsReason: "records read are not reported",
		ExecutorsNow: ptr(4.0), ExecutorsActive: ptr(4.0), ExecutorsMax: ptr(4.0),
		ErrorCategory: "OUT_OF_MEMORY_ERROR", SeenIn: "metrics",
	}
	want := map[string]panel.RunRow{"orders-raw-to-staged/jr_a": orders, "sales-dq/jr_b": sales}
	if diff := cmp.Diff(want, runsOf(t, l), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestLoadOfDatapoints(t *testing.T) {
	l, from := smallLake(t).reading(panel.Flat), noon.Add(-time.Hour)
	rows := ask(t, l, panel.Load, map[string]any{"from": from, "to": noon, "step": int64(300)}, panel.ReadLoad)
	expectLoad(t, panel.BuildLoad(rows, from, noon, 5*time.Minute, panel.Filter{}))
}

func TestLoadOfRecords(t *testing.T) {
	l, from := smallLake(t).reading(panel.Curated), noon.Add(-time.Hour)
	runs := ask(t, l, panel.Load, map[string]any{"from": from, "to": noon}, panel.ReadLoadRuns)
	rows := panel.SpreadLoad(runs, from, noon, 5*time.Minute)
	expectLoad(t, panel.BuildLoad(rows, from, noon, 5*time.Minute, panel.Filter{}))
}

func expectLoad(t *testing.T, got panel.LoadSeries) {
	t.Helper()
	if *got.Executors[0] != 4 || got.Executors[1] != nil || *got.Executors[2] != 4 || *got.RecordsRead[0] != 503 || got.RecordsRead[2] != nil || *got.Runs[0] != 1 {
		t.Errorf("load %v, %v, %v", got.Executors[:3], got.RecordsRead[:3], got.Runs[:3])
	}
}

func TestRunSeriesPanelOnDuckDB(t *testing.T) { onEachSource(t, smallLake(t), testRunSeries) }

func testRunSeries(t *testing.T, l *lake) {
	rows := ask(t, l, panel.RunSeries, map[string]any{
		"from": noon.Add(-24 * time.Hour), "to": noon, "account": "111122223333", "job": "orders-raw-to-staged", "run": "jr_a",
	}, panel.ReadRunSeries)
	got, err := panel.BuildRunDetail(rows, nil, "111122223333", "orders-raw-to-staged", "jr_a")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.CPU) != 5 || *got.CPU[1] != 0.1 || *got.Heap[0] != 0.3 || *got.Executors[4] != 6 || *got.RecordsRead[0] != 103 || got.Region != "eu-west-1" {
		t.Errorf("detail %+v", got)
	}
}
