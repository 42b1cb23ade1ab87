package collector_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/collector"
)

// hourly has one job and no metrics.
func hourly(w *world) {
	w.glue.addJob("orders")
	w.cfg.Open = nil
}

func TestSweep(t *testing.T) {
	t.Run("runs that nobody told of are found within an hour and some minutes, with one call", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(10*time.Minute), 5*time.Minute)
		w.glue.addRun("orders", "jr_2", noon().Add(20*time.Minute), 5*time.Minute).state = limnograph.RunTimeout
		w.pass(90*time.Minute, time.Minute)
		if w.land.run("jr_1")["state"] != "SUCCEEDED" || w.land.run("jr_2")["state"] != "TIMEOUT" {
			t.Errorf("rows are %v and %v", w.land.run("jr_1"), w.land.run("jr_2"))
		}
		if w.glue.count("GetJobRun") != 0 || w.glue.count("GetJobRuns") > 2 {
			t.Errorf("calls are %v", w.glue.calls)
		}
	})
	t.Run("the same answers do not land again and again", func(t *testing.T) {
		w := newWorld(t, hourly)
		for i := range 20 {
			w.glue.addRun("orders", fmt.Sprintf("jr_%d", i), noon().Add(time.Duration(i)*time.Minute), time.Minute)
		}
		w.pass(90*time.Minute, time.Minute)
		landed := w.land.count(limnograph.RunsTable)
		w.pass(5*time.Hour, time.Minute)
		if got := w.land.count(limnograph.RunsTable); landed < 20 || got != landed || w.glue.count("GetJobRuns") < 4 {
			t.Errorf("%d records, %d after %d more sweeps", landed, got, w.glue.count("GetJobRuns"))
		}
	})
	t.Run("nor after a restart, and nothing is published twice", func(t *testing.T) {
		w := newWorld(t, hourly)
		for i := range 20 {
			w.glue.addRun("orders", fmt.Sprintf("jr_%d", i), noon().Add(time.Duration(i)*time.Minute), time.Minute)
		}
		w.pass(90*time.Minute, time.Minute)
		landed, points := w.land.count(limnograph.RunsTable), len(w.watch.points)
		w.restart()
		w.pass(4*time.Hour, time.Minute)
		if w.land.count(limnograph.RunsTable) != landed || len(w.watch.points) != points || points != 40 {
			t.Errorf("%d records and %d datapoints, %d and %d after the restart", landed, points, w.land.count(limnograph.RunsTable), len(w.watch.points))
		}
	})
	t.Run("a sweep reads back to the oldest run that goes on, over pages", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.page = 3
		long := w.glue.addRun("orders", "jr_long", noon().Add(time.Minute), 8*time.Hour)
		for i := range 40 {
			w.glue.addRun("orders", fmt.Sprintf("jr_%d", i), noon().Add(time.Duration(10*i)*time.Minute), time.Minute)
		}
		w.pass(11*time.Hour, time.Minute)
		if got := w.land.run(long.id); got["state"] != "SUCCEEDED" {
			t.Errorf("row is %v", got)
		}
		calls := w.glue.count("GetJobRuns")
		w.pass(10*time.Hour, time.Minute)
		if more := w.glue.count("GetJobRuns") - calls; more > 11 {
			t.Errorf("%d calls in ten hours in which nothing ran", more)
		}
	})
	t.Run("StaleRunningAfterSucceededThenLateDPUSeconds", func(t *testing.T) {
		w := newWorld(t, hourly)
		r := w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 8*time.Minute)
		r.class, r.dpu, r.dpuFrom = "FLEX", 512.5, noon().Add(30*time.Minute)
		if _, err := w.c.Event(t.Context(), w.event("jr_1", limnograph.RunSucceeded)); err != nil {
			t.Fatal(err)
		}
		w.glue.hold["jr_1"] = func() bool { return w.at.Sub(noon()) < 20*time.Minute } // an answer that is behind
		if out, err := w.c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); err != nil || out.Landed != 0 {
			t.Errorf("the stale answer: %+v, %v", out, err)
		}
		w.pass(2*time.Hour, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" || got["dpu_seconds"] != "512.5" || got["execution_s"] != "480" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("late DPU-seconds are found however many runs came since", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.page = 2
		r := w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), 8*time.Minute)
		r.class, r.dpu, r.dpuFrom = "FLEX", 512.5, noon().Add(100*time.Minute)
		for i := range 30 {
			w.glue.addRun("orders", fmt.Sprintf("jr_x%d", i), noon().Add(time.Duration(10+4*i)*time.Minute), time.Minute)
		}
		w.pass(4*time.Hour, time.Minute)
		if got := w.land.run("jr_1"); got["dpu_seconds"] != "512.5" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("RetryAttemptsAreTheirOwnRuns", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), time.Minute).state = limnograph.RunFailed
		w.glue.addRun("orders", "jr_1_attempt_1", noon().Add(3*time.Minute), time.Minute)
		w.pass(90*time.Minute, time.Minute)
		if a, b := w.land.run("jr_1"), w.land.run("jr_1_attempt_1"); a["state"] != "FAILED" || b["state"] != "SUCCEEDED" {
			t.Errorf("rows are %v and %v", a, b)
		}
	})
	t.Run("StoppedWhileQueued: a run that never worked has an end and no seconds", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), 0).state = limnograph.RunStopped
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "STOPPED" || got["execution_s"] != "0" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("TimeoutState: it is an end, and published as one", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), time.Minute).state = limnograph.RunTimeout
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "TIMEOUT" || len(w.watch.points) != 2 || w.watch.points[0].Dimensions[2].Value != "TIMEOUT" {
			t.Errorf("row is %v, published %v", got, w.watch.points)
		}
	})
	t.Run("what the job says now does not make its old runs new", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.jobs[0].AutoScaling = new(bool)
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), time.Minute)
		w.pass(90*time.Minute, time.Minute)
		scaling := true
		w.glue.jobs[0].AutoScaling = &scaling
		w.pass(3*time.Hour, time.Minute)
		if got := w.land.run("jr_1"); got["auto_scaling"] != "false" || w.land.count(limnograph.RunsTable) != 1 {
			t.Errorf("row is %v after %d records", got, w.land.count(limnograph.RunsTable))
		}
	})
	t.Run("a run that began before the collector did and ended unseen is found without history", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Hour), 10*time.Hour+5*time.Minute)
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("a page that fails is read again, and the job's mark stays", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.page = 2
		for i := range 9 {
			w.glue.addRun("orders", fmt.Sprintf("jr_%d", i), noon().Add(time.Duration(i)*time.Minute), time.Minute)
		}
		sweeps := 0
		w.glue.failWith(func(op string) error {
			if op != "GetJobRuns" {
				return nil
			}
			if sweeps++; sweeps%3 == 2 && sweeps < 9 {
				return throttled(op)
			}
			return nil
		})
		w.pass(3*time.Hour, time.Minute)
		for i := range 9 {
			if got := w.land.run(fmt.Sprintf("jr_%d", i)); got["state"] != "SUCCEEDED" {
				t.Errorf("run %d is %v", i, got)
			}
		}
	})
	t.Run("jobs are spread over the hour", func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			for i := range 60 {
				w.glue.addJob(fmt.Sprintf("job-%d", i))
			}
		})
		w.tick()
		most := 0
		for range 60 {
			before := w.glue.count("GetJobRuns")
			w.pass(time.Minute, time.Minute)
			most = max(most, w.glue.count("GetJobRuns")-before)
		}
		if most > 8 || w.glue.count("GetJobRuns") < 40 {
			t.Errorf("%d sweeps in one minute, %d in an hour", most, w.glue.count("GetJobRuns"))
		}
	})
	t.Run("a job that fails does not stop the others, and what is refused rests and says what to do", func(t *testing.T) {
		other := newFakeGlue("444455556666", noon)
		w := newWorld(t, hourly, func(w *world) {
			w.glue.addJob("a", "b", "c", "d", "e", "f")
			other.now = w.now
			other.addJob("invoices")
			other.addRun("invoices", "jr_9", noon().Add(time.Minute), time.Minute)
			w.more = []collector.Target{{AccountID: "444455556666", Region: region, Glue: other}}
		})
		w.glue.failWith(func(op string) error {
			if op == "GetJobRuns" {
				return &limnograph.Error{Code: limnograph.CodeForbidden, Op: "get job runs", Message: "not authorized"}
			}
			return nil
		})
		w.pass(3*time.Hour, time.Minute)
		if w.land.run("jr_9")["state"] != "SUCCEEDED" {
			t.Errorf("the other account's run is %v", w.land.run("jr_9"))
		}
		problems := w.c.Status().Targets[0].Problems
		if len(problems) != 1 || problems[0].Code != limnograph.CodeForbidden || !strings.Contains(problems[0].Remedy, "glue:GetJobRuns") {
			t.Errorf("problems are %+v", problems)
		}
		if calls := w.glue.count("GetJobRuns"); calls > 20 {
			t.Errorf("%d calls that were refused", calls)
		}
		w.glue.failWith(nil)
		w.pass(2*time.Hour, time.Minute)
		if problems := w.c.Status().Targets[0].Problems; len(problems) != 0 {
			t.Errorf("problems are %+v", problems)
		}
	})
	t.Run("while nothing can be landed Glue is not asked for the same again and again", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.tick()
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), time.Minute)
		w.land.fails = errors.New("disk is full")
		failed := 0
		for range 3600 {
			w.at = w.at.Add(2 * time.Second)
			if err := w.c.Tick(t.Context()); err != nil {
				failed++
			}
		}
		if calls := w.glue.count("GetJobRuns"); failed == 0 || calls > 130 {
			t.Errorf("%d calls, %d ticks failed", calls, failed)
		}
		w.land.fails = nil
		w.pass(2*time.Minute, time.Second)
		if w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("row is %v", w.land.run("jr_1"))
		}
	})
	t.Run("an answer with what cannot be is landed without that", func(t *testing.T) {
		w := newWorld(t, hourly)
		r := w.glue.addRun("orders", "jr_1", time.Unix(0, 0), -time.Second)
		r.class, r.dpu = "FLEX", math.Inf(1)
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "SUCCEEDED" || got["execution_s"] != "" || got["dpu_seconds"] != "" || got["started_at"] != "" {
			t.Errorf("row is %v", got)
		}
	})
	t.Run("unknown states are landed and asked about on, but not for ever", func(t *testing.T) {
		w := newWorld(t, hourly)
		w.glue.addRun("orders", "jr_1", noon().Add(time.Minute), time.Minute).state = "HIBERNATING"
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["state"] != "HIBERNATING" || len(w.watch.points) != 0 {
			t.Errorf("row is %v", got)
		}
	})
}

func TestThrottling(t *testing.T) {
	w := newWorld(t, func(w *world) {
		for i := range 200 {
			w.glue.addJob(fmt.Sprintf("job-%d", i))
		}
		w.cfg.NoBackfill = false
	})
	w.glue.failWith(throttled)
	w.pass(5*time.Minute, time.Second)
	calls := w.glue.count("GetJobs")
	if rate := w.c.Status().Targets[0].Budget.PerSecond; rate >= 5 || calls > 10 {
		t.Errorf("rate %v, %d calls in five minutes of throttling", rate, calls)
	}
	for i := range 30 {
		id := fmt.Sprintf("jr_%d", i)
		w.glue.addRun("job-0", id, noon(), time.Minute)
		o := w.openRun(id, func(o *collector.OpenRun) { o.Outcome = limnograph.RunSucceeded })
		o.JobName = "job-0"
		w.open = append(w.open, o)
	}
	w.pass(5*time.Second, 5*time.Second)
	if calls := w.glue.count("GetJobRun"); calls != 1 {
		t.Errorf("%d calls at once, after the first one was throttled", calls)
	}
	w.open = nil
	w.glue.failWith(nil)
	w.pass(10*time.Minute, time.Second)
	if s := w.c.Status().Targets[0]; s.Budget.PerSecond != 5 || s.Jobs != 200 || len(s.Problems) != 0 {
		t.Errorf("afterwards %+v", s)
	}
}

func TestBudget(t *testing.T) {
	t.Run("a short one goes to ended runs first", func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.cfg.CallsPerHour, w.cfg.NoBackfill = 20, false
			for i := range 100 {
				w.glue.addJob(fmt.Sprintf("job-%d", i))
			}
		})
		w.pass(30*time.Minute, 10*time.Second)
		for i := range 4 {
			id := fmt.Sprintf("jr_%d", i)
			w.glue.addRun("orders", id, noon(), time.Minute)
			if out, err := w.c.Event(t.Context(), w.event(id, limnograph.RunSucceeded)); err != nil || (out.Asked != (i < 2)) && out.Asked != (i < 3) {
				t.Errorf("event %d: %+v, %v", i, out, err)
			}
		}
		s := w.c.Status().Targets[0]
		if s.Budget.PerHour != 20 || s.Budget.Used != 20 {
			t.Errorf("budget is %+v", s.Budget)
		}
		w.pass(40*time.Minute, 10*time.Second)
		for i := range 4 {
			if got := w.land.run(fmt.Sprintf("jr_%d", i)); got["execution_s"] != "60" {
				t.Errorf("in the next hour run %d is %v", i, got)
			}
		}
	})
	t.Run("repeated requests count", func(t *testing.T) {
		var sent int64
		w := newWorld(t)
		w.cfg.Open = nil
		target := collector.Target{AccountID: account, Region: region, Glue: w.glue, Requests: func() int64 { return sent }}
		c, err := collector.New([]collector.Target{target}, w.land.land, w.cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), time.Minute)
		w.glue.failWith(func(string) error { sent += 3; return nil })
		if _, err := c.Collect(t.Context(), collector.Request{JobName: "orders", RunID: "jr_1"}); err != nil {
			t.Fatal(err)
		}
		if s := c.Status().Targets[0]; s.Calls["GetJobRun"] != 3 || s.Budget.Used != 3 {
			t.Errorf("got %+v", s)
		}
	})
}
