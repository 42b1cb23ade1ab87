package runsim_test

import (
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/record"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// settling is how long after the last run everything may take to be found.
const settling = 3 * time.Hour

// In the end job_runs is what the ledger says, whatever happened to events and calls; and the calls stay within 1.5 for each
// run that ended, and one GetJobRuns for each job and hour.
func TestRunsEqualTheLedger(t *testing.T) {
	for name, events := range map[string]simulator.EventFaults{
		"a tenth of the events lost, doubled, overtaken": {Lost: 0.1, Duplicated: 0.1, Reordered: 0.1},
		"all events lost": {Lost: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, glueapi.Faults{Throttled: 0.05}, events)
			w.live(t, w.end().Add(settling))
			ended := w.compare(t)
			w.compareCalls(t, ended)
			w.compareJobs(t)
			w.secretsStayAway(t)
		})
	}
}

// compare compares every run of the ledger that has ended with the table, and returns how many they are.
func (w *world) compare(t *testing.T) (ended int) {
	t.Helper()
	rows, err := w.rows(t.Context(), limnograph.RunsTable)
	must(t, err)
	have := make(map[limnograph.RunKey]*record.Row, len(rows))
	for _, r := range rows {
		if have[keyOf(r)] != nil {
			t.Errorf("run %s has two rows", r.Text("job_run_id"))
		}
		have[keyOf(r)] = r
	}
	ledger := w.fleet.RunLedger(start, w.end())
	jobs := w.jobs()
	wrong := 0
	for i := range ledger {
		truth := &ledger[i]
		if j := jobs[truth.JobKey]; !j.DeletedAt.IsZero() && !truth.CompletedAt.Add(2*time.Hour).Before(j.DeletedAt) {
			continue // Glue forgot it before anybody could ask
		}
		ended++
		if diff := difference(truth, have[truth.RunKey]); diff != "" {
			if wrong++; wrong <= 10 {
				t.Errorf("%s of %s (%s): %s", truth.RunID, truth.JobName, truth.State, diff)
			}
		}
	}
	if wrong > 10 {
		t.Errorf("%d of %d runs differ", wrong, ended)
	}
	t.Logf("%d runs of the ledger compared", ended)
	return ended
}

// compareJobs compares the inventory with the ledger: every job is there, and one that was deleted keeps its row.
func (w *world) compareJobs(t *testing.T) {
	t.Helper()
	rows, err := w.rows(t.Context(), limnograph.JobsTable)
	must(t, err)
	have := make(map[limnograph.JobKey]*record.Row, len(rows))
	names := make(map[string]map[string]bool)
	for _, r := range rows {
		k := limnograph.JobKey{AccountID: r.Text("account_id"), Region: r.Text("region"), JobName: r.Text("job_name")}
		have[k] = r
		if names[k.JobName] == nil {
			names[k.JobName] = make(map[string]bool)
		}
		names[k.JobName][k.AccountID] = true
	}
	deleted, shared := 0, 0
	for key, truth := range w.jobs() {
		row := have[key]
		if row == nil {
			t.Errorf("job %s is not in the inventory", key.JobName)
			continue
		}
		exists, _ := row.Value("exists").(bool)
		if gone := !truth.DeletedAt.IsZero() && truth.DeletedAt.Before(w.clock.now().Add(-2*time.Hour)); exists == gone {
			t.Errorf("job %s: exists is %t, it was deleted at %v", key.JobName, exists, truth.DeletedAt)
		} else if gone {
			deleted++
		}
		if got := row.Text("glue_version"); got != truth.GlueVersion {
			t.Errorf("job %s has Glue version %s, want %s", key.JobName, got, truth.GlueVersion)
		}
		if len(names[key.JobName]) > 1 {
			shared++
		}
	}
	t.Logf("%d jobs compared, %d deleted, %d with a name that two accounts have", len(have), deleted, shared)
	if shared == 0 {
		t.Error("no two accounts have a job of one name: the test proves less than it says")
	}
}

func (w *world) jobs() map[limnograph.JobKey]simulator.JobTruth {
	all := make(map[limnograph.JobKey]simulator.JobTruth)
	for _, j := range w.fleet.JobLedger(start, w.end()) {
		all[j.JobKey] = j
	}
	return all
}

// difference says what of a row is not what the truth says; "": nothing.
func difference(truth *simulator.RunTruth, row *record.Row) string {
	if row == nil {
		return "is not in the table"
	}
	var wrong []string
	text := func(column, want string) {
		if got := row.Text(column); got != want {
			wrong = append(wrong, column+" is "+got+", want "+want)
		}
	}
	long := func(column string, want *int64) {
		got, ok := row.Long(column)
		if ok != (want != nil) || ok && got != *want {
			wrong = append(wrong, column+" differs")
		}
	}
	at := func(column string, want time.Time) {
		ms := want.UnixMilli()
		long(column, &ms)
	}
	text("state", string(truth.State))
	text("previous_run_id", truth.PreviousRunID)
	text("worker_type", truth.WorkerType)
	text("execution_class", truth.ExecutionClass)
	long("attempt", truth.Attempt)
	long("workers", truth.Workers)
	long("execution_s", truth.ExecutionS)
	at("started_at", truth.StartedAt)
	at("ended_at", truth.CompletedAt)
	want, source := truth.DPU()
	text("dpu_source", source)
	if got, ok := row.Double("dpu_seconds"); ok != (want != nil) || ok && got != *want {
		wrong = append(wrong, "dpu_seconds differ")
	}
	return strings.Join(wrong, "; ")
}

// compareCalls checks the budget.
func (w *world) compareCalls(t *testing.T, ended int) {
	t.Helper()
	hours := int(w.clock.now().Sub(start)/time.Hour) + 1
	allJobs := len(w.jobs())
	calls := w.requests
	most := ended*3/2 + allJobs*hours
	t.Logf("%d GetJobRun, %d GetJobRuns, %d GetJobs for %d runs and %d jobs in %d hours: at most %d allowed",
		calls["GetJobRun"], calls["GetJobRuns"], calls["GetJobs"], ended, allJobs, hours, most)
	if got := calls["GetJobRun"] + calls["GetJobRuns"]; got > most {
		t.Errorf("%d calls for runs are more than %d", got, most)
	}
}

// secretsStayAway looks for the secrets of arguments and error texts in all that has landed or is in a table.
func (w *world) secretsStayAway(t *testing.T) {
	t.Helper()
	for _, table := range limnograph.RecordTables() {
		rows, err := w.rows(t.Context(), table)
		must(t, err)
		if len(rows) == 0 {
			t.Errorf("%s is empty", table)
		}
		for _, r := range rows {
			for i, v := range r.Values() {
				if text, ok := v.(string); ok && strings.Contains(text, simulator.FakeSecret) {
					t.Fatalf("%s holds a secret in column %d: %s", table, i, text)
				}
			}
		}
	}
}
