package panel_test

import (
	"strings"
	"testing"

	"limnograph/panel"
)

func TestSilence(t *testing.T) {
	on, off := true, false
	ran := panel.PastRow{Runs: 5, Succeeded: 4}
	for name, tc := range map[string]struct {
		job            panel.JobRow
		past           panel.PastRow
		reason, remedy string // parts of them; empty: none
	}{
		"has metrics":               {panel.JobRow{Metrics: &off}, panel.PastRow{Runs: 2, Measured: 1}, "", ""},
		"python shell":              {panel.JobRow{Type: "pythonshell", Metrics: &on}, ran, "Python shell", "Glue API"},
		"ray":                       {panel.JobRow{Type: "glueray"}, ran, "Ray", "Glue API"},
		"never run":                 {panel.JobRow{Metrics: &on}, panel.PastRow{}, "no run of it is known", "start it"},
		"never run and off":         {panel.JobRow{Metrics: &off}, panel.PastRow{}, "no run of it is known", "--enable-metrics"},
		"metrics off":               {panel.JobRow{Metrics: &off, Observability: &off}, ran, "lacks the default argument --enable-metrics", "aws glue update-job"},
		"metrics off, rest unknown": {panel.JobRow{Metrics: &off}, ran, "lacks the default argument --enable-metrics", "get-job"},
		"too old":                   {panel.JobRow{Metrics: &off, Observability: &on, GlueVersion: "3.0"}, ran, "it runs Glue 3.0", "Glue 4.0 or later"},
		"new enough":                {panel.JobRow{Metrics: &off, Observability: &on, GlueVersion: "4.0"}, ran, "GlueContext", "GlueContext(SparkContext.getOrCreate())"},
		"newest of all":             {panel.JobRow{Observability: &on, GlueVersion: "Auto"}, ran, "GlueContext", "namespace Glue"},
		"no context":                {panel.JobRow{Metrics: &on}, ran, "creates no GlueContext", "GlueContext("},
		"failed so far":             {panel.JobRow{Metrics: &on}, panel.PastRow{Runs: 3}, "none of its runs has succeeded", "why its runs fail"},
		"flags not known":           {panel.JobRow{}, ran, "not known yet", "next inventory"},
		"deleted":                   {panel.JobRow{Deleted: true, Metrics: &off}, ran, "deleted", ""},
	} {
		t.Run(name, func(t *testing.T) {
			reason, remedy := panel.Silence(tc.job, tc.past)
			if !strings.Contains(reason, tc.reason) || (reason == "") != (tc.reason == "") {
				t.Errorf("reason %q, want %q", reason, tc.reason)
			}
			if !strings.Contains(remedy, tc.remedy) || (remedy == "") != (tc.remedy == "") {
				t.Errorf("remedy %q, want %q", remedy, tc.remedy)
			}
		})
	}
}

// Jobs of the inventory without runs are rows, with their reason; a deleted one keeps its runs and is marked.
func TestJobsOfTheInventory(t *testing.T) {
	at := func(name string) panel.JobRow {
		return panel.JobRow{AccountID: "111122223333", Region: "eu-west-1", JobName: name, Metrics: ptr(true)}
	}
	gone := at("gone")
	gone.Deleted, gone.DeletedAt = true, noon.Add(-30*minute)
	quiet := gone
	quiet.JobName = "gone-and-quiet"
	rows := panel.Rows{
		Runs: append(hourly("gone", 6, 100*minute, 5*minute, succeeded), heartbeat()),
		Jobs: []panel.JobRow{at("never"), at("weekly"), gone, quiet},
		Past: []panel.PastRow{{AccountID: "111122223333", Region: "eu-west-1", JobName: "weekly", Runs: 9, Succeeded: 9, Measured: 9, LastBegin: noon.AddDate(0, 0, -5)}},
	}
	got, err := panel.BuildFleet(rows, day(), panel.Filter{}, panel.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		need    panel.Need
		reason  string
		silent  bool
		deleted bool
		runs    int
	}{
		"never":          {panel.NeedQuiet, "no run in this range", true, false, 0},
		"weekly":         {panel.NeedQuiet, "no run in this range; the last one began at 19 Nov 12:00 UTC", false, false, 0},
		"gone":           {panel.NeedFine, "succeeded 10:25 UTC after 5 min; 6 runs", false, true, 6},
		"gone-and-quiet": {panel.NeedQuiet, "deleted, as was seen at 11:30 UTC", true, true, 0},
	} {
		j := job(t, got, name)
		if j.Need != want.need || j.Reason != want.reason || (j.Silence != nil) != want.silent || j.Deleted != want.deleted || len(j.Runs) != want.runs {
			t.Errorf("%s: %s: %s, silence %+v, deleted %t, %d runs", name, j.Need, j.Reason, j.Silence, j.Deleted, len(j.Runs))
		}
	}
}
