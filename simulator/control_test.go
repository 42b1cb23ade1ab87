package simulator_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// byID indexes runs.
func byID(runs []simulator.RunTruth) map[string]simulator.RunTruth {
	out := map[string]simulator.RunTruth{}
	for _, r := range runs {
		out[r.RunID] = r
	}
	return out
}

// Every run of the stream has a truth that agrees with what its datapoints say: its id, its time, and how it ended.
func TestRunsAndMetricsAgree(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	from, until := monday(), monday().AddDate(0, 0, 2)
	truths, ended := byID(f.RunLedger(from.AddDate(0, 0, -1), until)), 0
	for _, run := range f.Runs(from, until) {
		r, ok := truths[run.ID]
		if !ok || !r.Metrics {
			t.Fatalf("the ledger lacks %s of %s", run.ID, run.Job.Name)
		}
		if r.JobName != run.Job.Name || r.AccountID != run.Job.AccountID || r.Region != run.Job.Region {
			t.Fatalf("%s belongs to %v, want %s", run.ID, r.JobKey, run.Job.Name)
		}
		if !r.Began(limnograph.RunRunning).Equal(run.Start()) || !r.CompletedAt.Equal(run.End()) {
			t.Errorf("%s worked from %v to %v, its datapoints say %v to %v", run.ID, r.Began(limnograph.RunRunning), r.CompletedAt, run.Start(), run.End())
		}
		if (r.State == limnograph.RunSucceeded) == run.Failed || r.ErrorCategory != "" && r.ErrorCategory != run.Error {
			t.Errorf("%s ended %s (%s), its datapoints say failed %v (%s)", run.ID, r.State, r.ErrorCategory, run.Failed, run.Error)
		}
		if (r.State == limnograph.RunTimeout) != (run.Error == "TIMEOUT_ERROR") {
			t.Errorf("%s ended %s of %s", run.ID, r.State, run.Error)
		}
		ended++
	}
	if ended < 1000 {
		t.Errorf("%d runs in two days", ended)
	}
}

// Each run goes through its states in Glue's order, and its figures follow from them.
func TestRunsGoThroughTheirStates(t *testing.T) {
	for _, r := range newFleet(t, simulator.Config{}).RunLedger(monday(), monday().AddDate(0, 0, 3)) {
		if problem := wrongTimeline(&r); problem != "" {
			t.Fatalf("%s of %s: %s: %v", r.RunID, r.JobName, problem, r.Timeline)
		}
	}
}

func wrongTimeline(r *simulator.RunTruth) string {
	rank := []limnograph.RunState{"WAITING", "STARTING", "RUNNING", "STOPPING"}
	last := -1
	for i, change := range r.Timeline {
		at := slices.Index(rank, change.State)
		switch {
		case i == len(r.Timeline)-1 && !change.State.IsTerminal():
			return "it does not end"
		case i < len(r.Timeline)-1 && at <= last:
			return "states are out of order"
		case i > 0 && change.At.Before(r.Timeline[i-1].At):
			return "time runs backwards"
		}
		last = at
	}
	work := time.Duration(0)
	if began := r.Began(limnograph.RunRunning); !began.IsZero() {
		work = r.CompletedAt.Sub(began)
	}
	full := float64(*r.ExecutionS) * *r.MaxCapacity
	switch {
	case !r.StartedAt.Equal(r.Timeline[0].At) || !r.CompletedAt.Equal(r.Timeline[len(r.Timeline)-1].At):
		return "start and end are not those of the states"
	case *r.ExecutionS != int64(work/time.Second):
		return "the execution time is not that of RUNNING"
	case r.State == limnograph.RunTimeout && *r.ExecutionS < *r.TimeoutMin*60:
		return "it timed out before its timeout"
	case r.DPUSeconds != nil && (*r.DPUSeconds <= 0 || *r.DPUSeconds >= full):
		return "DPU-seconds are not below the whole capacity"
	case r.DPUSeconds != nil && !*r.AutoScaling && r.ExecutionClass != "FLEX":
		return "DPU-seconds of a job of fixed size"
	case r.ModifiedAt.Before(r.CompletedAt) || r.ModifiedAt.After(r.CompletedAt.Add(90*time.Second)):
		return "it was modified at another time"
	case r.State.HasFailed() != (r.ErrorMessage != ""):
		return "the error's text does not fit the state"
	}
	return ""
}

// Within three days of the demonstration fleet everything is there that the API can tell.
func TestThreeDaysHaveEverything(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for d := range 10 {
		from := monday().AddDate(0, 0, d)
		seen := map[string]int{}
		for _, r := range f.RunLedger(from, from.AddDate(0, 0, 3)) {
			for _, change := range r.Timeline {
				seen[string(change.State)]++
			}
			seen[r.ExecutionClass]++
			seen["attempt "+map[bool]string{true: "first", false: "later"}[*r.Attempt == 0]]++
			for name, is := range map[string]bool{
				"late DPU-seconds": r.DPUAt.After(r.CompletedAt), "python": r.JobType == "pythonshell",
				"stopped in the queue": r.State == limnograph.RunStopped && len(r.Timeline) == 2,
				"secret argument":      strings.Contains(r.Arguments["--api_token"], simulator.FakeSecret),
				"secret in an error":   strings.Contains(r.ErrorMessage, simulator.FakeSecret),
				"notified":             r.NotifyAfter > 0, "encrypted": r.SecurityProfile != "",
			} {
				if is {
					seen[name]++
				}
			}
		}
		for _, want := range []string{
			"WAITING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED", "FLEX",
			"STANDARD", "attempt first", "attempt later", "late DPU-seconds", "python", "stopped in the queue", "secret argument",
			"secret in an error", "notified", "encrypted",
		} {
			if seen[want] == 0 {
				t.Errorf("from %s on: no %s: %v", from.Format(time.DateOnly), want, seen)
			}
		}
	}
}

// A retry by Glue follows a failed run of the same job and names it; what a person starts again after a stopped run or one
// that timed out is a run of its own.
func TestRetriesFollowFailures(t *testing.T) {
	runs := newFleet(t, simulator.Config{}).RunLedger(monday(), monday().AddDate(0, 0, 14))
	index, retries := byID(runs), 0
	for _, r := range runs {
		if (*r.Attempt > 0) != (r.PreviousRunID != "") {
			t.Errorf("%s is attempt %d after %q", r.RunID, *r.Attempt, r.PreviousRunID)
		}
		before, ok := index[r.PreviousRunID]
		if !ok {
			continue
		}
		retries++
		if before.State != limnograph.RunFailed || before.JobKey != r.JobKey || *r.Attempt != *before.Attempt+1 || r.StartedAt.Before(before.CompletedAt) {
			t.Errorf("%s is attempt %d after %s, which ended %s at %v", r.RunID, *r.Attempt, before.RunID, before.State, before.CompletedAt)
		}
	}
	if retries < 50 {
		t.Errorf("%d retries", retries)
	}
}

// What the API says at any moment is what is known by then.
func TestTruthAtAnyMoment(t *testing.T) {
	for _, r := range newFleet(t, simulator.Config{Jobs: 9}).RunLedger(monday(), monday().AddDate(0, 0, 1)) {
		if _, there := r.At(r.StartedAt.Add(-time.Millisecond)); there {
			t.Fatalf("%s is there before it starts", r.RunID)
		}
		for _, change := range r.Timeline {
			now, _ := r.At(change.At)
			ended := change.State.IsTerminal()
			if now.State != change.State || now.CompletedAt.IsZero() == ended || !ended && (now.DPUSeconds != nil || now.ErrorMessage != "") {
				t.Fatalf("%s at its %s: %+v", r.RunID, change.State, now)
			}
			if late := r.DPUAt.After(r.CompletedAt); ended && late && (now.DPUSeconds != nil || !now.ModifiedAt.Equal(r.CompletedAt)) {
				t.Fatalf("%s reports its DPU-seconds early: %+v", r.RunID, now)
			}
		}
		final, _ := r.At(r.CompletedAt.Add(90 * time.Second))
		if final.DPUSeconds != r.DPUSeconds || !final.ModifiedAt.Equal(r.ModifiedAt) || final.ExecutionS != r.ExecutionS {
			t.Fatalf("%s ends as %+v, the ledger says %+v", r.RunID, final, r.JobRun)
		}
	}
}

// The ledger of a whole is that of its parts, that of a job is its part, and the same fleet says the same again.
func TestRunLedgerIsOneForAllQuestions(t *testing.T) {
	f, from := newFleet(t, simulator.Config{Jobs: 21}), monday()
	whole := byID(f.RunLedger(from, from.AddDate(0, 0, 2)))
	parts := byID(newFleet(t, simulator.Config{Jobs: 21}).RunLedger(from, from.Add(17*time.Hour)))
	for id, r := range byID(f.RunLedger(from.Add(17*time.Hour), from.AddDate(0, 0, 2))) {
		parts[id] = r
	}
	jobs := map[string]simulator.RunTruth{}
	for _, j := range f.JobLedger(from, from.AddDate(0, 0, 2)) {
		for _, r := range f.JobRuns(j.JobKey, from, from.AddDate(0, 0, 2)) {
			jobs[r.RunID] = r
		}
	}
	for name, other := range map[string]map[string]simulator.RunTruth{"parts": parts, "jobs": jobs} {
		if len(other) != len(whole) || len(whole) < 300 {
			t.Errorf("%d runs by %s, %d in the whole", len(other), name, len(whole))
		}
		for id, r := range other {
			if w := whole[id]; !slices.Equal(w.Timeline, r.Timeline) || w.State != r.State || !w.ModifiedAt.Equal(r.ModifiedAt) {
				t.Errorf("%s by %s: %+v, in the whole %+v", id, name, r, w)
			}
		}
	}
}

func TestLedgersOfRunsAndJobsAreFiles(t *testing.T) {
	f, until := newFleet(t, simulator.Config{Jobs: 9}), monday().AddDate(0, 0, 2)
	var runs, jobs bytes.Buffer
	if err := f.WriteRunLedger(&runs, monday(), until); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteJobLedger(&jobs, monday(), until); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(runs.String(), simulator.FakeSecret) {
		t.Error("the ledger holds a secret")
	}
	rows, err := csv.NewReader(&runs).ReadAll()
	if err != nil || len(rows) != 1+len(f.RunLedger(monday(), until)) || rows[0][3] != "job_run_id" {
		t.Errorf("%d rows of runs, %v", len(rows), err)
	}
	rows, err = csv.NewReader(&jobs).ReadAll()
	if err != nil || len(rows) != 1+len(f.JobLedger(monday(), until)) {
		t.Errorf("%d rows of jobs, %v", len(rows), err)
	}
}

// DPU-seconds are derived where the size of a run is fixed, and nowhere else.
func TestSourceOfDPUSeconds(t *testing.T) {
	seen := map[string]int{}
	for _, r := range newFleet(t, simulator.Config{}).RunLedger(monday(), monday().AddDate(0, 0, 2)) {
		seconds, from := r.DPU()
		seen[from]++
		if (seconds == nil) != (from == "unknown") {
			t.Errorf("%s: %v from %s", r.RunID, seconds, from)
		}
	}
	if seen["observed"] == 0 || seen["derived"] == 0 {
		t.Errorf("sources %v", seen)
	}
}
