package lake

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
	"limnograph/localdir"
	"limnograph/mem"
)

// batches is a source of rows, some at a time, in memory that it uses again.
type batches struct {
	rows []columns.Row
	some int
	out  []columns.Row
}

func (b *batches) Next() ([]columns.Row, error) {
	if len(b.rows) == 0 {
		return nil, io.EOF
	}
	n := min(b.some, len(b.rows))
	b.out = append(b.out[:0], b.rows[:n]...)
	b.rows = b.rows[n:]
	return b.out, nil
}

func mergeLayout(t testing.TB) *columns.Layout {
	t.Helper()
	s := limnograph.Schema{Table: "glue_metrics", Dimensions: []limnograph.PromotedDimension{{Name: "JobName", Column: "job_name"}, {Name: "JobRunId", Column: "job_run_id"}}}
	ids := map[string]int{}
	for _, c := range columns.ColumnsOf(s) {
		ids[c.Name] = c.ID
	}
	layout, err := columns.NewLayout(s, ids)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func metricOf(job, metric int, ts int64) *limnograph.Datapoint {
	return &limnograph.Datapoint{
		AccountID: "111122223333", Region: "eu-west-1", Namespace: "Glue", MetricName: "glue.driver.metric." + strconv.Itoa(metric), Unit: "Count",
		Dimensions: []limnograph.Dimension{{Name: "JobName", Value: fmt.Sprintf("load-orders-%04d", job)}, {Name: "JobRunId", Value: fmt.Sprintf("jr_%032d", job)}, {Name: "Type", Value: "gauge"}},
		Timestamp:  ts,
	}
}

// drawnRow makes the statement of a datapoint. Equal versions are the same statement.
func drawnRow(i *columns.Interner, job, minute int, version int64) columns.Row {
	dp := metricOf(job, 1, int64(minute)*minuteMillis)
	dp.Statistics = limnograph.StatisticSet{Reported: limnograph.ReportedSum | limnograph.ReportedSampleCount, Sum: float64(version), SampleCount: float64(version % 3)}
	return i.Row(dp, version)
}

// TestRowMerge compares the merge of any sources and updates with sorting and folding all statements at once.
func TestRowMerge(t *testing.T) {
	layout := mergeLayout(t)
	rapid.Check(t, func(rt *rapid.T) {
		draw := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) columns.Row {
			return drawnRow(layout.NewInterner(), rapid.IntRange(0, 3).Draw(rt, "job"), rapid.IntRange(0, 5).Draw(rt, "minute"), rapid.Int64Range(1, 9).Draw(rt, "version"))
		}), 0, 20)
		var sources []rowSource
		var all []columns.Row
		for range rapid.IntRange(0, 6).Draw(rt, "sources") {
			rows := draw.Draw(rt, "rows")
			layout.Sort(rows)
			all = append(all, rows...)
			sources = append(sources, &batches{rows: slices.Clone(rows), some: rapid.IntRange(1, 7).Draw(rt, "batch")})
		}
		given := draw.Draw(rt, "updates")
		updates := map[columns.Key]columns.Row{}
		addWinners(updates, given)
		want := wantMerged(layout, all, given)
		got := mergedRows(rt, layout, sources, updates, rapid.IntRange(1, 9).Draw(rt, "capacity"))
		if diff := slices.CompareFunc(got, want, compareContent); diff != 0 {
			rt.Fatalf("merged %v, want %v", got, want)
		}
	})
}

func compareContent(a, b columns.Row) int {
	return cmp.Compare(columns.Hash(&a), columns.Hash(&b))
}

// wantMerged says it again: the winner of each key that a source has, of all statements.
func wantMerged(layout *columns.Layout, all, updates []columns.Row) []columns.Row {
	have := map[columns.Key]columns.Row{}
	for _, r := range all {
		if old, ok := have[r.Key()]; !ok || Wins(&r, &old) {
			have[r.Key()] = r
		}
	}
	for _, r := range updates {
		if old, ok := have[r.Key()]; ok && Wins(&r, &old) {
			have[r.Key()] = r
		}
	}
	var want []columns.Row
	for _, r := range have {
		want = append(want, r)
	}
	layout.Sort(want)
	return want
}

func mergedRows(rt *rapid.T, layout *columns.Layout, sources []rowSource, updates map[columns.Key]columns.Row, capacity int) (all []columns.Row) {
	m, err := newRowMerge(layout, sources, updates)
	if err != nil {
		rt.Fatal(err)
	}
	for {
		rows, err := m.next(make([]columns.Row, 0, capacity))
		if err != nil {
			rt.Fatal(err)
		}
		if len(rows) == 0 {
			return all
		}
		all = append(all, rows...)
	}
}

// filesIn returns the files of a table in a store, for tests of single steps.
func filesIn(t testing.TB, objects Objects, layout *columns.Layout) *tableFiles {
	t.Helper()
	l, err := New(objects, nil, nil, nil, Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &tableFiles{lake: l, name: "glue_metrics", layout: layout}
}

// hourFile stores some minutes of an hour: one row for each minute of each metric of each job.
func (t *tableFiles) hourFile(tb testing.TB, jobs, metrics, from, to int) limnograph.DataFile {
	tb.Helper()
	intern := t.layout.NewInterner()
	var rows []columns.Row
	for job := range jobs {
		for metric := range metrics {
			dp := metricOf(job, metric, 0)
			for minute := from; minute < to; minute++ {
				dp.Timestamp = int64(minute) * minuteMillis
				v := float64((job*7919+metric*104729+minute*1299709)%1000003) / 8
				dp.Statistics = limnograph.StatisticSet{Reported: 15, Max: v, Min: v, Sum: v, SampleCount: 1}
				rows = append(rows, intern.Row(dp, int64(minute)<<24))
			}
		}
	}
	t.layout.Sort(rows)
	content, sum, err := t.encode(rows)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := t.putData(tb.Context(), span{}, content, sum)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestMergeFiles(t *testing.T) {
	files := filesIn(t, mem.New(), mergeLayout(t))
	var in []limnograph.DataFile
	for i := range 6 {
		in = append(in, files.hourFile(t, 40, 10, 10*i, 10*i+10))
	}
	made, merged, err := files.mergeFiles(t.Context(), span{hour: 0}, in, 3, nil)
	if err != nil || merged != 0 {
		t.Fatal(merged, err)
	}
	var all []columns.Row
	for _, f := range made {
		rows, err := files.readAll(t.Context(), f.Key)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(rows)) != f.Rows || f.Rows != 8000 {
			t.Errorf("a file of %d rows has %d, want 8000", f.Rows, len(rows))
		}
		all = append(all, rows...)
	}
	if len(made) != 3 || !slices.IsSortedFunc(all, func(a, b columns.Row) int { return files.layout.Compare(&a, &b) }) {
		t.Errorf("%d files, or rows out of order", len(made))
	}
	if len(Fold(all)) != 24_000 {
		t.Errorf("%d rows", len(all))
	}
}

// TestMergeFilesCancelled ends early, and returns what it has opened and written.
func TestMergeFilesCancelled(t *testing.T) {
	files := filesIn(t, mem.New(), mergeLayout(t))
	in := []limnograph.DataFile{files.hourFile(t, 2, 2, 0, 5), files.hourFile(t, 2, 2, 5, 9)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := files.mergeFiles(ctx, span{}, in, 1, nil); limnograph.ErrorCode(err) != limnograph.CodeTimeout {
		t.Errorf("error %v", err)
	}
}

// BenchmarkMergeFiles merges as many files of more than a row group as one task takes. peak-MB is the most heap in use, garbage included.
func BenchmarkMergeFiles(b *testing.B) {
	store, err := localdir.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	files := filesIn(b, store, mergeLayout(b))
	var in []limnograph.DataFile
	for i := range maxInputs / 2 {
		in = append(in, files.hourFile(b, 200, 100, 5*i, 5*i+5))
	}
	runtime.GC()
	b.ResetTimer()
	peak, cpu := newPeak(), cpuSeconds()
	for range b.N {
		if _, _, err := files.mergeFiles(b.Context(), span{}, in, 2, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(peak.end())/(1<<20), "peak-MB")
	b.ReportMetric(float64(rowsOf(in))*float64(b.N)/(cpuSeconds()-cpu), "rows/cpu-s")
	b.ReportMetric(float64(sizeOf(in))/float64(rowsOf(in)), "B/row-in")
}

// cpuSeconds returns the processor time of the process: the wall clock counts what else runs.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// peak samples the heap.
type peak struct {
	stop chan struct{}
	max  chan uint64
}

func newPeak() *peak {
	p := &peak{make(chan struct{}), make(chan uint64)}
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-p.stop:
				p.max <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return p
}

func (p *peak) end() uint64 {
	close(p.stop)
	return <-p.max
}
