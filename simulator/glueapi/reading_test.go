package glueapi_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// What the API lists is the inventory of each account and Region, page by page.
func TestInventoryIsListed(t *testing.T) {
	c := start(t, glueapi.Config{})
	want := map[string][]string{}
	for _, j := range c.fleet.JobLedger(noon(), noon().Add(time.Second)) {
		want[j.AccountID+j.Region] = append(want[j.AccountID+j.Region], j.JobName)
	}
	if len(want) != 3 {
		t.Fatalf("%d accounts", len(want))
	}
	for _, j := range c.fleet.Jobs() {
		there := c.in(j.AccountID, j.Region)
		names := want[j.AccountID+j.Region]
		slices.Sort(names)
		for _, size := range []int{1, 3, 1000} {
			if got := there.pages(t, size); !slices.Equal(got, names) {
				t.Errorf("pages of %d list %v, want %v", size, got, names)
			}
		}
		if got := c.in(j.AccountID, "sa-east-1").pages(t, 10); len(got) != 0 {
			t.Errorf("another Region has %v", got)
		}
	}
}

// pages reads ListJobs and GetJobs to their ends, which must agree.
func (c *client) pages(t *testing.T, size int) []string {
	t.Helper()
	var names, jobs []string
	for token := ""; ; {
		var out struct {
			JobNames  []string
			NextToken string
		}
		c.call(t, "ListJobs", fmt.Sprintf(`{"MaxResults":%d,"NextToken":%q}`, size, token), &out)
		names = append(names, out.JobNames...)
		if token = out.NextToken; token == "" || len(out.JobNames) != size {
			break
		}
	}
	for token := ""; ; {
		var out struct {
			Jobs      []struct{ Name string }
			NextToken string
		}
		c.call(t, "GetJobs", fmt.Sprintf(`{"MaxResults":%d,"NextToken":%q}`, size, token), &out)
		for _, j := range out.Jobs {
			jobs = append(jobs, j.Name)
		}
		if token = out.NextToken; token == "" {
			break
		}
	}
	if !slices.Equal(names, jobs) {
		t.Errorf("ListJobs has %v, GetJobs %v", names, jobs)
	}
	return names
}

// All runs of a job that have started by now and since the beginning of the history, the newest first, as they are now.
func TestRunsAreListedNewestFirst(t *testing.T) {
	from := noon().AddDate(0, 0, -3)
	c := start(t, glueapi.Config{From: from})
	for _, j := range c.fleet.JobLedger(noon(), noon().Add(time.Second)) {
		there := c.in(j.AccountID, j.Region)
		want := c.fleet.JobRuns(j.JobKey, from, noon().Add(1))
		slices.Reverse(want)
		for _, size := range []int{7, 200} {
			var got []run
			for token := ""; ; {
				var out struct {
					JobRuns   []run
					NextToken string
				}
				there.call(t, "GetJobRuns", fmt.Sprintf(`{"JobName":%q,"MaxResults":%d,"NextToken":%q}`, j.JobName, size, token), &out)
				got = append(got, out.JobRuns...)
				if token = out.NextToken; token == "" {
					break
				}
			}
			checkRuns(t, got, want)
		}
	}
}

func checkRuns(t *testing.T, got []run, want []simulator.RunTruth) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d runs, want %d", len(got), len(want))
		return
	}
	for i := range got {
		if problem := differs(got[i], &want[i], noon()); problem != "" {
			t.Errorf("run %d: %s: %+v, want %+v", i, problem, got[i], want[i])
			return
		}
	}
}

// differs compares an answer with the truth at a moment.
func differs(got run, truth *simulator.RunTruth, at time.Time) string {
	want, _ := truth.At(at)
	seconds := func(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
	switch {
	case got.ID != want.RunID || got.JobName != want.JobName || got.PreviousRunID != want.PreviousRunID || got.Attempt != *want.Attempt:
		return "another run"
	case got.JobRunState != string(want.State) || got.ExecutionTime != *want.ExecutionS || got.ErrorMessage != want.ErrorMessage:
		return "another state"
	case got.StartedOn != seconds(want.StartedAt) || got.LastModifiedOn != seconds(want.ModifiedAt):
		return "another time"
	case (got.CompletedOn == nil) != want.CompletedAt.IsZero() || got.CompletedOn != nil && *got.CompletedOn != seconds(want.CompletedAt):
		return "another end"
	case (got.DPUSeconds == nil) != (want.DPUSeconds == nil) || got.DPUSeconds != nil && *got.DPUSeconds != *want.DPUSeconds:
		return "other DPU-seconds"
	case got.WorkerType != want.WorkerType || math.Abs(got.MaxCapacity-*want.MaxCapacity) > 0:
		return "another size"
	}
	return ""
}

// A run that starts between two pages moves none of them.
func TestPagesOfRunsStandStill(t *testing.T) {
	c := start(t, glueapi.Config{})
	job := c.fleet.Jobs()[0].Name
	type page struct {
		JobRuns   []run
		NextToken string
	}
	var first, second, again page
	c.call(t, "GetJobRuns", `{"JobName":"`+job+`","MaxResults":5}`, &first)
	next := fmt.Sprintf(`{"JobName":%q,"MaxResults":5,"NextToken":%q}`, job, first.NextToken)
	c.call(t, "GetJobRuns", next, &second)
	c.start(t, `{"JobName":"`+job+`"}`)
	c.clock.pass(3 * time.Hour)
	c.call(t, "GetJobRuns", next, &again)
	if len(second.JobRuns) != 5 || second.JobRuns[0].ID != again.JobRuns[0].ID || second.JobRuns[4].ID != again.JobRuns[4].ID {
		t.Errorf("the second page was %v, is now %v", second.JobRuns, again.JobRuns)
	}
	if first.JobRuns[4].ID == second.JobRuns[0].ID {
		t.Error("a run stands on two pages")
	}
}

// GetJobRun follows a run from its start to its end.
func TestRunIsFollowed(t *testing.T) {
	c := start(t, glueapi.Config{})
	key := limnograph.JobKey{AccountID: c.account, Region: c.region, JobName: c.fleet.Jobs()[0].Name}
	r := c.fleet.JobRuns(key, noon(), noon().AddDate(0, 0, 1))[0]
	ask := `{"JobName":"` + r.JobName + `","RunId":"` + r.RunID + `"}`
	if a := c.try("GetJobRun", ask); a.code != "EntityNotFoundException" {
		t.Errorf("before it starts: %d %s", a.status, a.text)
	}
	for _, change := range r.Timeline {
		c.clock.pass(change.At.Sub(c.clock.now()))
		if problem := differs(c.getJobRun(t, r.JobName, r.RunID), &r, change.At); problem != "" {
			t.Errorf("at its %s: %s", change.State, problem)
		}
	}
}

// A job that is deleted answers no more, nor do its runs; one that is created does.
func TestTemporaryJobComesAndGoes(t *testing.T) {
	c := start(t, glueapi.Config{})
	for _, j := range c.fleet.JobLedger(noon(), noon().AddDate(0, 0, 3)) {
		if j.DeletedAt.IsZero() || j.CreatedAt.Before(noon()) {
			continue
		}
		there, ask := c.in(j.AccountID, j.Region), `{"JobName":"`+j.JobName+`"}`
		for _, step := range []struct {
			at   time.Time
			want int
		}{{j.CreatedAt.Add(-time.Second), 400}, {j.CreatedAt, 200}, {j.DeletedAt.Add(-time.Second), 200}, {j.DeletedAt, 400}} {
			c.clock.pass(step.at.Sub(c.clock.now()))
			for _, op := range []string{"GetJob", "GetJobRuns"} {
				if a := there.try(op, ask); a.status != step.want {
					t.Errorf("%s at %v: %d %s", op, step.at, a.status, a.text)
				}
			}
			if listed := slices.Contains(there.pages(t, 100), j.JobName); listed != (step.want == 200) {
				t.Errorf("listed at %v: %v", step.at, listed)
			}
		}
		return
	}
	t.Fatal("no job is created and deleted")
}

func TestBatchGetJobsTellsWhatIsMissing(t *testing.T) {
	c := start(t, glueapi.Config{})
	var out struct {
		Jobs []struct {
			Name             string
			DefaultArguments map[string]string
			Command          struct{ Name, ScriptLocation string }
		}
		JobsNotFound []string
	}
	name := c.fleet.Jobs()[0].Name
	c.call(t, "BatchGetJobs", `{"JobNames":["`+name+`","nobody"]}`, &out)
	if len(out.Jobs) != 1 || out.Jobs[0].Name != name || !slices.Equal(out.JobsNotFound, []string{"nobody"}) {
		t.Errorf("%+v", out)
	}
	if j := out.Jobs[0]; j.DefaultArguments["--enable-metrics"] == "" || j.Command.Name != "glueetl" || !strings.HasSuffix(j.Command.ScriptLocation, ".py") {
		t.Errorf("%+v", j)
	}
}
