package record_test

import (
	"testing"

	"limnograph"
	"limnograph/record"
)

// Glue reports DPUSeconds of a FLEX run some time after the end; an answer from before the end may come at any time.
func TestStaleRunningAfterSucceededThenLateDPUSeconds(t *testing.T) {
	running := answer(limnograph.RunRunning, 60)
	running.ObservedAt = after(900) // asked late by somebody who had an old answer
	running.ExecutionS, running.Workers, running.ExecutionClass = to[int64](55), to[int64](10), "FLEX"

	done := ended(limnograph.RunSucceeded, 600)
	done.ExecutionS, done.Workers, done.ExecutionClass, done.MaxCapacity = to[int64](580), to[int64](10), "FLEX", to(10.0)

	late := done
	late.ObservedAt, late.ModifiedAt, late.DPUSeconds = after(1200), after(1100), to(4321.5)

	row := merged(t, done, running)
	require(t, row, map[string]any{
		"state": "SUCCEEDED", "execution_s": 580, "ended_at": after(600), "dpu_seconds": nil, "dpu_source": "unknown",
	})
	for name, row := range map[string]*record.Row{
		"in order":   merged(t, running, done, late),
		"stale last": merged(t, done, late, running),
		"backwards":  merged(t, late, running, done),
	} {
		t.Run(name, func(t *testing.T) {
			require(t, row, map[string]any{
				"state": "SUCCEEDED", "dpu_seconds": 4321.5, "dpu_source": "observed", "execution_s": 580,
				"ended_at": after(600), "modified_at": after(1100), "observed_at": after(1200),
			})
		})
	}
}

// A retry by Glue has an id of its own: both are runs, and the failed one stays failed.
func TestRetryAttemptsAreTheirOwnRuns(t *testing.T) {
	first := ended(limnograph.RunFailed, 100)
	first.Attempt, first.ErrorCategory = to[int64](0), "S3_ERROR"
	second := ended(limnograph.RunSucceeded, 400)
	second.RunID, second.Attempt, second.PreviousRunID = "jr_1_attempt_1", to[int64](1), "jr_1"

	a, b := merged(t, first), merged(t, second)
	if a.Key() == b.Key() {
		t.Fatal("both attempts have one key")
	}
	require(t, a, map[string]any{"job_run_id": "jr_1", "state": "FAILED", "attempt": 0, "previous_run_id": nil, "error_category": "S3_ERROR"})
	require(t, b, map[string]any{"job_run_id": "jr_1_attempt_1", "state": "SUCCEEDED", "attempt": 1, "previous_run_id": "jr_1", "error_category": nil})
}

// A run that is stopped while it waits has used nothing, and all of its time is waiting.
func TestStoppedWhileQueued(t *testing.T) {
	waiting := answer(limnograph.RunWaiting, 10)
	waiting.Workers, waiting.WorkerType = to[int64](5), "G.1X"
	stopping := answer(limnograph.RunStopping, 120)
	stopped := ended(limnograph.RunStopped, 130)
	stopped.ExecutionS, stopped.Workers, stopped.WorkerType = to[int64](0), to[int64](5), "G.1X"

	require(t, merged(t, waiting, stopping), map[string]any{"state": "STOPPING", "waiting_s": nil, "queued_at": after(10), "dpu_source": nil})
	require(t, merged(t, stopped, stopping, waiting), map[string]any{
		"state": "STOPPED", "queued_at": after(10), "ended_at": after(130), "waiting_s": 120.0, "startup_s": nil,
		"execution_s": 0, "dpu_seconds": 0.0, "dpu_source": "derived", "records_reason": "it never ran",
	})
}

// A run that exceeds its timeout ends in a state of its own, whether the event or the API tells it first.
func TestTimeoutState(t *testing.T) {
	told := event(limnograph.RunTimeout, 7203)
	asked := ended(limnograph.RunTimeout, 7200)
	asked.TimeoutMin, asked.ErrorCategory, asked.ErrorClass = to[int64](120), "TIMEOUT_ERROR", "timeout"

	require(t, merged(t, answer(limnograph.RunRunning, 60), told), map[string]any{
		"state": "TIMEOUT", "ended_at": after(7203), "seen_in": "api,event",
	})
	require(t, merged(t, told, answer(limnograph.RunRunning, 60), asked), map[string]any{
		"state": "TIMEOUT", "ended_at": after(7200), "timeout_min": 120, "error_category": "TIMEOUT_ERROR", "error_class": "timeout",
	})
}

// A run that the Glue API does not know any more, or not yet, is shown with what its datapoints tell.
func TestRunOnlyInMetrics(t *testing.T) {
	table := record.Runs()
	m := limnograph.RunMetrics{RunKey: runKey(), First: after(60), Last: after(600), RecordsIn: to[int64](7), RecordsSource: "aggregate"}
	row := table.MergeMetrics(nil, m)
	require(t, row, map[string]any{
		"ts": after(60), "state": "UNKNOWN", "seen_in": "metrics", "records_in": 7, "records_out": nil, "started_at": nil,
		"observed_at": nil, "dpu_source": nil, "first_datapoint_at": after(60), "job_run_id": "jr_1",
	})

	m.State, m.DurationS = limnograph.RunSucceeded, to(540.0) // custom metrics are all that is left of it
	published := table.MergeMetrics(row, m)
	require(t, published, map[string]any{
		"state": "SUCCEEDED", "metric_state": "SUCCEEDED", "metric_duration_s": 540.0, "execution_s": nil, "dpu_source": "unknown",
	})

	told := table.Merge(published, parsed(t, table, record.EncodeRun(answer(limnograph.RunRunning, 30)), 1))
	require(t, told, map[string]any{"ts": start(), "state": "SUCCEEDED", "seen_in": "api,metrics", "records_in": 7})
	require(t, table.MergeMetrics(told, limnograph.RunMetrics{RunKey: runKey(), First: after(60), Last: after(600)}), map[string]any{
		"state": "RUNNING", "metric_state": nil, // as the statements told it before
	})
}

// The clock of whoever sends an event may be wrong by hours: nothing that Glue tells gives way to it, no time is
// negative, and the run stays in its day.
func TestClockSkewedEvents(t *testing.T) {
	const hour = 3600
	running, done := answer(limnograph.RunRunning, 20), ended(limnograph.RunSucceeded, 600)
	for name, events := range map[string][]limnograph.JobRun{
		"fast":           {event(limnograph.RunStarting, 20*hour), event(limnograph.RunRunning, 20*hour), event(limnograph.RunSucceeded, 21*hour)},
		"slow":           {event(limnograph.RunStarting, -30*hour), event(limnograph.RunRunning, -31*hour), event(limnograph.RunSucceeded, -30*hour)},
		"fast and wrong": {event(limnograph.RunFailed, 20*hour)},
	} {
		t.Run(name, func(t *testing.T) {
			row := merged(t, append(events, running, done)...)
			require(t, row, map[string]any{
				"ts": start(), "state": "SUCCEEDED", "started_at": start(), "ended_at": after(600), "waiting_s": nil,
			})
			if startup, ok := row.Double("startup_s"); ok && startup < 0 {
				t.Errorf("it took %v s to start", startup)
			}
		})
	}
	t.Run("an end before the start is no end", func(t *testing.T) {
		require(t, merged(t, running, event(limnograph.RunSucceeded, -hour)), map[string]any{"state": "SUCCEEDED", "ended_at": nil, "ts": start()})
	})
}

// A job that is deleted keeps what was known of it, and may come back.
func TestJobDeletedKeepsHistory(t *testing.T) {
	there := limnograph.Job{
		JobKey: runKey().JobKey, Exists: true, ObservedAt: after(0), ModifiedAt: after(-100), GlueVersion: "5.0",
		Tags: map[string]string{"team": "sales"},
	}
	gone := limnograph.Job{JobKey: there.JobKey, ObservedAt: after(100), GlueVersion: "ignored"}
	back := there
	back.ObservedAt, back.ModifiedAt, back.GlueVersion = after(200), after(150), "5.1"

	deleted := mergedJobs(t, there, gone)
	require(t, deleted, map[string]any{
		"ts": 0, "exists": false, "deleted_at": after(100), "glue_version": "5.0", "tags": `{"team":"sales"}`,
		"first_seen_at": after(0), "observed_at": after(100), "modified_at": after(-100),
	})
	require(t, mergedJobs(t, gone, there), map[string]any{"exists": false, "deleted_at": after(100), "glue_version": "5.0"})
	require(t, mergedJobs(t, back, gone, there), map[string]any{
		"exists": true, "deleted_at": nil, "glue_version": "5.1", "first_seen_at": after(0), "observed_at": after(200),
	})
}

func mergedJobs(t *testing.T, jobs ...limnograph.Job) (row *record.Row) {
	t.Helper()
	table := record.Jobs()
	for i, j := range jobs {
		row = table.Merge(row, parsed(t, table, record.EncodeJob(j), int64(i)))
	}
	return row
}

// The same names in another account or Region are another job, and other runs.
func TestSameJobNameInTwoAccounts(t *testing.T) {
	keys := map[record.Key]string{}
	for _, k := range []limnograph.JobKey{
		{AccountID: "111122223333", Region: "eu-west-1", JobName: "load"},
		{AccountID: "444455556666", Region: "eu-west-1", JobName: "load"},
		{AccountID: "111122223333", Region: "us-east-1", JobName: "load"},
		{AccountID: "111122223333", Region: "eu-west-1l", JobName: "oad"},
	} {
		job := mergedJobs(t, limnograph.Job{JobKey: k, Exists: true, ObservedAt: start()})
		run := answer(limnograph.RunRunning, 1)
		run.JobKey = k
		metrics := record.Runs().MergeMetrics(nil, limnograph.RunMetrics{RunKey: run.RunKey, First: start()})
		if row := merged(t, run); row.Key() != metrics.Key() {
			t.Errorf("%v: the run has another key than its metrics", k)
		}
		for _, row := range []*record.Row{job, merged(t, run)} {
			if other, taken := keys[row.Key()]; taken {
				t.Errorf("%v has the key of %v", k, other)
			}
			keys[row.Key()] = row.Text("account_id") + row.Text("region")
			require(t, row, map[string]any{"account_id": k.AccountID, "region": k.Region, "job_name": k.JobName})
		}
	}
}
