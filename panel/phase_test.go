package panel_test

import (
	"testing"
	"time"

	"limnograph"
	"limnograph/panel"
)

func state(s limnograph.RunState) option {
	return func(r *panel.RunRow) { r.State, r.Begins = s, r.First }
}

// told makes the row one that the Glue API told of: started then, and ended after so many seconds of which it executed some.
func told(started time.Time, lasted, executed float64) option {
	return func(r *panel.RunRow) {
		r.Begins, r.StartedAt, r.EndedAt = started, started, started.Add(time.Duration(lasted)*time.Second)
		r.ExecutionS = &executed
	}
}

func unmeasured(r *panel.RunRow) { r.First, r.Last = time.Time{}, time.Time{} }

// The state that Glue tells stands; what is waiting has not succeeded; without Glue, datapoints decide.
func TestPhases(t *testing.T) {
	old, now := 300*minute, 10*minute
	for name, tc := range map[string]struct {
		ago       time.Duration
		options   []option
		phase     panel.Phase
		state     string
		byMetrics bool
	}{
		"waiting":                     {now, []option{state("WAITING")}, panel.Queued, "WAITING", false},
		"starting":                    {now, []option{state("STARTING")}, panel.Starting, "STARTING", false},
		"running":                     {now, []option{state("RUNNING")}, panel.Running, "RUNNING", false},
		"stopping":                    {now, []option{state("STOPPING")}, panel.Running, "STOPPING", false},
		"stopped":                     {now, []option{state("STOPPED")}, panel.Stopped, "STOPPED", false},
		"succeeded":                   {now, []option{state("SUCCEEDED")}, panel.Succeeded, "SUCCEEDED", false},
		"failed":                      {now, []option{state("FAILED")}, panel.Failed, "FAILED", false},
		"timeout":                     {now, []option{state("TIMEOUT")}, panel.Failed, "TIMEOUT", false},
		"error":                       {now, []option{state("ERROR")}, panel.Failed, "ERROR", false},
		"expired":                     {now, []option{state("EXPIRED")}, panel.Failed, "EXPIRED", false},
		"a state of the future":       {now, []option{state("HELD_BACK")}, panel.Running, "HELD_BACK", false},
		"unknown, reporting":          {now, []option{state("UNKNOWN")}, panel.Running, "UNKNOWN", true},
		"unknown, silent":             {old, []option{state("UNKNOWN")}, panel.Ended, "UNKNOWN", true},
		"unknown, outcome failed":     {old, []option{state("UNKNOWN"), failed("S3_ERROR")}, panel.Failed, "UNKNOWN", true},
		"unknown, outcome succeeded":  {old, []option{state("UNKNOWN"), succeeded}, panel.Succeeded, "UNKNOWN", true},
		"no state at all":             {old, []option{succeeded}, panel.Succeeded, "UNKNOWN", true},
		"state before outcome":        {now, []option{state("STOPPED"), succeeded}, panel.Stopped, "STOPPED", false},
		"outcome before the state":    {now, []option{state("RUNNING"), succeeded}, panel.Succeeded, "RUNNING", true},
		"running without datapoints":  {old, []option{state("RUNNING"), told(noon.Add(-old), 0, 0), notEnded, unmeasured}, panel.Running, "RUNNING", false},
		"running long past its limit": {old, []option{state("RUNNING"), told(noon.Add(-old), 0, 0), notEnded, timeout(60)}, panel.Ended, "RUNNING", false},
		"asked about just now":        {old, []option{state("RUNNING"), timeout(60), observed(noon)}, panel.Running, "RUNNING", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := job(t, fleet(t, []panel.RunRow{row("j", tc.ago, 10*minute, tc.options...), heartbeat()}, day()), "j").Runs[0]
			if r.Phase != tc.phase || r.State != tc.state || r.ByMetrics != tc.byMetrics {
				t.Errorf("%s, %s, by metrics %t; want %s, %s, %t", r.Phase, r.State, r.ByMetrics, tc.phase, tc.state, tc.byMetrics)
			}
			if r.End.Before(r.Start) || r.DurationS < 0 {
				t.Errorf("from %s to %s, %d s", r.Start, r.End, r.DurationS)
			}
		})
	}
}

func notEnded(r *panel.RunRow) { r.EndedAt, r.ExecutionS = time.Time{}, nil }

func timeout(minutes int64) option { return func(r *panel.RunRow) { r.TimeoutMin = &minutes } }

func observed(at time.Time) option { return func(r *panel.RunRow) { r.ObservedAt = at } }

// What lies between the ends of a run but for its execution is its lead; the duration is the execution.
func TestTimesOfARun(t *testing.T) {
	begin := noon.Add(-time.Hour)
	parts := func(waiting, startup float64) option {
		return func(r *panel.RunRow) { r.WaitingS, r.StartupS = &waiting, &startup }
	}
	queued := func(r *panel.RunRow) { r.QueuedAt = begin.Add(-time.Minute) }
	for name, tc := range map[string]struct {
		options        []option
		from, to       time.Time
		lead, duration int64 // lead -1: not known
	}{
		"of the API":           {[]option{state("SUCCEEDED"), told(begin, 600, 540)}, begin, begin.Add(600 * time.Second), 60, 540},
		"with states seen":     {[]option{state("FAILED"), told(begin, 600, 500), parts(20, 30)}, begin, begin.Add(600 * time.Second), 50, 500},
		"queued before":        {[]option{state("SUCCEEDED"), told(begin, 600, 600), queued}, begin.Add(-time.Minute), begin.Add(600 * time.Second), 60, 600},
		"absurd parts":         {[]option{state("FAILED"), told(begin, 60, 1e300), parts(-5, 1e300)}, begin, begin.Add(time.Minute), 60, 366 * 24 * 3600},
		"stopped while queued": {[]option{state("STOPPED"), told(begin, 90, 0), unmeasured}, begin, begin.Add(90 * time.Second), 90, 0},
		"waiting":              {[]option{state("WAITING"), told(begin, 0, 0), notEnded, unmeasured}, begin, noon, 3600, 0},
		"running":              {[]option{state("RUNNING"), told(begin, 0, 0), notEnded}, begin, noon, -1, 3600},
		"of datapoints":        {[]option{state("UNKNOWN")}, begin.Add(time.Minute), begin.Add(11 * time.Minute), -1, 600},
	} {
		t.Run(name, func(t *testing.T) {
			r := job(t, fleet(t, []panel.RunRow{row("j", 59*minute, 10*minute, tc.options...), heartbeat()}, day()), "j").Runs[0]
			lead := int64(-1)
			if r.LeadS != nil {
				lead = *r.LeadS
			}
			if !r.Start.Equal(tc.from) || !r.End.Equal(tc.to) || lead != tc.lead || r.DurationS != tc.duration {
				t.Errorf("from %s to %s, lead %d, duration %d", r.Start, r.End, lead, r.DurationS)
			}
		})
	}
}

// The words for what is waiting, and for the ways to fail.
func TestNeedsOfStates(t *testing.T) {
	for name, tc := range map[string]struct {
		options []option
		need    panel.Need
		reason  string
	}{
		"waiting":     {[]option{state("WAITING"), notEnded, unmeasured}, panel.NeedRunning, "waiting for capacity for 20 min"},
		"starting":    {[]option{state("STARTING"), notEnded, unmeasured}, panel.NeedRunning, "starting for 20 min"},
		"timed out":   {[]option{state("TIMEOUT")}, panel.NeedFailing, "timed out at 11:45 UTC; 1 of 1 run failed"},
		"expired":     {[]option{state("EXPIRED")}, panel.NeedFailing, "expired before it started at 11:45 UTC; 1 of 1 run failed"},
		"in error":    {[]option{state("ERROR")}, panel.NeedFailing, "ended in state ERROR at 11:45 UTC; 1 of 1 run failed"},
		"was stopped": {[]option{state("STOPPED")}, panel.NeedFine, "was stopped 11:45 UTC after 5 min; 1 run"},
	} {
		t.Run(name, func(t *testing.T) {
			begins := func(r *panel.RunRow) { r.Begins = noon.Add(-20 * minute) }
			got := job(t, fleet(t, []panel.RunRow{row("j", 20*minute, 5*minute, append(tc.options, begins)...), heartbeat()}, day()), "j")
			if got.Need != tc.need || got.Reason != tc.reason {
				t.Errorf("%s: %s", got.Need, got.Reason)
			}
		})
	}
}

// A retry is a run of its own, and says nothing about when the next one is due.
func TestRetriesKeepTheSchedule(t *testing.T) {
	rows := hourly("j", 6, 70*minute, 5*minute, succeeded)
	for _, ago := range []time.Duration{300, 240, 180, 120, 60} {
		rows = append(rows, row("j", ago*minute-30*minute, 5*minute, succeeded, func(r *panel.RunRow) { r.Attempt = ptr(int64(1)) }))
	}
	got := job(t, fleet(t, append(rows, heartbeat()), day()), "j")
	if len(got.Runs) != 11 || got.Need == panel.NeedLate {
		t.Errorf("%d runs, %s: %s", len(got.Runs), got.Need, got.Reason)
	}
	m := day()
	m.To, m.AsOf = noon.Add(2*time.Hour), noon.Add(2*time.Hour)
	if late := job(t, fleet(t, rows, m), "j"); late.Need != panel.NeedLate {
		t.Errorf("two hours later %s: %s", late.Need, late.Reason)
	}
}

func TestSameJobNameInTwoAccounts(t *testing.T) {
	runs := []panel.RunRow{row("j", 60*minute, 5*minute, succeeded), row("j", 30*minute, 5*minute, failed(""), account("444455556666"))}
	rows := panel.Rows{Runs: runs, Jobs: []panel.JobRow{
		{AccountID: "111122223333", Region: "eu-west-1", JobName: "j"}, {AccountID: "111122223333", Region: "us-east-1", JobName: "j"},
	}}
	got, err := panel.BuildFleet(rows, day(), panel.Filter{}, panel.Page{})
	if err != nil || len(got.Jobs) != 3 || got.Summary.Failed != 1 || got.Summary.Runs != 2 {
		t.Fatalf("%d jobs, summary %+v, %v", len(got.Jobs), got.Summary, err)
	}
	for _, j := range got.Jobs {
		if len(j.Runs) > 1 {
			t.Errorf("the runs of two jobs are mixed: %+v", j)
		}
	}
}
