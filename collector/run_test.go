package collector_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/collector"
)

// bubbleTime is the clock of a synctest bubble, moved into the years that runs of Glue have.
func bubbleTime() time.Time { return time.Now().AddDate(26, 0, 0) }

func TestRun(t *testing.T) {
	t.Run("it sweeps, lists and asks while events come in, and ends with a saved checkpoint", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := bubbleTime()
			w := newWorld(t, hourly, func(w *world) { w.cfg.Now, w.glue.now = bubbleTime, bubbleTime })
			for _, id := range []string{"jr_1", "jr_2", "jr_3"} {
				w.glue.addRun("orders", id, began.Add(time.Minute), time.Minute)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			all.Go(func() {
				if err := w.c.Run(ctx); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(3 * time.Minute)
			for range 5 {
				all.Go(func() {
					if _, err := w.c.Event(ctx, eventOf(account, "orders", "jr_1", limnograph.RunSucceeded, bubbleTime())); err != nil {
						t.Error(err)
					}
					w.c.Status()
					if err := w.c.Tick(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(2 * time.Hour)
			cancel()
			all.Wait()
			saves := w.saved.saves
			if w.land.run("jr_2")["state"] != "SUCCEEDED" || len(w.watch.points) != 2+4 || w.glue.count("GetJobRun") != 1 {
				t.Errorf("row %v, %d datapoints, calls %v", w.land.run("jr_2"), len(w.watch.points), w.glue.calls)
			}
			if saves == 0 || !json.Valid(w.saved.text) {
				t.Errorf("%d saves of %s", saves, w.saved.text)
			}
		})
	})
	t.Run("a slow account does not hold up another one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := bubbleTime()
			other := newFakeGlue("444455556666", bubbleTime)
			w := newWorld(t, hourly, func(w *world) {
				w.cfg.Now, w.glue.now = bubbleTime, bubbleTime
				w.more = []collector.Target{{AccountID: "444455556666", Region: region, Glue: other}}
			})
			other.addJob("orders")
			other.addRun("orders", "jr_1", began.Add(time.Minute), time.Minute)
			w.glue.failWith(func(string) error { time.Sleep(100 * time.Hour); return nil })
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.c.Run(ctx) }()
			time.Sleep(2 * time.Hour)
			if w.land.run("jr_1")["state"] != "SUCCEEDED" {
				t.Errorf("row is %v", w.land.run("jr_1"))
			}
			cancel()
			<-done
		})
	})
}

func TestPatience(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.cfg.Burst, w.cfg.NoBackfill, w.cfg.Patience = 2, false, time.Minute
		w.cfg.Sleep = func(_ context.Context, d time.Duration) error { w.at = w.at.Add(d); return nil }
		w.glue.addJob("a", "b", "c", "d", "e", "f", "g", "h")
	})
	w.tick()
	if took := w.at.Sub(noon()); w.c.Status().Targets[0].Backfill.Done != 8 || took < time.Second || took > time.Minute {
		t.Errorf("after %v: %+v", took, w.c.Status().Targets[0].Backfill)
	}
	if w.saved.saves != 1 {
		t.Errorf("%d saves at the end of one tick", w.saved.saves)
	}
}

func TestCheckpoint(t *testing.T) {
	t.Run("one that cannot be loaded stops everything before it is overwritten", func(t *testing.T) {
		w := newWorld(t, hourly, func(w *world) { w.saved.fails = true })
		if err := w.c.Tick(t.Context()); err == nil || w.glue.count("GetJobs") != 0 || w.saved.saves != 0 {
			t.Errorf("got %v, %d calls, %d saves", err, w.glue.count("GetJobs"), w.saved.saves)
		}
		w.saved.fails = false
		w.pass(time.Minute, time.Second)
		if w.glue.count("GetJobs") != 1 || w.saved.saves == 0 {
			t.Errorf("%d calls, %d saves", w.glue.count("GetJobs"), w.saved.saves)
		}
	})
	for name, text := range map[string]string{
		"damaged": `{"version":1,"targets":[{`, "of another version": `{"version":99}`,
		"of strange ids": `{"version":1,"runs":{"zz":{},"":{},"00112233445566778899aabbccddeeff00":{}},"targets":[{"account":"x"}]}`,
	} {
		t.Run("one that is "+name+" is as good as none, and that is said", func(t *testing.T) {
			w := newWorld(t, hourly, func(w *world) { w.saved.text = []byte(text) })
			w.glue.addRun("orders", "jr_1", noon(), time.Minute)
			w.pass(90*time.Minute, time.Minute)
			if w.land.run("jr_1")["state"] != "SUCCEEDED" {
				t.Errorf("row is %v", w.land.run("jr_1"))
			}
			if note := w.c.Status().Note; (note == "") != strings.Contains(name, "strange") {
				t.Errorf("note is %q", note)
			}
		})
	}
}

func TestMetricsOfTheCollector(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	w := newWorld(t, func(w *world) { w.cfg.Registerer = reg })
	w.glue.addJob("orders")
	w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), time.Minute)
	w.tick()
	w.collect("jr_1")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "limno_collector_")
			for _, l := range m.GetLabel() {
				if l.GetName() == "operation" || l.GetName() == "table" {
					name += " " + l.GetValue()
				}
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	want := map[string]float64{
		"calls_total GetJobRun": 1, "calls_total GetJobs": 1, "calls_total PutMetricData": 1,
		"landed_records_total jobs": 1, "landed_records_total job_runs": 1,
		"budget_calls_per_hour": 2804, "budget_used_calls": 2, "budget_calls_per_second": 5,
		"ended_runs": 1, "open_runs": 0, "jobs": 1, "backfill_jobs_left": 0, "waiting_runs": 0, "problems": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLogsHoldNoErrorTextOfJobs(t *testing.T) {
	var log strings.Builder
	w := newWorld(t, hourly, func(w *world) { w.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	w.glue.addRun("orders", "jr_1", noon(), time.Minute).state = limnograph.RunFailed
	w.glue.runs[0].message = "ValueError: cannot read hunter2secret"
	w.glue.failWith(func(op string) error {
		if op == "GetJobs" && w.glue.calls[op] == 2 {
			return throttled(op)
		}
		return nil
	})
	w.pass(3*time.Hour, time.Minute)
	if w.land.run("jr_1")["state"] != "FAILED" || strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "GetJobs") {
		t.Errorf("row %v, log:\n%s", w.land.run("jr_1"), log.String())
	}
}
