package panel_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/panel"
)

func TestDatasetOf(t *testing.T) {
	for name, want := range map[string][2]string{
		"orders-raw-to-staged":     {"orders", "staged"},
		"orders-staged-to-curated": {"orders", "curated"},
		"orders-dq":                {"orders", "quality"},
		"web-clicks-dq":            {"web-clicks", "quality"},
		"orders":                   {},
		"-dq":                      {},
		"orders-dq-2":              {},
		"":                         {},
	} {
		if dataset, layer := panel.DatasetOf(name); dataset != want[0] || layer != want[1] {
			t.Errorf("%q is %q, %q, want %v", name, dataset, layer, want)
		}
	}
}

// One failed run as the page gets it.
func TestRunOfTheWire(t *testing.T) {
	got := job(t, fleet(t, []panel.RunRow{row("orders-dq", 60*minute, 7*minute, failed("S3_ERROR"), recordsRead(12)), heartbeat()}, day()), "orders-dq")
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"account_id":"111122223333","region":"eu-west-1","job_name":"orders-dq","dataset":"orders","layer":"quality","need":"failing",` +
		`"reason":"S3_ERROR at 11:07 UTC; 1 of 1 run failed","typical_duration_s":null,"records_read":12,"records_written":null,` +
		`"records_reason":"records written not reported: its sinks report none (JDBC, Iceberg)","runs_failed":1,"now":null,"deleted":false,"silence":null,` +
		`"runs":[{"run_id":"jr_000060","start":"2026-11-24T11:00:00Z","end":"2026-11-24T11:07:00Z","duration_s":420,"lead_s":null,` +
		`"state":"UNKNOWN","phase":"failed","by_metrics":true,"attempt":null,"error_category":"S3_ERROR","error_class":null,"slow":false,"records_read":12,"records_written":null}]}`
	if diff := gocmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyFleet(t *testing.T) {
	text, err := json.Marshal(fleet(t, nil, panel.Moment{From: noon.Add(-time.Hour), To: noon}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"as_of":null,"newest_datapoint":null,"from":"2026-11-24T11:00:00Z","to":"2026-11-24T12:00:00Z","progress":null,"accounts":[],"datasets":[],` +
		`"summary":{"jobs":0,"runs":0,"failed":0,"running":0,"queued":0,"slow":0,"late":0,"records_read":null,"records_written":null},"jobs":[],"next_page_token":null}`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
}

// Twins are never added to runs: totals are read only for a job that reports nothing else.
func TestTotalsAreNeverAdded(t *testing.T) {
	both := fleet(t, []panel.RunRow{
		row("j", 60*minute, 5*minute, records(10, 1), succeeded), row("j", 30*minute, 5*minute, records(20, 2), succeeded),
		row("j", 60*minute, 35*minute, records(30, 3), total),
	}, day())
	only := fleet(t, []panel.RunRow{row("j", 10*minute, 10*minute, records(30, 3), total, executors(7))}, day())
	for name, f := range map[string]panel.Fleet{"runs and totals": both, "totals only": only} {
		j := job(t, f, "j")
		if *j.RecordsRead != 30 || *j.RecordsWritten != 3 || *f.Summary.RecordsRead != 30 {
			t.Errorf("%s: read %d, written %d, summary %d", name, *j.RecordsRead, *j.RecordsWritten, *f.Summary.RecordsRead)
		}
	}
	if n := len(both.Jobs[0].Runs); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
	if j := job(t, only, "j"); len(j.Runs) != 0 || j.Now == nil || *j.Now.Executors != 7 {
		t.Errorf("a job that reports only totals shows %+v", j)
	}
}

// A daily job that starts later today than yesterday has no run in the window; it stays a row, and is counted.
func TestJobWithItsLastRunBeforeTheWindowIsQuiet(t *testing.T) {
	yesterday := row("daily-dq", 25*time.Hour, 10*time.Minute, succeeded, records(7, 7))
	got := fleet(t, []panel.RunRow{yesterday, heartbeat()}, day())
	j := job(t, got, "daily-dq")
	if want := "no run in this range; the last one ended at 23 Nov 11:10 UTC"; j.Need != panel.NeedQuiet || j.Reason != want {
		t.Errorf("need %s: %s; want quiet: %s", j.Need, j.Reason, want)
	}
	if len(j.Runs) != 0 || j.RecordsRead != nil {
		t.Errorf("it shows %d runs, and what they read", len(j.Runs))
	}
	if s := got.Summary; s.Jobs != 2 || s.Runs != 1 {
		t.Errorf("%d jobs and %d runs are counted, want 2 and 1", s.Jobs, s.Runs)
	}
}

func TestRecordsReason(t *testing.T) {
	for name, tc := range map[string]struct {
		options []option
		want    string
	}{
		"none":                     {nil, "records not reported: job metrics are off, or its formats report none"},
		"both":                     {[]option{records(1, 1)}, ""},
		"zero is known":            {[]option{records(0, 0)}, ""},
		"read only, outcome known": {[]option{recordsRead(1), succeeded}, "records written not reported: its sinks report none (JDBC, Iceberg)"},
		"read only":                {[]option{recordsRead(1)}, "records written not reported: observability metrics are off, or its sinks report none (JDBC, Iceberg)"},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t, fleet(t, []panel.RunRow{row("j", 60*minute, 5*minute, tc.options...)}, day()), "j")
			if j.RecordsReason != tc.want {
				t.Errorf("got %q", j.RecordsReason)
			}
		})
	}
}

func TestNowOfRunningJobs(t *testing.T) {
	f := fleet(t, []panel.RunRow{row("j", 20*minute, 20*minute, executors(4)), row("j", 5*minute, 5*minute, executors(3)), row("k", 60*minute, 5*minute, executors(9))}, day())
	j := job(t, f, "j")
	if j.Now == nil || *j.Now.Executors != 7 || j.Now.CPU != nil || !j.Now.At.Equal(noon.Add(-minute)) {
		t.Errorf("now %+v, want the executors of both runs", j.Now)
	}
	if k := job(t, f, "k"); k.Now != nil {
		t.Errorf("a job at rest has now %+v", k.Now)
	}
	if f.Summary.Running != 2 {
		t.Errorf("%d running", f.Summary.Running)
	}
}

// Runs that only touch the window are shown whole; runs before it teach what is usual.
func TestWindowBorders(t *testing.T) {
	m := day()
	rows := []panel.RunRow{
		row("before", 24*time.Hour+10*minute, 10*minute, succeeded),
		row("across", 24*time.Hour+5*minute, 10*minute, succeeded),
		row("inside", 60*minute, 10*minute, succeeded),
	}
	f := fleet(t, rows, m)
	for name, want := range map[string]int{"before": 0, "across": 1, "inside": 1} {
		if got := len(job(t, f, name).Runs); got != want {
			t.Errorf("%s: %d runs, want %d", name, got, want)
		}
	}
	if start := job(t, f, "across").Runs[0].Start; !start.Equal(noon.Add(-24*time.Hour - 5*minute)) {
		t.Errorf("the run across the border starts at %s", start)
	}
	if typical := job(t, f, "before").TypicalDurationS; typical == nil || *typical != 600 {
		t.Error("a run before the window does not teach")
	}
}

// A run that was under way when the rows begin may have begun earlier: its length teaches nothing.
func TestCutRunsDoNotTeach(t *testing.T) {
	j := job(t, fleet(t, []panel.RunRow{row("j", 26*time.Hour, 3*time.Hour, succeeded)}, day()), "j")
	if j.TypicalDurationS != nil {
		t.Errorf("typical duration %v", *j.TypicalDurationS)
	}
}

func TestBadPageToken(t *testing.T) {
	for _, token := range []string{"x", "e30", "bnVsbA", "!"} {
		_, err := panel.BuildFleet(panel.Rows{}, day(), panel.Filter{}, panel.Page{Token: token})
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%q: error %v", token, err)
		}
	}
}

// anyRows draws runs of some jobs in two accounts, with the totals of a job here and there, at most one each.
func anyRows(t *rapid.T) []panel.RunRow {
	n := rapid.IntRange(0, 60).Draw(t, "rows")
	out, totals := make([]panel.RunRow, 0, n), map[string]bool{}
	for i := range n {
		name := rapid.SampledFrom([]string{"a-dq", "a-raw-to-staged", "b-staged-to-curated", "c", "d"}).Draw(t, "job")
		r := row(name, time.Duration(rapid.IntRange(0, 1600).Draw(t, "ago"))*minute, time.Duration(rapid.IntRange(1, 90).Draw(t, "lasts"))*minute)
		r.AccountID = rapid.SampledFrom([]string{"1", "2"}).Draw(t, "account")
		r.RunID = fmt.Sprint(i)
		r.Outcome = rapid.SampledFrom([]limnograph.RunState{"", "SUCCEEDED", "FAILED"}).Draw(t, "outcome")
		r.State = rapid.SampledFrom([]limnograph.RunState{"", "WAITING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED", "UNKNOWN", "NEW"}).Draw(t, "state")
		if rapid.Bool().Draw(t, "reports") {
			recordsRead(int64(rapid.IntRange(0, 1000).Draw(t, "records")))(&r)
		}
		if key := r.AccountID + r.JobName; !totals[key] && rapid.IntRange(0, 9).Draw(t, "total") == 0 {
			totals[key] = true
			total(&r)
		}
		out = append(out, r)
	}
	return out
}

// The pages together are the answer without paging.
func TestPagesAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, limit := anyRows(t), rapid.IntRange(1, 4).Draw(t, "limit")
		whole, err := panel.BuildFleet(panel.Rows{Runs: rows}, day(), panel.Filter{}, panel.Page{})
		if err != nil {
			t.Fatal(err)
		}
		jobs, token := []panel.Job{}, ""
		for {
			page, err := panel.BuildFleet(panel.Rows{Runs: rows}, day(), panel.Filter{}, panel.Page{Limit: limit, Token: token})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Jobs) > limit || page.Summary.Jobs != whole.Summary.Jobs {
				t.Fatalf("page of %d jobs, summary %+v", len(page.Jobs), page.Summary)
			}
			jobs = append(jobs, page.Jobs...)
			if page.NextPageToken == nil {
				break
			}
			token = *page.NextPageToken
		}
		if diff := gocmp.Diff(whole.Jobs, jobs); diff != "" {
			t.Fatalf("(-whole +pages):\n%s", diff)
		}
	})
}

// The summary counts what the jobs show, and the order of the rows changes nothing.
func TestSummaryIsTheSumOfItsJobs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		whole, err := panel.BuildFleet(panel.Rows{Runs: rows}, day(), panel.Filter{}, panel.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var want panel.Summary
		for _, j := range whole.Jobs {
			want.Jobs++
			for _, r := range j.Runs {
				want.Runs++
				want.Failed += boolToInt(r.Phase == panel.Failed)
				want.Running += boolToInt(r.Phase == panel.Running)
				want.Queued += boolToInt(r.Phase == panel.Queued || r.Phase == panel.Starting)
				want.Slow += boolToInt(r.Slow)
			}
			if j.RecordsRead != nil {
				sum := *j.RecordsRead
				if want.RecordsRead != nil {
					sum += *want.RecordsRead
				}
				want.RecordsRead = &sum
			}
		}
		want.Late = whole.Summary.Late
		if diff := gocmp.Diff(want, whole.Summary); diff != "" {
			t.Fatalf("(-jobs +summary):\n%s", diff)
		}
		slices.SortFunc(rows, func(a, b panel.RunRow) int { return cmp.Compare(b.RunID, a.RunID) })
		again, err := panel.BuildFleet(panel.Rows{Runs: rows}, day(), panel.Filter{}, panel.Page{})
		if diff := gocmp.Diff(whole, again); diff != "" || err != nil {
			t.Fatalf("another order of rows, %v:\n%s", err, diff)
		}
	})
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
