package panel_test

import (
	"slices"
	"testing"
	"time"

	"limnograph/panel"
)

const minute = time.Minute

// The need of a job and the words for it.
func TestNeed(t *testing.T) {
	for name, tc := range map[string]struct {
		rows   []panel.RunRow
		need   panel.Need
		reason string
	}{
		"failing": {
			append(hourly("j", 3, 90*minute, 10*minute, succeeded), row("j", 30*minute, 5*minute, failed("OUT_OF_MEMORY_ERROR"))),
			panel.NeedFailing, "OUT_OF_MEMORY_ERROR at 11:35 UTC; 1 of 4 runs failed",
		},
		"failing, class not reported": {
			[]panel.RunRow{row("j", 30*minute, 5*minute, failed(""))},
			panel.NeedFailing, "failed (class not reported) at 11:35 UTC; 1 of 1 run failed",
		},
		"failing while the next run is under way": {
			[]panel.RunRow{row("j", 60*minute, 5*minute, failed("S3_ERROR")), row("j", 10*minute, 10*minute)},
			panel.NeedFailing, "S3_ERROR at 11:05 UTC; 1 of 2 runs failed",
		},
		"failed once, fine since": {
			[]panel.RunRow{row("j", 60*minute, 5*minute, failed("S3_ERROR")), row("j", 30*minute, 10*minute, succeeded)},
			panel.NeedFine, "succeeded 11:40 UTC after 10 min; 2 runs, 1 failed",
		},
		"late": {
			append(hourly("j", 6, 100*minute, 5*minute, succeeded), heartbeat()),
			panel.NeedLate, "run expected at 11:20 UTC is 39 min overdue; it starts every 60 min",
		},
		"within its grace": {
			append(hourly("j", 6, 70*minute, 5*minute, succeeded), heartbeat()),
			panel.NeedFine, "succeeded 10:55 UTC after 5 min; 6 runs",
		},
		"too few runs to be late": {
			append(hourly("j", 3, 200*minute, 5*minute, succeeded), heartbeat()),
			panel.NeedFine, "succeeded 08:45 UTC after 5 min; 3 runs",
		},
		"keeps no schedule": {
			[]panel.RunRow{
				row("j", 900*minute, 5*minute, succeeded), row("j", 600*minute, 5*minute, succeeded), row("j", 550*minute, 5*minute, succeeded),
				row("j", 400*minute, 5*minute, succeeded), row("j", 390*minute, 5*minute, succeeded), heartbeat(),
			},
			panel.NeedFine, "succeeded 05:35 UTC after 5 min; 5 runs",
		},
		"running instead of late": {
			append(hourly("j", 6, 100*minute, 5*minute, succeeded), row("j", 7*minute, 7*minute)),
			panel.NeedRunning, "running for 7 min, typically 5 min",
		},
		"last run slow": {
			append(hourly("j", 5, 80*minute, 10*minute, succeeded), row("j", 20*minute, 16*minute, succeeded)),
			panel.NeedSlow, "last run took 16 min, typically 10 min (1.6 times)",
		},
		"at the limit, not slow": {
			append(hourly("j", 5, 80*minute, 10*minute, succeeded), row("j", 20*minute, 15*minute, succeeded)),
			panel.NeedFine, "succeeded 11:55 UTC after 15 min; 6 runs",
		},
		"short runs need a minute more": {
			append(hourly("j", 5, 80*minute, minute, succeeded), row("j", 20*minute, 2*minute, succeeded)),
			panel.NeedFine, "succeeded 11:42 UTC after 2 min; 6 runs",
		},
		"too few runs to be slow": {
			append(hourly("j", 4, 80*minute, 10*minute, succeeded), row("j", 60*minute, 55*minute, succeeded)),
			panel.NeedFine, "succeeded 11:55 UTC after 55 min; 5 runs",
		},
		"running and slow already": {
			append(hourly("j", 5, 80*minute, 10*minute, succeeded), row("j", 31*minute, 31*minute)),
			panel.NeedSlow, "running for 31 min, typically 10 min (3.1 times)",
		},
		"failed runs do not teach": {
			slices.Concat(hourly("j", 5, 200*minute, minute, failed("S3_ERROR")), hourly("j", 2, 80*minute, 30*minute, succeeded)),
			panel.NeedFine, "succeeded 11:10 UTC after 30 min; 7 runs, 5 failed",
		},
		"first run ever": {
			[]panel.RunRow{row("j", 4*minute, 4*minute)},
			panel.NeedRunning, "running for 4 min",
		},
		"state not reported": {
			[]panel.RunRow{row("j", 60*minute, 10*minute), heartbeat()},
			panel.NeedFine, "ended 11:10 UTC after 10 min; 1 run",
		},
		"quiet": {
			[]panel.RunRow{row("j", 25*time.Hour+30*minute, 10*minute, succeeded), heartbeat()},
			panel.NeedQuiet, "no run in this range; the last one ended at 23 Nov 10:40 UTC",
		},
		"totals only": {
			[]panel.RunRow{row("j", 60*minute, 10*minute, total), heartbeat()},
			panel.NeedQuiet, "reports only totals over its runs (JobRunId=ALL): its runs can't be told apart; newest datapoint at 11:09 UTC",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := job(t, fleet(t, tc.rows, day()), "j")
			if got.Need != tc.need || got.Reason != tc.reason {
				t.Errorf("got  %s: %s\nwant %s: %s", got.Need, got.Reason, tc.need, tc.reason)
			}
		})
	}
}

// Jobs come by need, and by name within it.
func TestOrderOfJobs(t *testing.T) {
	rows := slices.Concat(
		[]panel.RunRow{row("b-fine", 30*minute, 5*minute, succeeded), row("a-fine", 30*minute, 5*minute, succeeded)},
		[]panel.RunRow{row("z-failing", 30*minute, 5*minute, failed("S3_ERROR"))},
		hourly("y-late", 6, 200*minute, 5*minute, succeeded),
		hourly("x-slow", 6, 80*minute, 10*minute, succeeded), []panel.RunRow{row("x-slow", 40*minute, 39*minute, succeeded)},
		[]panel.RunRow{row("w-running", 5*minute, 5*minute)},
		[]panel.RunRow{row("a-quiet", 25*time.Hour, 5*minute, succeeded)},
	)
	var got []string
	for _, j := range fleet(t, rows, day()).Jobs {
		got = append(got, j.JobName)
	}
	want := []string{"z-failing", "y-late", "x-slow", "w-running", "a-fine", "b-fine", "a-quiet"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// An account whose stream is behind has no late and no ended jobs because of that, for as long as delivery may take.
func TestASlowStreamIsNoLateJob(t *testing.T) {
	late := hourly("j", 6, 100*minute, 5*minute, succeeded)
	other := row("k", 100*minute, 93*minute, account("444455556666"))
	m := day()
	m.NewestDatapoint = noon.Add(-8 * minute)
	got := fleet(t, append(late, other), m)
	if state := job(t, got, "k").Runs[0].Phase; state != panel.Running {
		t.Errorf("the run that reported 8 minutes ago is %s: its account reported nothing newer", state)
	}
	m.AsOf = noon.Add(20 * minute)
	if state := job(t, fleet(t, append(late, other), m), "k").Runs[0].Phase; state != panel.Ended {
		t.Errorf("20 minutes later it is %s", state)
	}
}
