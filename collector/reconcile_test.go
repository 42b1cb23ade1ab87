package collector_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"limnograph"
	"limnograph/collector"
)

// openRun is a run of orders that is known from metrics alone.
func (w *world) openRun(id string, change ...func(o *collector.OpenRun)) collector.OpenRun {
	o := collector.OpenRun{RunKey: key("orders", id), State: limnograph.RunUnknown, Since: w.at, LastDatapoint: w.at}
	for _, f := range change {
		f(&o)
	}
	return o
}

func TestOpenRuns(t *testing.T) {
	t.Run("an outcome by metrics is asked about at once", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 10*time.Minute-time.Second)
		w.open = []collector.OpenRun{w.openRun("jr_1", func(o *collector.OpenRun) { o.Outcome = limnograph.RunSucceeded })}
		w.tick()
		if w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("row is %v", w.land.run("jr_1"))
		}
		w.pass(10*time.Minute, 5*time.Second) // the lake has not read it yet
		if w.glue.count("GetJobRun") != 1 {
			t.Errorf("%d calls", w.glue.count("GetJobRun"))
		}
	})
	t.Run("RunOnlyInMetrics is asked about when it is seen first, and when its datapoints have stopped", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-2*time.Minute), 12*time.Minute)
		for range 12 {
			w.open = []collector.OpenRun{w.openRun("jr_1")}
			w.pass(time.Minute, 5*time.Second)
		}
		if w.glue.count("GetJobRun") != 1 || w.land.run("jr_1")["state"] != "RUNNING" {
			t.Fatalf("%d calls, row %v", w.glue.count("GetJobRun"), w.land.run("jr_1"))
		}
		w.pass(3*time.Minute, 5*time.Second)
		if w.glue.count("GetJobRun") != 2 || w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("%d calls, row %v", w.glue.count("GetJobRun"), w.land.run("jr_1"))
		}
	})
	t.Run("an end that only an event told is asked about", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), time.Minute)
		w.open = []collector.OpenRun{w.openRun("jr_1", func(o *collector.OpenRun) { o.State = limnograph.RunSucceeded })}
		w.tick()
		if w.glue.count("GetJobRun") != 1 || w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("%d calls, row %v", w.glue.count("GetJobRun"), w.land.run("jr_1"))
		}
	})
	t.Run("a run that goes on rests", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addRun("orders", "jr_1", noon().Add(-10*time.Minute), 10*time.Hour)
		w.open = []collector.OpenRun{w.openRun("jr_1", func(o *collector.OpenRun) {
			o.State, o.Asked, o.LastDatapoint = limnograph.RunRunning, true, time.Time{}
		})}
		w.pass(30*time.Minute, 5*time.Second)
		if w.glue.count("GetJobRun") != 0 {
			t.Errorf("%d calls", w.glue.count("GetJobRun"))
		}
	})
	t.Run("the total of a job, other accounts and what is too old are not asked about", func(t *testing.T) {
		w := newWorld(t)
		w.open = []collector.OpenRun{
			w.openRun("ALL"), w.openRun(""),
			w.openRun("jr_1", func(o *collector.OpenRun) { o.AccountID = "999988887777" }),
			w.openRun("jr_2", func(o *collector.OpenRun) { o.Since, o.TimeoutMin = noon().Add(-8*24*time.Hour), 60 }),
			w.openRun("jr_3", func(o *collector.OpenRun) { o.Since = noon().Add(-15 * 24 * time.Hour) }),
		}
		w.pass(10*time.Minute, 5*time.Second)
		if w.glue.count("GetJobRun") != 0 {
			t.Errorf("%d calls", w.glue.count("GetJobRun"))
		}
	})
	t.Run("a run that Glue does not know is asked about once, over restarts too", func(t *testing.T) {
		w := newWorld(t)
		w.open = []collector.OpenRun{w.openRun("jr_1", func(o *collector.OpenRun) { o.Outcome = limnograph.RunFailed })}
		w.pass(10*time.Minute, 5*time.Second)
		w.restart()
		w.pass(10*time.Minute, 5*time.Second)
		if w.glue.count("GetJobRun") != 1 {
			t.Errorf("%d calls", w.glue.count("GetJobRun"))
		}
	})
	t.Run("runs that Glue does not know do not pile up", func(t *testing.T) {
		for _, open := range []func(context.Context) ([]collector.OpenRun, error){nil, func(context.Context) ([]collector.OpenRun, error) { return nil, nil }} {
			w := newWorld(t, func(w *world) { w.cfg.Open = open })
			for i := range 20 {
				if _, err := w.c.Event(t.Context(), w.event(fmt.Sprintf("jr_%d", i), limnograph.RunFailed)); err != nil {
					t.Fatal(err)
				}
			}
			w.pass(10*time.Second, time.Second)
			if got := w.c.Status().Targets[0].OpenRuns; got != 0 {
				t.Errorf("%d runs are watched", got)
			}
		}
	})
	t.Run("asking early leaves enough to ask about ends", func(t *testing.T) {
		w := newWorld(t)
		for i := range 300 {
			id := fmt.Sprintf("jr_%03d", i)
			w.glue.addRun("orders", id, noon().Add(-time.Minute), time.Hour)
			w.open = append(w.open, w.openRun(id))
		}
		w.pass(time.Minute, 5*time.Second)
		if calls := w.glue.count("GetJobRun"); calls == 0 || calls > 20 {
			t.Errorf("%d calls about 300 runs that just began", calls)
		}
	})
	t.Run("when nobody can tell of open runs, the rest goes on", func(t *testing.T) {
		down := errors.New("no lake")
		w := newWorld(t, func(w *world) {
			w.glue.addJob("orders")
			w.cfg.Open = func(context.Context) ([]collector.OpenRun, error) { return nil, down }
		})
		if err := w.c.Tick(t.Context()); !errors.Is(err, down) || w.land.count(limnograph.JobsTable) != 1 {
			t.Errorf("got %v, %d jobs", err, w.land.count(limnograph.JobsTable))
		}
	})
}

// TestCallsStayWithinTheBudget lets a day of a fleet pass with every event lost: one run in three has no metrics, one has
// no outcome, one has all.
func TestCallsStayWithinTheBudget(t *testing.T) {
	const jobs, perJob, hours = 20, 24, 24
	w := newWorld(t, func(w *world) { w.cfg.NoBackfill = false })
	calls := 0
	w.glue.failWith(func(op string) error {
		if calls++; calls%20 == 0 {
			return throttled(op)
		}
		return nil
	})
	for j := range jobs {
		job := fmt.Sprintf("job-%02d", j)
		w.glue.addJob(job)
		for i := range perJob {
			start := noon().Add(time.Duration(i)*time.Hour + time.Duration(j)*83*time.Second)
			w.glue.addRun(job, fmt.Sprintf("jr_%02d_%02d", j, i), start, time.Duration(5+j%40)*time.Minute)
		}
	}
	asked := make(map[string]bool)
	metricsOf := func(now time.Time) (open []collector.OpenRun) {
		for i, r := range w.glue.runs {
			if seen := r.start.Add(3 * time.Minute); i%3 == 0 || now.Before(seen) || now.Sub(r.end) > time.Hour {
				continue
			}
			o := collector.OpenRun{RunKey: key(r.job, r.id), State: limnograph.RunUnknown, Since: r.start, LastDatapoint: r.end.Truncate(time.Minute)}
			if lag := now.Add(-3 * time.Minute).Truncate(time.Minute); lag.Before(o.LastDatapoint) {
				o.LastDatapoint = lag
			} else if i%3 == 1 {
				o.Outcome = r.state
			}
			o.Asked = asked[r.id]
			open = append(open, o)
		}
		return open
	}
	for end := noon().Add((hours + 3) * time.Hour); w.at.Before(end); {
		w.open = metricsOf(w.at)
		w.pass(time.Minute, time.Minute)
		for _, about := range w.glue.asked {
			asked[about] = true
		}
		w.glue.asked = nil
	}
	for _, r := range w.glue.runs {
		if got := w.land.run(r.id); got["state"] != string(r.state) {
			t.Fatalf("run %s is %v", r.id, got)
		}
	}
	runs, sweeps := w.glue.count("GetJobRun"), w.glue.count("GetJobRuns")
	if limit := jobs * (hours + 3); sweeps > limit {
		t.Errorf("%d calls of GetJobRuns, %d are one per job and hour", sweeps, limit)
	}
	if limit := jobs * perJob * 3 / 2; runs > limit {
		t.Errorf("%d calls of GetJobRun, %d are 1.5 per run", runs, limit)
	}
	t.Logf("%.2f calls of GetJobRun per run, %.2f of GetJobRuns per job and hour", float64(runs)/(jobs*perJob), float64(sweeps)/(jobs*(hours+3)))
}
