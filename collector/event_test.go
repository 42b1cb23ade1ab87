package collector_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/collector"
)

// eventOf writes an event as EventBridge delivers it.
func eventOf(account, job, id string, state limnograph.RunState, at time.Time, change ...func(map[string]any)) []byte {
	detail := map[string]any{"jobName": job, "severity": "INFO", "state": string(state), "jobRunId": id, "message": "Job run ended"}
	e := map[string]any{
		"version": "0", "id": "abcdef00-1234-5678-9abc-def012345678", "detail-type": "Glue Job State Change", "source": "aws.glue",
		"account": account, "time": at.Format(time.RFC3339), "region": region, "resources": []string{}, "detail": detail,
	}
	for _, f := range change {
		f(e)
	}
	body, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return body
}

func TestParseEvent(t *testing.T) {
	at := noon()
	change := func(f func(e, d map[string]any)) []byte {
		return eventOf(account, "orders", "jr_1", limnograph.RunFailed, at, func(e map[string]any) { f(e, e["detail"].(map[string]any)) })
	}
	t.Run("a state change tells state and time", func(t *testing.T) {
		r, ok, err := collector.ParseEvent(eventOf(account, "orders", "jr_1", limnograph.RunSucceeded, at))
		want := limnograph.JobRun{RunKey: key("orders", "jr_1"), Source: limnograph.FromEvent, ObservedAt: at, State: limnograph.RunSucceeded}
		if diff := cmp.Diff(want, r); diff != "" || !ok || err != nil {
			t.Errorf("ok %v, err %v (-want +got):\n%s", ok, err, diff)
		}
	})
	t.Run("a run status tells when the run began", func(t *testing.T) {
		r, ok, err := collector.ParseEvent(change(func(e, d map[string]any) {
			e["detail-type"], d["state"], d["startedOn"] = "Glue Job Run Status", "RUNNING", "2026-11-24T11:00:00Z"
			d["notificationCondition"] = map[string]any{"NotifyDelayAfter": 1.0}
		}))
		if !ok || err != nil || r.State != limnograph.RunRunning || !r.StartedAt.Equal(at.Add(-time.Hour)) || r.ErrorMessage != "" {
			t.Errorf("got %+v, %v, %v", r, ok, err)
		}
	})
	t.Run("a state that Glue adds later is taken as it is", func(t *testing.T) {
		r, ok, err := collector.ParseEvent(change(func(_, d map[string]any) { d["state"] = "HIBERNATING" }))
		if !ok || err != nil || r.State != "HIBERNATING" {
			t.Errorf("got %+v, %v, %v", r, ok, err)
		}
	})
	t.Run("a time that is none is left out", func(t *testing.T) {
		r, ok, err := collector.ParseEvent(change(func(e, _ map[string]any) { e["time"] = "yesterday" }))
		if !ok || err != nil || !r.ObservedAt.IsZero() {
			t.Errorf("got %v, %v, %v", r.ObservedAt, ok, err)
		}
	})
	t.Run("events about other things are none of ours", func(t *testing.T) {
		if _, ok, err := collector.ParseEvent(change(func(e, _ map[string]any) { e["detail-type"] = "Glue Crawler State Change" })); ok || err != nil {
			t.Errorf("got %v, %v", ok, err)
		}
	})
	for name, body := range map[string][]byte{
		"no JSON":             []byte(`{"detail-type":`),
		"no object":           []byte(`["Glue Job State Change"]`),
		"no detail type":      []byte(`{"detail":{}}`),
		"no detail":           change(func(e, _ map[string]any) { delete(e, "detail") }),
		"a detail of numbers": change(func(_, d map[string]any) { d["jobName"] = 7 }),
		"no job":              change(func(_, d map[string]any) { delete(d, "jobName") }),
		"no run":              change(func(_, d map[string]any) { d["jobRunId"] = "" }),
		"the total of a job":  change(func(_, d map[string]any) { d["jobRunId"] = "ALL" }),
		"no state":            change(func(_, d map[string]any) { delete(d, "state") }),
		"an endless state":    change(func(_, d map[string]any) { d["state"] = strings.Repeat("X", 1000) }),
		"no account":          change(func(e, _ map[string]any) { delete(e, "account") }),
		"no region":           change(func(e, _ map[string]any) { delete(e, "region") }),
		"a path for account":  change(func(e, _ map[string]any) { e["account"] = "../../etc/pwd" }),
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, ok, err := collector.ParseEvent(body); ok || limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("got %v, %v", ok, err)
			}
		})
	}
	t.Run("too much is refused", func(t *testing.T) {
		if _, _, err := collector.ParseEvent(make([]byte, 2<<20)); limnograph.ErrorCode(err) != limnograph.CodeTooLarge {
			t.Errorf("got %v", err)
		}
	})
}

func TestEvent(t *testing.T) {
	t.Run("an end is landed, asked about once and published", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		out, err := w.c.Handle(t.Context(), w.event("jr_1", limnograph.RunSucceeded))
		if err != nil || !out.Asked || out.Landed != 2 || out.Note != "" || out.Run.State != limnograph.RunSucceeded || *out.Run.ExecutionS != 480 {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" || got["execution_s"] != "480" || got["seen_in"] != "api,event" {
			t.Errorf("row is %v", got)
		}
		if w.glue.count("GetJobRun") != 1 || len(w.watch.points) != 2 {
			t.Errorf("%d calls, %d datapoints", w.glue.count("GetJobRun"), len(w.watch.points))
		}
	})
	t.Run("the same event again costs no call and no record", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		event := w.event("jr_1", limnograph.RunSucceeded)
		for range 3 {
			if _, err := w.c.Event(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			w.at = w.at.Add(time.Minute)
		}
		w.pass(10*time.Minute, time.Minute)
		if w.glue.count("GetJobRun") != 1 || w.land.count(limnograph.RunsTable) != 2 || len(w.watch.points) != 2 {
			t.Errorf("%d calls, %d records, %d datapoints", w.glue.count("GetJobRun"), w.land.count(limnograph.RunsTable), len(w.watch.points))
		}
	})
	t.Run("the same event many times at once costs one call", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		event := w.event("jr_1", limnograph.RunSucceeded)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := w.c.Event(t.Context(), event); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if w.glue.count("GetJobRun") != 1 || w.land.count(limnograph.RunsTable) != 2 {
			t.Errorf("%d calls, %d records", w.glue.count("GetJobRun"), w.land.count(limnograph.RunsTable))
		}
	})
	t.Run("what Glue does not answer is made good later", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.glue.failWith(throttled)
		out, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded))
		if err != nil || out.Asked || out.Landed != 1 || !strings.Contains(out.Note, "asked again later") {
			t.Fatalf("got %+v, %v", out, err)
		}
		w.glue.failWith(nil)
		w.pass(15*time.Second, time.Second)
		if got := w.land.run("jr_1"); got["execution_s"] != "480" {
			t.Errorf("row is %v after %d calls", got, w.glue.count("GetJobRun"))
		}
	})
	t.Run("an event that comes after the API told the end changes nothing", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.collect("jr_1")
		out, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded))
		if err != nil || out.Landed != 0 || out.Asked || w.glue.count("GetJobRun") != 1 || w.land.count(limnograph.RunsTable) != 1 {
			t.Errorf("got %+v, %v after %d calls", out, err, w.glue.count("GetJobRun"))
		}
	})
	t.Run("an event that is repeated while Glue does not answer lands once", func(t *testing.T) {
		w := newWorld(t)
		w.glue.failWith(throttled)
		event := w.event("jr_1", limnograph.RunSucceeded)
		for range 5 {
			if _, err := w.c.Event(t.Context(), event); err != nil {
				t.Fatal(err)
			}
		}
		if w.glue.count("GetJobRun") != 1 || w.land.count(limnograph.RunsTable) != 1 {
			t.Errorf("%d calls, %d records", w.glue.count("GetJobRun"), w.land.count(limnograph.RunsTable))
		}
	})
	t.Run("a run that the sweep has found meanwhile is not asked about any more", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.tick()
		w.glue.failWith(func(op string) error {
			if op == "GetJobRun" {
				return throttled(op)
			}
			return nil
		})
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded)); err != nil {
			t.Fatal(err)
		}
		w.pass(70*time.Minute, time.Minute)
		calls := w.glue.count("GetJobRun")
		w.pass(3*time.Hour, time.Minute)
		if w.land.run("jr_1")["execution_s"] != "480" || w.glue.count("GetJobRun") != calls {
			t.Errorf("%d and %d calls, row %v", calls, w.glue.count("GetJobRun"), w.land.run("jr_1"))
		}
	})
	t.Run("while an event has a run asked about, nobody else asks", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.open = []collector.OpenRun{w.openRun("jr_1", func(o *collector.OpenRun) { o.Outcome = limnograph.RunSucceeded })}
		w.glue.before = func() {
			w.glue.before = nil
			w.tick()
		}
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded)); err != nil || w.glue.count("GetJobRun") != 1 {
			t.Errorf("got %v, %d calls", err, w.glue.count("GetJobRun"))
		}
		if used := w.c.Status().Targets[0].Budget.Used; used != 2 {
			t.Errorf("%d calls were taken from the budget for GetJobs and GetJobRun", used)
		}
	})
	t.Run("it survives a restart that Glue did not answer about", func(t *testing.T) {
		w := newWorld(t)
		w.tick()
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.glue.failWith(throttled)
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded)); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute, 5*time.Second)
		w.glue.failWith(nil)
		w.restart()
		w.pass(time.Minute, 5*time.Second)
		if got := w.land.run("jr_1"); got["execution_s"] != "480" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("a run that Glue still calls running is asked about three times more, then left to the sweep", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.glue.hold["jr_1"] = func() bool { return true }
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded)); err != nil {
			t.Fatal(err)
		}
		var calls []time.Duration
		for before, end := 1, w.at.Add(30*time.Minute); w.at.Before(end); before = w.glue.count("GetJobRun") {
			w.at = w.at.Add(time.Second)
			if w.tick(); w.glue.count("GetJobRun") != before {
				calls = append(calls, w.at.Sub(noon()))
			}
		}
		want := []time.Duration{10 * time.Second, 40 * time.Second, 160 * time.Second}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("asked at (-want +got):\n%s", diff)
		}
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" {
			t.Errorf("the answer RUNNING revived the run: %v", got)
		}
	})
	t.Run("a late event about a run that goes on does not revive it", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		for _, state := range []limnograph.RunState{limnograph.RunSucceeded, limnograph.RunRunning} {
			if _, err := w.c.Event(t.Context(), w.event("jr_1", state)); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" || w.glue.count("GetJobRun") != 1 {
			t.Errorf("row is %v after %d calls", got, w.glue.count("GetJobRun"))
		}
	})
	t.Run("of an account that is no target the event alone is kept", func(t *testing.T) {
		w := newWorld(t)
		out, err := w.c.Event(t.Context(), eventOf("999988887777", "orders", "jr_1", limnograph.RunFailed, w.at))
		if err != nil || out.Landed != 1 || out.Asked || !strings.Contains(out.Note, "not among the targets") {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := w.land.run("jr_1"); got["state"] != "FAILED" || got["account_id"] != "999988887777" || got["seen_in"] != "event" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("ClockSkewedEvents: an event from the future counts as one of now", func(t *testing.T) {
		w := newWorld(t)
		future := eventOf(account, "orders", "jr_1", limnograph.RunRunning, w.at.Add(48*time.Hour))
		if _, err := w.c.Event(t.Context(), future); err != nil {
			t.Fatal(err)
		}
		if got := w.land.last(limnograph.RunsTable); strings.Contains(got, "2026-11-26") || !strings.Contains(got, "job_run_id") {
			t.Errorf("landed %s", got)
		}
		w.at = w.at.Add(time.Minute)
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunStopping)); err != nil {
			t.Fatal(err)
		}
		if got := w.land.run("jr_1"); got["state"] != "STOPPING" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("nothing is taken for landed that was not", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		w.land.fails = errors.New("disk is full")
		event := w.event("jr_1", limnograph.RunSucceeded)
		if _, err := w.c.Event(t.Context(), event); err == nil {
			t.Fatal("the event was taken for landed")
		}
		w.land.fails = nil
		if out, err := w.c.Event(t.Context(), event); err != nil || out.Landed != 2 {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("an error text is landed redacted and apart, and told to nobody else", func(t *testing.T) {
		w := newWorld(t)
		r := w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		r.state, r.message = limnograph.RunFailed, "java.lang.OutOfMemoryError: password=hunter2secret while reading"
		out, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunFailed, func(e map[string]any) {
			e["detail"].(map[string]any)["message"] = r.message
		}))
		if err != nil || out.Run.ErrorMessage != "" {
			t.Fatalf("got %+v, %v", out, err)
		}
		if got := w.land.run("jr_1"); got["error_class"] == "" || got["error_category"] == "" {
			t.Errorf("row is %v", got)
		}
		for table, lines := range w.land.lines {
			all := strings.Join(lines, "\n")
			if strings.Contains(all, "hunter2secret") || table == limnograph.RunsTable && strings.Contains(all, "OutOfMemoryError") {
				t.Errorf("%s holds %s", table, all)
			}
		}
		if w.land.count(limnograph.RunErrorsTable) == 0 {
			t.Error("no error text has landed")
		}
	})
	t.Run("other events are refused in words", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.c.Handle(t.Context(), w.event("jr_1", limnograph.RunSucceeded, func(e map[string]any) { e["detail-type"] = "Scheduled Event" }))
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid || !strings.Contains(err.Error(), "not about a job run") {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzParseEvent(f *testing.F) {
	f.Add(eventOf(account, "orders", "jr_1", limnograph.RunFailed, noon()))
	f.Add([]byte(`{"detail-type":"Glue Job Run Status","detail":{"jobName":"\u0000"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, ok, err := collector.ParseEvent(body)
		if ok && (err != nil || r.JobName == "" || r.RunID == "" || r.State == "" || len(r.AccountID) != 12) {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}
