package collector_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/collector"
)

func TestParseRequest(t *testing.T) {
	t.Run("job and run are enough, and more does no harm", func(t *testing.T) {
		r, err := collector.ParseRequest([]byte(`{"jobName":" orders ","jobRunId":"jr_1","dag":"x","retries":3}`))
		if diff := cmp.Diff(collector.Request{JobName: "orders", RunID: "jr_1"}, r); diff != "" || err != nil {
			t.Errorf("err %v (-want +got):\n%s", err, diff)
		}
	})
	t.Run("account and region are taken", func(t *testing.T) {
		r, err := collector.ParseRequest([]byte(`{"jobName":"Bestellungen für ÄÖ","jobRunId":"jr_1","accountId":"111122223333","region":"us-gov-west-1"}`))
		if err != nil || r.AccountID != account || r.Region != "us-gov-west-1" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	for body, word := range map[string]string{
		``:                                     "no JSON object",
		`[]`:                                   "no JSON object",
		`"jr_1"`:                               "no JSON object",
		`{"jobName":"a","jobRunId":7}`:         "no JSON object",
		`{"jobRunId":"jr_1"}`:                  "jobName is missing",
		`null`:                                 "jobName is missing",
		`{"jobName":"  ","jobRunId":"jr_1"}`:   "jobName is missing",
		`{"jobName":"a"}`:                      "jobRunId is missing",
		`{"jobName":"a","jobRunId":null}`:      "jobRunId is missing",
		`{"jobName":"a","jobRunId":"None"}`:    "the text None",
		`{"jobName":"a","jobRunId":" null "}`:  "the text null",
		`{"jobName":"None","jobRunId":"b"}`:    "the text None",
		`{"jobName":"a","jobRunId":"ALL"}`:     "stands for all runs",
		`{"jobName":"a","jobRunId":"b\u0000"}`: "characters that no name has",
		`{"jobName":"a","jobRunId":"` + strings.Repeat("r", 300) + `"}`:       "longer than 255",
		`{"jobName":"` + strings.Repeat("j", 100_000) + `","jobRunId":"b"}`:   "longer than 255",
		`{"jobName":"a","jobRunId":"b","accountId":"12"}`:                     "no account",
		`{"jobName":"a","jobRunId":"b","accountId":"１１１１２２２２３３３３"}`:           "no account",
		`{"jobName":"a","jobRunId":"b","region":"https://evil.example/?q=1"}`: "no Region",
	} {
		t.Run(fmt.Sprintf("%.40s is refused in words", body), func(t *testing.T) {
			if _, err := collector.ParseRequest([]byte(body)); limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), word) {
				t.Errorf("got %v, want %q in it", err, word)
			}
		})
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"jobName":"a","jobRunId":"jr_1","accountId":"111122223333","region":"eu-west-1"}`))
	f.Add([]byte(`{"jobName":"None","jobRunId":"\ud800"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := collector.ParseRequest(body)
		if err == nil && (r.JobName == "" || r.RunID == "" || r.RunID == "None" || len(r.RunID) > 4*255) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestCollect(t *testing.T) {
	t.Run("an ended run is landed and published, and doing it again changes nothing", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), 30*time.Minute)
		for i := range 3 {
			out, err := w.c.Handle(t.Context(), []byte(`{"jobName":"orders","jobRunId":"jr_1"}`))
			if err != nil || !out.Asked || out.Run.State != limnograph.RunSucceeded || (out.Landed == 1) != (i == 0) {
				t.Fatalf("call %d: %+v, %v", i, out, err)
			}
			w.at = w.at.Add(time.Second)
		}
		if w.glue.count("GetJobRun") != 3 || w.land.count(limnograph.RunsTable) != 1 || len(w.watch.points) != 2 {
			t.Errorf("%d calls, %d records, %d datapoints", w.glue.count("GetJobRun"), w.land.count(limnograph.RunsTable), len(w.watch.points))
		}
	})
	t.Run("a run that goes on is landed and not published", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Minute), time.Hour)
		out, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"})
		if err != nil || out.Run.State != limnograph.RunRunning || out.Landed != 1 || len(w.watch.points) != 0 {
			t.Errorf("got %+v, %v, %d datapoints", out, err, len(w.watch.points))
		}
	})
	t.Run("a run that Glue does not know is not found, in words", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_9"})
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound || !strings.Contains(err.Error(), `"jr_9"`) || !strings.Contains(err.Error(), account) {
			t.Errorf("got %v", err)
		}
		w.pass(5*time.Minute, 10*time.Second)
		if w.glue.count("GetJobRun") != 1 {
			t.Errorf("%d calls for a run that nobody has", w.glue.count("GetJobRun"))
		}
	})
	t.Run("an account that is no target is not found, in words", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1", AccountID: "999988887777"})
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound || !strings.Contains(err.Error(), "targets of the collector") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what Glue does not answer is an error now and made good later", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), 30*time.Minute)
		w.glue.failWith(throttled)
		if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
			t.Fatalf("got %v", err)
		}
		w.glue.failWith(nil)
		w.pass(time.Minute, 5*time.Second)
		if w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("row is %v", w.land.run("jr_1"))
		}
	})
	t.Run("an error of landing is one", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), 30*time.Minute)
		w.land.fails = errors.New("disk is full")
		if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); !errors.Is(err, w.land.fails) {
			t.Errorf("got %v", err)
		}
		if len(w.watch.points) != 0 {
			t.Error("a run that has not landed was published")
		}
	})
	t.Run("a flood of calls is refused before Glue is", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), 30*time.Minute)
		var err error
		for range 1000 {
			if _, err = w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); err != nil {
				break
			}
		}
		if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || w.glue.count("GetJobRun") > 400 {
			t.Errorf("got %v after %d calls", err, w.glue.count("GetJobRun"))
		}
	})
}

func TestSameJobNameInTwoAccounts(t *testing.T) {
	var other *fakeGlue
	two := func(w *world) {
		other = newFakeGlue("444455556666", w.now)
		w.more = []collector.Target{{AccountID: "444455556666", Region: region, Glue: other}}
		w.glue.addJob("orders", "first")
		other.addJob("orders", "second")
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), time.Minute)
		other.addRun("orders", "jr_2", noon().Add(-time.Hour), time.Minute).state = limnograph.RunFailed
		other.addRun("second", "jr_3", noon().Add(-time.Hour), time.Minute)
	}
	t.Run("both are asked, and the one that has the run answers", func(t *testing.T) {
		w := newWorld(t, two)
		w.tick()
		out, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_2"})
		if err != nil || out.Run.AccountID != "444455556666" || out.Run.State != limnograph.RunFailed {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("the account that is given is asked alone", func(t *testing.T) {
		w := newWorld(t, two)
		_, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_2", AccountID: account})
		if limnograph.ErrorCode(err) != limnograph.CodeNotFound || other.count("GetJobRun") != 0 {
			t.Errorf("got %v, the other account had %d calls", err, other.count("GetJobRun"))
		}
	})
	t.Run("the inventory tells whose a job is", func(t *testing.T) {
		w := newWorld(t, two)
		w.tick()
		out, err := w.c.Collect(t.Context(), collector.Request{JobName: "second", RunID: "jr_3"})
		if err != nil || out.Run.AccountID != "444455556666" || w.glue.count("GetJobRun") != 0 {
			t.Errorf("got %+v, %v, the wrong account had %d calls", out, err, w.glue.count("GetJobRun"))
		}
	})
	t.Run("when the inventory is behind, the others are asked too", func(t *testing.T) {
		w := newWorld(t, two)
		w.tick()
		other.addRun("first", "jr_4", noon().Add(-time.Hour), time.Minute)
		out, err := w.c.Collect(t.Context(), collector.Request{JobName: "first", RunID: "jr_4"})
		if err != nil || out.Run.AccountID != "444455556666" {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("one that is down does not hide the run of the other", func(t *testing.T) {
		w := newWorld(t, two)
		w.glue.failWith(throttled)
		if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_2"}); err != nil {
			t.Error(err)
		}
		if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
			t.Errorf("got %v, though the account that has the run is down", err)
		}
	})
	t.Run("their runs stay apart", func(t *testing.T) {
		w := newWorld(t, two, func(w *world) { w.glue.addRun("orders", "jr_2", noon().Add(-time.Hour), time.Minute) })
		for _, a := range []string{account, "444455556666"} {
			if _, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_2", AccountID: a}); err != nil {
				t.Fatal(err)
			}
		}
		for a, state := range map[string]string{account: "SUCCEEDED", "444455556666": "FAILED"} {
			if got := w.land.row(limnograph.RunsTable, map[string]string{"account_id": a, "job_run_id": "jr_2"}); got["state"] != state {
				t.Errorf("in %s the run is %v", a, got)
			}
		}
	})
}

func TestNew(t *testing.T) {
	glue := newFakeGlue(account, noon)
	target := collector.Target{AccountID: account, Region: region, Glue: glue}
	for name, c := range map[string]struct {
		targets []collector.Target
		cfg     collector.Config
	}{
		"a target twice":               {targets: []collector.Target{target, target}},
		"a target without Glue":        {targets: []collector.Target{{AccountID: account, Region: region}}},
		"a target without account":     {targets: []collector.Target{{Region: region, Glue: glue}}},
		"an unknown metric":            {cfg: collector.Config{Publish: []collector.Kind{"cpu"}}},
		"a metric that needs the lake": {cfg: collector.Config{Publish: []collector.Kind{collector.KindCost}}},
		"a name with a colon":          {cfg: collector.Config{Names: map[collector.Kind]string{collector.KindStatus: ":x"}}},
		"an empty name":                {cfg: collector.Config{Names: map[collector.Kind]string{collector.KindStatus: ""}}},
		"a name beyond ASCII":          {cfg: collector.Config{Names: map[collector.Kind]string{collector.KindStatus: "zustand.ü"}}},
		"one name for two":             {cfg: collector.Config{Names: map[collector.Kind]string{collector.KindStatus: "glue.run.duration"}}},
		"a negative time":              {cfg: collector.Config{SweepEvery: -1}},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, err := collector.New(c.targets, newLanding(t).land, c.cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("got %v", err)
			}
		})
	}
}
