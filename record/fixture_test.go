package record_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/record"
)

// start is when the runs of these tests start.
func start() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }

func after(seconds int) time.Time { return start().Add(time.Duration(seconds) * time.Second) }

func to[T any](v T) *T { return &v }

func runKey() limnograph.RunKey {
	return limnograph.RunKey{
		JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: "orders-raw-to-staged"},
		RunID:  "jr_1",
	}
}

// answer is one of the API, as of that many seconds after the start.
func answer(state limnograph.RunState, seconds int) limnograph.JobRun {
	return limnograph.JobRun{
		RunKey: runKey(), Source: limnograph.FromAPI, State: state, ObservedAt: after(seconds), ModifiedAt: after(seconds), StartedAt: start(),
	}
}

// ended is an answer about a run that ended then.
func ended(state limnograph.RunState, seconds int) limnograph.JobRun {
	r := answer(state, seconds)
	r.CompletedAt, r.ObservedAt = after(seconds), after(seconds+30)
	return r
}

func event(state limnograph.RunState, seconds int) limnograph.JobRun {
	return limnograph.JobRun{RunKey: runKey(), Source: limnograph.FromEvent, State: state, ObservedAt: after(seconds)}
}

// merged merges statements in this order, each at the next position.
func merged(t *testing.T, runs ...limnograph.JobRun) *record.Row {
	t.Helper()
	table := record.Runs()
	var row *record.Row
	for i, r := range runs {
		row = table.Merge(row, parsed(t, table, record.EncodeRun(r), int64(i)))
	}
	return row
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func parsed(t fataler, table *record.Table, line []byte, position int64) record.Statement {
	t.Helper()
	s, err := table.Parse(line, position)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return s
}

// require compares columns of a row.
func require(t *testing.T, row *record.Row, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if at, ok := value.(time.Time); ok {
			value = at.UnixMilli()
		}
		if n, ok := value.(int); ok {
			value = int64(n)
		}
		if got := row.Value(name); got != value {
			t.Errorf("%s is %v (%T), want %v (%T)", name, got, got, value, value)
		}
	}
}

// drawRun draws a statement about one of two runs. Times and values are few, so that they collide.
func drawRun(t *rapid.T) limnograph.JobRun {
	r := limnograph.JobRun{
		RunKey:     runKey(),
		Source:     rapid.SampledFrom([]limnograph.RunSource{limnograph.FromAPI, limnograph.FromEvent}).Draw(t, "source"),
		ObservedAt: drawTime(t, "observed"),
		State: rapid.SampledFrom([]limnograph.RunState{
			limnograph.RunWaiting, limnograph.RunStarting, limnograph.RunRunning, limnograph.RunSucceeded, limnograph.RunFailed, "PAUSED",
		}).Draw(t, "state"),
	}
	maybe(t, func() { r.ModifiedAt = drawTime(t, "modified") })
	maybe(t, func() { r.StartedAt = drawTime(t, "started") })
	maybe(t, func() { r.CompletedAt = drawTime(t, "completed") })
	maybe(t, func() { r.ExecutionS = to(rapid.Int64Range(0, 2).Draw(t, "execution")) })
	maybe(t, func() { r.DPUSeconds = to(rapid.SampledFrom([]float64{0, 2.5}).Draw(t, "dpu")) })
	maybe(t, func() { r.Workers = to(rapid.Int64Range(1, 2).Draw(t, "workers")) })
	maybe(t, func() { r.WorkerType = rapid.SampledFrom([]string{"G.1X", "G.2X"}).Draw(t, "type") })
	maybe(t, func() { r.AutoScaling = to(rapid.Bool().Draw(t, "scaling")) })
	maybe(t, func() { r.ErrorCategory = rapid.SampledFrom([]string{"S3_ERROR", "QUERY_ERROR"}).Draw(t, "category") })
	maybe(t, func() {
		r.Arguments = map[string]string{"--day": rapid.SampledFrom([]string{"1", "\"ü\n"}).Draw(t, "argument")}
	})
	return r
}

func maybe(t *rapid.T, f func()) {
	if rapid.Bool().Draw(t, "reported") {
		f()
	}
}

func drawTime(t *rapid.T, name string) time.Time {
	return after(rapid.IntRange(0, 4).Draw(t, name))
}

func drawMetrics(t *rapid.T) limnograph.RunMetrics {
	m := limnograph.RunMetrics{RunKey: runKey()}
	maybe(t, func() { m.First = drawTime(t, "first") })
	maybe(t, func() { m.Last = drawTime(t, "last") })
	maybe(t, func() { m.RecordsIn = to(rapid.Int64Range(0, 2).Draw(t, "in")) })
	maybe(t, func() { m.PeakHeap = to(rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "heap")) })
	maybe(t, func() {
		m.ErrorCategory = rapid.SampledFrom([]string{"S3_ERROR", "TIMEOUT_ERROR"}).Draw(t, "metric category")
	})
	maybe(t, func() {
		m.State = rapid.SampledFrom([]limnograph.RunState{limnograph.RunFailed, limnograph.RunRunning}).Draw(t, "metric state")
	})
	return m
}

func drawJob(t *rapid.T) limnograph.Job {
	j := limnograph.Job{JobKey: runKey().JobKey, ObservedAt: drawTime(t, "observed"), Exists: rapid.Bool().Draw(t, "exists")}
	maybe(t, func() { j.ModifiedAt = drawTime(t, "modified") })
	maybe(t, func() { j.GlueVersion = rapid.SampledFrom([]string{"4.0", "5.0"}).Draw(t, "version") })
	maybe(t, func() { j.Tags = map[string]string{"team": rapid.SampledFrom([]string{"a", "b"}).Draw(t, "tag")} })
	return j
}

// drawLines draws lines of a table about one thing.
func drawLines(t *rapid.T, table *record.Table) (lines [][]byte) {
	for range rapid.IntRange(1, 6).Draw(t, "statements") {
		switch table.Schema().Table {
		case limnograph.RunsTable:
			lines = append(lines, record.EncodeRun(drawRun(t)))
		case limnograph.JobsTable:
			lines = append(lines, record.EncodeJob(drawJob(t)))
		default:
			r := drawRun(t)
			r.ErrorMessage = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "message")
			lines = append(lines, record.EncodeRunError(r))
		}
	}
	return lines
}

func tables() []*record.Table {
	var all []*record.Table
	for _, name := range limnograph.RecordTables() {
		all = append(all, record.TableOf(name))
	}
	return all
}

// each runs a test for each table.
func each(t *testing.T, test func(t *rapid.T, table *record.Table)) {
	for _, table := range tables() {
		t.Run(table.Schema().Table, rapid.MakeCheck(func(t *rapid.T) { test(t, table) }))
	}
}

func textOf(values []any) string { return fmt.Sprintf("%#v", values) }
