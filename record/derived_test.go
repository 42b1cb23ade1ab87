package record_test

import (
	"testing"
	"time"

	"limnograph"
	"limnograph/record"
)

func TestDPUSeconds(t *testing.T) {
	type change func(*limnograph.JobRun)
	for name, tc := range map[string]struct {
		change change
		want   any
		source any
	}{
		"by capacity":                   {func(r *limnograph.JobRun) { r.MaxCapacity = to(10.0) }, 1000.0, "derived"},
		"capacity goes before workers":  {func(r *limnograph.JobRun) { r.MaxCapacity, r.Workers, r.WorkerType = to(0.0625), to[int64](9), "G.1X" }, 6.25, "derived"},
		"a capacity of 0 is none":       {func(r *limnograph.JobRun) { r.MaxCapacity, r.Workers, r.WorkerType = to(0.0), to[int64](2), "G.2X" }, 400.0, "derived"},
		"by workers G.025X":             {workers("G.025X"), 50.0, "derived"},
		"by workers G.12X":              {workers("G.12X"), 2400.0, "derived"},
		"by workers G.16X":              {workers("G.16X"), 3200.0, "derived"},
		"by workers R.8X":               {workers("R.8X"), 1600.0, "derived"},
		"by workers Z.2X":               {workers("Z.2X"), 400.0, "derived"},
		"Standard needs a capacity":     {workers("Standard"), nil, "unknown"},
		"a type of the future":          {workers("H.1X"), nil, "unknown"},
		"nothing known":                 {func(*limnograph.JobRun) {}, nil, "unknown"},
		"no execution time":             {func(r *limnograph.JobRun) { r.MaxCapacity, r.ExecutionS = to(10.0), nil }, nil, "unknown"},
		"FLEX may have had fewer":       {func(r *limnograph.JobRun) { r.MaxCapacity, r.ExecutionClass = to(10.0), "FLEX" }, nil, "unknown"},
		"auto scaling had fewer":        {func(r *limnograph.JobRun) { r.MaxCapacity, r.AutoScaling = to(10.0), to(true) }, nil, "unknown"},
		"no auto scaling":               {func(r *limnograph.JobRun) { r.MaxCapacity, r.AutoScaling = to(10.0), to(false) }, 1000.0, "derived"},
		"observed goes before all":      {func(r *limnograph.JobRun) { r.MaxCapacity, r.DPUSeconds = to(10.0), to(77.5) }, 77.5, "observed"},
		"nothing before the end":        {func(r *limnograph.JobRun) { r.MaxCapacity, r.State = to(10.0), limnograph.RunRunning }, nil, nil},
		"observed before the end":       {func(r *limnograph.JobRun) { r.DPUSeconds, r.State = to(5.0), limnograph.RunRunning }, 5.0, "observed"},
		"a state of the future is none": {func(r *limnograph.JobRun) { r.MaxCapacity, r.State = to(10.0), "PAUSED" }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := ended(limnograph.RunSucceeded, 300)
			r.ExecutionS = to[int64](100)
			tc.change(&r)
			require(t, merged(t, r), map[string]any{"dpu_seconds": tc.want, "dpu_source": tc.source})
		})
	}
}

func workers(workerType string) func(*limnograph.JobRun) {
	return func(r *limnograph.JobRun) { r.Workers, r.WorkerType = to[int64](2), workerType }
}

// What a run had used before its end is not what it used.
func TestDPUSecondsAreNotDerivedFromTheTimeBeforeTheEnd(t *testing.T) {
	running := answer(limnograph.RunRunning, 100)
	running.ExecutionS, running.MaxCapacity = to[int64](90), to(10.0)
	require(t, merged(t, running, event(limnograph.RunSucceeded, 300)), map[string]any{
		"state": "SUCCEEDED", "execution_s": 90, "dpu_seconds": nil, "dpu_source": "unknown",
	})
}

func TestTimes(t *testing.T) {
	noStart := func(r limnograph.JobRun) limnograph.JobRun { r.StartedAt = time.Time{}; return r }
	late := ended(limnograph.RunSucceeded, 600)
	late.ObservedAt = after(86400)
	bare := noStart(late)
	bare.CompletedAt, bare.ModifiedAt = time.Time{}, time.Time{}
	for name, tc := range map[string]struct {
		runs []limnograph.JobRun
		want map[string]any
	}{
		"waited, started, ran": {
			[]limnograph.JobRun{answer(limnograph.RunWaiting, -90), answer(limnograph.RunStarting, 5), answer(limnograph.RunRunning, 35), ended(limnograph.RunSucceeded, 600)},
			map[string]any{"ts": after(-90), "queued_at": after(-90), "waiting_s": 95.0, "startup_s": 30.0, "ended_at": after(600)},
		},
		"never seen starting": {
			[]limnograph.JobRun{answer(limnograph.RunWaiting, -90), answer(limnograph.RunRunning, 35), ended(limnograph.RunSucceeded, 600)},
			map[string]any{"waiting_s": 125.0, "startup_s": nil},
		},
		"still waiting": {
			[]limnograph.JobRun{noStart(answer(limnograph.RunWaiting, 3)), noStart(answer(limnograph.RunWaiting, 9))},
			map[string]any{"ts": after(3), "queued_at": after(3), "waiting_s": nil, "started_at": nil, "ended_at": nil},
		},
		"expired in the queue": {
			[]limnograph.JobRun{answer(limnograph.RunWaiting, 3), ended(limnograph.RunExpired, 1203)},
			map[string]any{"state": "EXPIRED", "waiting_s": 1200.0, "ended_at": after(1203)},
		},
		"queued more than a day before is not of this run": {
			[]limnograph.JobRun{answer(limnograph.RunWaiting, -86401), answer(limnograph.RunRunning, 35)},
			map[string]any{"ts": start()},
		},
		"seen waiting after it started": {
			[]limnograph.JobRun{answer(limnograph.RunWaiting, 7), answer(limnograph.RunRunning, 35)},
			map[string]any{"ts": start(), "queued_at": after(7)},
		},
		"seen running after its end": {
			[]limnograph.JobRun{answer(limnograph.RunStarting, 5), ended(limnograph.RunSucceeded, 600), answer(limnograph.RunRunning, 900)},
			map[string]any{"startup_s": nil},
		},
		"seen starting after running": {
			[]limnograph.JobRun{answer(limnograph.RunRunning, 5), answer(limnograph.RunStarting, 9)},
			map[string]any{"startup_s": nil, "state": "STARTING"},
		},
		"asked a day after the end": {
			[]limnograph.JobRun{late},
			map[string]any{"ended_at": after(600), "observed_at": after(86400), "states": `{"SUCCEEDED":1795515000000}`, "ts": start()},
		},
		"the end is nowhere told": {
			[]limnograph.JobRun{bare},
			map[string]any{"state": "SUCCEEDED", "ended_at": nil, "states": nil, "ts": after(86400)},
		},
		"only an event": {
			[]limnograph.JobRun{event(limnograph.RunFailed, 30)},
			map[string]any{"state": "FAILED", "ended_at": after(30), "ts": after(30), "seen_in": "event", "started_at": nil},
		},
		"a state of the future": {
			[]limnograph.JobRun{answer(limnograph.RunRunning, 5), answer("PAUSED", 9)},
			map[string]any{"state": "PAUSED", "ended_at": nil},
		},
	} {
		t.Run(name, func(t *testing.T) { require(t, merged(t, tc.runs...), tc.want) })
	}
}

func TestRecordsReason(t *testing.T) {
	of := func(jobType string) limnograph.JobRun {
		r := ended(limnograph.RunSucceeded, 300)
		r.JobType, r.ExecutionS = jobType, to[int64](100)
		return r
	}
	seen := limnograph.RunMetrics{RunKey: runKey(), First: start(), Last: after(60)}
	with := func(in, out *int64) *limnograph.RunMetrics {
		m := seen
		m.RecordsIn, m.RecordsOut = in, out
		return &m
	}
	for name, tc := range map[string]struct {
		run     limnograph.JobRun
		metrics *limnograph.RunMetrics
		want    any
	}{
		"both known":       {of("glueetl"), with(to[int64](0), to[int64](3)), nil},
		"python shell":     {of("pythonshell"), nil, "no metrics: Python shell"},
		"ray":              {of("glueray"), nil, "no metrics: Ray"},
		"no datapoint":     {of("glueetl"), nil, "no datapoint of this run arrived"},
		"none reported":    {of("glueetl"), &seen, "its formats report no records"},
		"none written":     {of("glueetl"), with(to[int64](5), nil), "records written are not reported"},
		"none read":        {of("glueetl"), with(nil, to[int64](5)), "records read are not reported"},
		"runs, says so at": {answer(limnograph.RunRunning, 1), nil, "no datapoint of this run arrived"},
	} {
		t.Run(name, func(t *testing.T) {
			row := merged(t, tc.run)
			if tc.metrics != nil {
				row = record.Runs().MergeMetrics(row, *tc.metrics)
			}
			require(t, row, map[string]any{"records_reason": tc.want})
		})
	}
}
