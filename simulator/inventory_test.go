package simulator_test

import (
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// The inventory is the jobs of the stream and the silent ones, each with the reason of its silence.
func TestInventoryNamesEveryReason(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	reasons, speaking := map[simulator.Silence]int{}, 0
	for _, j := range f.JobLedger(monday(), monday().AddDate(0, 0, 3)) {
		reasons[j.Silence]++
		runs := f.JobRuns(j.JobKey, monday(), monday().AddDate(0, 0, 3))
		if len(runs) == 0 != (j.Silence == simulator.SilentUnstarted) {
			t.Errorf("%s, silent because of %q, has %d runs", j.JobName, j.Silence, len(runs))
		}
		for _, r := range runs {
			if r.Metrics != (j.Silence == simulator.Speaks) || r.WorkerType != j.WorkerType || *r.MaxCapacity != *j.MaxCapacity || r.GlueVersion != j.GlueVersion {
				t.Fatalf("%s does not fit its job: %+v, %+v", r.RunID, r, j)
			}
		}
		if !fits(&j) {
			t.Errorf("%s cannot be silent because of %q: %+v", j.JobName, j.Silence, j.Job)
		}
		if j.Silence == simulator.Speaks {
			speaking++
		}
		if !strings.Contains(j.Arguments["--db_password"], simulator.FakeSecret) {
			t.Errorf("%s has no secret that may leak", j.JobName)
		}
	}
	if speaking != 60 || len(reasons) != 6 {
		t.Errorf("%d jobs emit metrics, reasons %v", speaking, reasons)
	}
}

// fits reports whether a job's definition shows the reason of its silence.
func fits(j *simulator.JobTruth) bool {
	switch j.Silence {
	case simulator.SilentShell:
		return j.Type == "pythonshell" && j.Workers == nil
	case simulator.SilentOff:
		return j.Arguments["--enable-metrics"] == "" && !*j.Metrics
	case simulator.SilentVersion:
		return j.GlueVersion < "4.0" && !*j.Metrics && *j.Observability
	}
	return j.Arguments["--enable-metrics"] != "" && *j.Metrics
}

// Some job appears and some job is deleted within any three days, and it runs in between alone.
func TestJobsComeAndGo(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for d := range 14 {
		from := monday().AddDate(0, 0, d)
		until, appeared, deleted := from.AddDate(0, 0, 3), 0, 0
		for _, j := range f.JobLedger(from, until) {
			if !j.CreatedAt.Before(from) {
				appeared++
			}
			if !j.DeletedAt.IsZero() && j.DeletedAt.Before(until) {
				deleted++
			}
			if j.DeletedAt.IsZero() {
				continue
			}
			checkLife(t, f, &j)
		}
		if appeared == 0 || deleted == 0 {
			t.Errorf("from %s on %d jobs appear, %d are deleted", from.Format(time.DateOnly), appeared, deleted)
		}
	}
}

func checkLife(t *testing.T, f *simulator.Fleet, j *simulator.JobTruth) {
	t.Helper()
	runs := f.JobRuns(j.JobKey, j.CreatedAt.AddDate(0, 0, -7), j.CreatedAt.AddDate(0, 0, 7))
	for _, r := range runs {
		if r.StartedAt.Before(j.CreatedAt) || r.CompletedAt.After(j.DeletedAt.Add(-time.Hour)) {
			t.Errorf("%s runs from %v to %v, the job is there from %v to %v", r.JobName, r.StartedAt, r.CompletedAt, j.CreatedAt, j.DeletedAt)
		}
	}
	for at, want := range map[time.Time]bool{
		j.CreatedAt.Add(-time.Second): false, j.CreatedAt: true, j.DeletedAt.Add(-time.Second): true, j.DeletedAt: false,
	} {
		if _, there := f.Job(j.JobKey, at); there != want {
			t.Errorf("at %v the job is there: %v; created %v, deleted %v", at, there, j.CreatedAt, j.DeletedAt)
		}
	}
	if len(runs) < 3 {
		t.Errorf("%s has %d runs", j.JobName, len(runs))
	}
}

// More silent jobs are asked for by number, over all accounts and under their own names; none with a negative number.
func TestNumberOfSilentJobs(t *testing.T) {
	for _, n := range []int{-1, 1, 20} {
		f := newFleet(t, simulator.Config{Jobs: 3, Silent: n})
		keys := map[limnograph.JobKey]bool{}
		for _, j := range f.JobLedger(monday().Add(9*time.Hour), monday().Add(12*time.Hour)) {
			keys[j.JobKey] = true
		}
		if len(keys) != 3+max(0, n) {
			t.Errorf("%d jobs with %d silent ones", len(keys), n)
		}
		if got := len(f.Jobs()); got != 3 {
			t.Errorf("%d jobs in the stream with %d silent ones", got, n)
		}
	}
	if _, err := simulator.NewFleet(simulator.Config{Silent: 1 << 20}); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("a million silent jobs: %v", err)
	}
}
