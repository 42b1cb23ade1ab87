package collector_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"limnograph"
)

func (w *world) job(name string) map[string]string {
	return w.land.row(limnograph.JobsTable, map[string]string{"job_name": name})
}

func TestInventory(t *testing.T) {
	t.Run("jobs land once, and again when they have changed", func(t *testing.T) {
		w := newWorld(t)
		w.glue.page = 2
		w.glue.addJob("a", "b", "c", "d", "e")
		w.tick()
		if w.land.count(limnograph.JobsTable) != 5 || w.glue.count("GetJobs") != 3 || w.job("e")["job_type"] != "glueetl" {
			t.Fatalf("%d records, %d calls", w.land.count(limnograph.JobsTable), w.glue.count("GetJobs"))
		}
		w.glue.jobs[2].GlueVersion = "5.1"
		w.pass(3*time.Hour, time.Minute)
		if w.land.count(limnograph.JobsTable) != 6 || w.job("c")["glue_version"] != "5.1" {
			t.Errorf("%d records, c is %v", w.land.count(limnograph.JobsTable), w.job("c"))
		}
	})
	t.Run("once a day all land again, over restarts too", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("a", "b")
		w.pass(20*time.Hour, 10*time.Minute)
		w.restart()
		w.pass(6*time.Hour, 10*time.Minute)
		if w.land.count(limnograph.JobsTable) != 4 {
			t.Errorf("%d records", w.land.count(limnograph.JobsTable))
		}
	})
	t.Run("JobDeletedKeepsHistory: a job that is gone is said to be, and its runs stay", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("a", "orders")
		w.glue.addRun("orders", "jr_1", noon(), time.Minute)
		w.pass(90*time.Minute, time.Minute)
		w.glue.jobs = w.glue.jobs[:1]
		w.glue.runs = nil
		w.restart()
		w.pass(2*time.Hour, time.Minute)
		if w.job("orders")["exists"] != "false" || w.job("a")["exists"] != "true" || w.land.run("jr_1")["state"] != "SUCCEEDED" {
			t.Errorf("job %v, run %v", w.job("orders"), w.land.run("jr_1"))
		}
		calls := len(w.glue.asked)
		w.pass(2*time.Hour, time.Minute)
		for _, about := range w.glue.asked[calls:] {
			if about == "orders" {
				t.Error("runs of the deleted job are still swept")
			}
		}
	})
	t.Run("that a job is gone is said after a restart, when it could not be landed before", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("a", "orders")
		w.tick()
		w.glue.jobs = w.glue.jobs[:1]
		w.land.fails = errors.New("disk is full")
		for range 70 {
			w.at = w.at.Add(time.Minute)
			_ = w.c.Tick(t.Context())
		}
		w.land.fails = nil
		w.restart()
		w.pass(5*time.Minute, time.Minute)
		if w.job("orders")["exists"] != "false" {
			t.Errorf("job is %v", w.job("orders"))
		}
	})
	t.Run("a listing that fails half-way deletes nothing", func(t *testing.T) {
		w := newWorld(t)
		w.glue.page = 1
		w.glue.addJob("a", "b", "c")
		w.tick()
		w.glue.failWith(func(op string) error {
			if op == "GetJobs" && w.glue.calls[op]%2 == 0 {
				return throttled(op)
			}
			return nil
		})
		w.pass(3*time.Hour, time.Minute)
		for _, name := range []string{"a", "b", "c"} {
			if w.job(name)["exists"] != "true" {
				t.Errorf("%s is %v", name, w.job(name))
			}
		}
	})
	t.Run("a run of a job that nobody knows has the jobs listed soon", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("a")
		w.tick()
		w.glue.addJob("orders")
		w.glue.addRun("orders", "jr_1", noon(), time.Hour)
		w.open = append(w.open, w.openRun("jr_1"))
		w.pass(11*time.Minute, 10*time.Second)
		if w.job("orders")["exists"] != "true" || w.glue.count("GetJobs") != 2 {
			t.Errorf("job is %v after %d calls", w.job("orders"), w.glue.count("GetJobs"))
		}
	})
	t.Run("a run that was asked about before its job was listed gets it later", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("orders")
		w.glue.addRun("orders", "jr_1", noon().Add(-time.Hour), time.Minute)
		w.collect("jr_1")
		before := w.land.run("jr_1")["job_type"]
		w.pass(3*time.Hour, time.Minute)
		if got := w.land.run("jr_1"); before != "" || got["job_type"] != "glueetl" || w.land.count(limnograph.RunsTable) != 2 {
			t.Errorf("%q before, row %v after %d records", before, got, w.land.count(limnograph.RunsTable))
		}
	})
	t.Run("what the answer about a run lacks comes from its job", func(t *testing.T) {
		w := newWorld(t)
		w.glue.addJob("orders")
		w.glue.jobs[0].Type, w.glue.jobs[0].AutoScaling = "gluestreaming", new(bool)
		w.glue.addRun("orders", "jr_1", noon(), time.Minute)
		w.pass(90*time.Minute, time.Minute)
		if got := w.land.run("jr_1"); got["job_type"] != "gluestreaming" || got["auto_scaling"] != "false" {
			t.Errorf("row is %v", got)
		}
	})
}

func TestTags(t *testing.T) {
	w := newWorld(t, func(w *world) { w.cfg.NoTags = false })
	w.glue.addJob("a", "b")
	w.glue.tags["a"] = map[string]string{"team": "lake"}
	w.tick()
	if !strings.Contains(w.job("a")["tags"], "lake") || w.job("b")["tags"] != "{}" || w.glue.count("GetTags") != 2 {
		t.Fatalf("jobs are %v and %v after %d calls", w.job("a"), w.job("b"), w.glue.count("GetTags"))
	}
	w.pass(20*time.Hour, 10*time.Minute)
	w.restart()
	w.pass(time.Hour, 10*time.Minute)
	if w.glue.count("GetTags") != 2 {
		t.Errorf("%d calls within a day", w.glue.count("GetTags"))
	}
	w.glue.tags["b"] = map[string]string{"team": "sea"}
	w.glue.jobs[1].ModifiedAt = w.at
	w.pass(2*time.Hour, 10*time.Minute)
	if !strings.Contains(w.job("b")["tags"], "sea") || w.glue.count("GetTags") != 3 {
		t.Errorf("the modified job is %v after %d calls", w.job("b"), w.glue.count("GetTags"))
	}
	w.glue.failWith(func(op string) error {
		if op == "GetTags" {
			return throttled(op)
		}
		return nil
	})
	w.pass(6*time.Hour, 10*time.Minute)
	if !strings.Contains(w.job("a")["tags"], "lake") {
		t.Errorf("tags that could not be read were lost: %v", w.job("a"))
	}
}

func TestBackfill(t *testing.T) {
	past := func(w *world) {
		w.cfg.NoBackfill, w.cfg.Open = false, nil
		w.glue.page = 10
		for j := range 5 {
			job := fmt.Sprintf("job-%d", j)
			w.glue.addJob(job)
			for i := range 45 {
				w.glue.addRun(job, fmt.Sprintf("jr_%d_%d", j, i), noon().Add(-time.Duration(i+3)*6*time.Hour), time.Minute)
			}
		}
	}
	t.Run("all that Glue keeps lands, the newest first, and nothing of it is published", func(t *testing.T) {
		w := newWorld(t, past, func(w *world) { w.cfg.LandMetrics = true })
		w.pass(10*time.Minute, time.Second)
		if w.land.count(limnograph.RunsTable) != 225 || len(w.watch.points)+w.land.count("glue_metrics") != 0 {
			t.Errorf("%d records, %d and %d datapoints", w.land.count(limnograph.RunsTable), len(w.watch.points), w.land.count("glue_metrics"))
		}
		if ended := w.c.Status().Targets[0].EndedRuns; ended != 0 {
			t.Errorf("%d runs of the past count as seen to end", ended)
		}
		s := w.c.Status().Targets[0].Backfill
		if s.Jobs != 5 || s.Done != 5 || s.Runs != 225 || !s.Oldest.Equal(noon().Add(-47*6*time.Hour)) {
			t.Errorf("progress is %+v", s)
		}
		var first []string
		for _, line := range w.land.lines[limnograph.RunsTable][:50] {
			var r struct {
				ID string `json:"job_run_id"`
			}
			if json.Unmarshal([]byte(line), &r) != nil || len(r.ID) != len("jr_0_0") {
				first = append(first, r.ID)
			}
		}
		if len(first) != 0 {
			t.Errorf("old runs landed before the newest page of each job: %v", first)
		}
	})
	t.Run("it goes on after a restart with the jobs that were not read", func(t *testing.T) {
		w := newWorld(t, past, func(w *world) { w.cfg.BackfillPerHour, w.cfg.SweepEvery = 22, 100*time.Hour })
		w.pass(10*time.Minute, time.Second)
		before := w.c.Status().Targets[0].Backfill
		w.restart()
		w.pass(10*time.Minute, time.Second)
		s := w.c.Status().Targets[0].Backfill
		if before.Done != 2 || s.Done != 5 || w.glue.count("GetJobRuns") != 22+3*5 {
			t.Errorf("progress is %+v and then %+v after %d calls", before, s, w.glue.count("GetJobRuns"))
		}
		for _, r := range w.glue.runs {
			if w.land.run(r.id)["state"] != "SUCCEEDED" {
				t.Fatalf("run %s is missing", r.id)
			}
		}
	})
	t.Run("it takes its share of the budget and no more", func(t *testing.T) {
		w := newWorld(t, past, func(w *world) { w.cfg.BackfillPerHour = 7 })
		w.pass(55*time.Minute, 5*time.Second)
		if s := w.c.Status().Targets[0]; s.Backfill.Runs != 70 {
			t.Errorf("%d runs were read", s.Backfill.Runs)
		}
	})
	t.Run("it costs no call that sweeps need", func(t *testing.T) {
		w := newWorld(t, past)
		w.pass(10*time.Minute, time.Second)
		calls := w.glue.count("GetJobRuns")
		w.pass(24*time.Hour, time.Minute)
		if more := w.glue.count("GetJobRuns") - calls; more < 5*20 || more > 5*24 {
			t.Errorf("%d sweeps of 5 jobs in 24 hours", more)
		}
	})
}
