package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/panel"
)

func answerWith(rows ...[]any) func(limnograph.Query) (limnograph.Rows, error) {
	return func(limnograph.Query) (limnograph.Rows, error) {
		width := 0
		if len(rows) > 0 {
			width = len(rows[0])
		}
		return &table{columns: make([]limnograph.Column, width), rows: rows}, nil
	}
}

// jobRow is a job of the inventory, whose metrics are on or off.
func jobRow(name, kind string, metrics bool) []any {
	row := make([]any, 22)
	row[0], row[1], row[2], row[3], row[4] = "111122223333", "eu-west-1", name, kind, "5.0"
	row[13], row[14], row[15], row[20] = metrics, false, `{"team":"lake"}`, true
	return row
}

// withRecords is a server over run records: one run that waited and ran, and an inventory with a job that never did.
func withRecords(t *testing.T) *fixture {
	t.Helper()
	f, _ := startCurated(t, curatedSet(1, noon, nil))
	begin := noon.Add(-time.Hour)
	run := recorded(runRow("sales-dq", "jr_1", begin.Add(time.Minute), begin.Add(2*time.Minute)), "TIMEOUT", begin, begin.Add(110*time.Second))
	f.engine.answer("runs", answerWith(run))
	f.engine.answer("run", answerWith(run))
	f.engine.answer("jobs", answerWith(jobRow("sales-dq", "glueetl", true), jobRow("housekeeping", "pythonshell", false)))
	f.engine.answer("job_past", answerWith([]any{"111122223333", "eu-west-1", "sales-dq", int64(9), int64(8), int64(9), begin}))
	f.engine.answer("run_series", func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: make([]limnograph.Column, 8)}, nil
	})
	return f
}

// The page shows what Glue says of a run, and jobs that never ran.
func TestFleetOfRecords(t *testing.T) {
	f := withRecords(t)
	got := decode[panel.Fleet](t, f.do(t, call{path: "/api/v1/fleet"}).body)
	if len(got.Jobs) != 2 || len(got.Jobs[0].Runs) != 1 {
		t.Fatalf("jobs %+v", got.Jobs)
	}
	r, quiet := got.Jobs[0].Runs[0], got.Jobs[1]
	if r.State != "TIMEOUT" || r.Phase != panel.Failed || r.ByMetrics || *r.LeadS != 50 || r.DurationS != 60 || *r.Attempt != 1 {
		t.Errorf("run %+v", r)
	}
	if got.Jobs[0].Silence != nil || quiet.Silence == nil || !strings.Contains(quiet.Silence.Reason, "Python shell") {
		t.Errorf("silence %+v and %+v", got.Jobs[0].Silence, quiet.Silence)
	}
	for _, q := range f.engine.asked {
		switch from := q.Range.From; {
		case q.Name == "runs" && !from.Equal(noon.Add(-26*time.Hour-panel.MaxRun)):
			t.Errorf("runs are read from %s: one that began before the window may go on in it", from)
		case q.Name == "jobs" && !q.Range.IsZero():
			t.Errorf("jobs have no time, and are read in %+v", q.Range)
		}
	}
}

// The many runs of the past are not counted at each look.
func TestPastIsCountedNowAndThen(t *testing.T) {
	f := withRecords(t)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {30 * time.Second, 1}, {10 * time.Minute, 1}} {
		f.clock.advance(step.after)
		f.do(t, call{path: "/api/v1/jobs"})
		if n := f.engine.count("job_past"); n != step.want {
			t.Errorf("%s later: counted %d times, want %d: nothing was published", step.after, n, step.want)
		}
	}
}

func TestJobs(t *testing.T) {
	f := withRecords(t)
	got := decode[panel.Inventory](t, f.do(t, call{path: "/api/v1/jobs?limit=1"}).body)
	if len(got.Jobs) != 1 || got.Jobs[0].JobName != "housekeeping" || got.NextPageToken == nil || got.Jobs[0].Tags["team"] != "lake" {
		t.Fatalf("%+v", got)
	}
	next := decode[panel.Inventory](t, f.do(t, call{path: "/api/v1/jobs?page_token=" + *got.NextPageToken}).body)
	if len(next.Jobs) != 1 || next.Jobs[0].Runs != 9 || next.Jobs[0].Silence != nil || next.NextPageToken != nil {
		t.Errorf("second page %+v", next)
	}
	if filtered := decode[panel.Inventory](t, f.do(t, call{path: "/api/v1/jobs?job=SALES"}).body); len(filtered.Jobs) != 1 {
		t.Errorf("filtered %+v", filtered)
	}
	if none := start(t).do(t, call{path: "/api/v1/jobs"}); none.StatusCode != 200 || !strings.Contains(none.body, `"jobs":[]`) {
		t.Errorf("without an inventory: status %d: %s", none.StatusCode, none.body)
	}
}

// A run that reported nothing has facts all the same.
func TestRunWithoutMinutes(t *testing.T) {
	f := withRecords(t)
	got := f.do(t, call{path: "/api/v1/runs/jr_1?account=111122223333&job=sales-dq"})
	detail := decode[panel.RunDetail](t, got.body)
	if got.StatusCode != http.StatusOK || detail.Facts == nil || len(detail.Minutes) != 0 || detail.Region != "eu-west-1" {
		t.Fatalf("status %d: %s", got.StatusCode, got.body)
	}
	if facts := detail.Facts; facts.State != "TIMEOUT" || *facts.DPUSeconds != 600 || *facts.DPUSource != "derived" || len(facts.SeenIn) != 2 || *facts.WaitingS != 30 {
		t.Errorf("facts %+v", facts)
	}
	f.engine.answer("run", func(limnograph.Query) (limnograph.Rows, error) { return &table{columns: runColumns}, nil })
	if missing := f.do(t, call{path: "/api/v1/runs/jr_9?account=1&job=x"}); missing.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown run has status %d", missing.StatusCode)
	}
}

// What a run worked in all is spread over its time.
func TestLoadOfRecords(t *testing.T) {
	f := withRecords(t)
	begin := noon.Add(-time.Hour)
	f.engine.answer("load", answerWith([]any{"111122223333", "sales-dq", begin, begin.Add(10 * time.Minute), 4.0, int64(1001)}))
	got := decode[panel.LoadSeries](t, f.do(t, call{path: "/api/v1/load"}).body)
	at := 23 * 12
	if *got.Executors[at] != 4 || *got.Executors[at+1] != 4 || *got.RecordsRead[at]+*got.RecordsRead[at+1] != 1001 || got.Executors[at+2] != nil {
		t.Errorf("load %v", got.Executors[at:at+3])
	}
}
