package gluejob_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/gluejob"
)

const finished = `{
	"Id":"jr_1_attempt_1","Attempt":1,"PreviousRunId":"jr_1","TriggerName":"nightly","JobName":"load","JobMode":"SCRIPT",
	"JobRunQueuingEnabled":false,"StartedOn":1795500000.25,"LastModifiedOn":1795500901.5,"CompletedOn":1795500900.125,
	"JobRunState":"FAILED","Arguments":{"--dataset":"orders","--layer":"raw","--password":"hunter2","--enable-auto-scaling":"true"},
	"ErrorMessage":"AnalysisException: card 4111111111111111","PredecessorRuns":[],"AllocatedCapacity":10,"ExecutionTime":871,
	"Timeout":480,"MaxCapacity":10.0,"WorkerType":"G.1X","NumberOfWorkers":10,"SecurityConfiguration":"sealed",
	"LogGroupName":"/aws-glue/jobs","GlueVersion":"5.0","DPUSeconds":4321.5,"ExecutionClass":"FLEX","SomethingNew":{"a":[1]}}`

func key(job, run string) limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: job}, RunID: run}
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func TestRunTellsEveryField(t *testing.T) {
	f := newFake(t, ok(`{"JobRun":`+finished+`}`))
	got, err := f.reader().Run(t.Context(), "load", "jr_1_attempt_1")
	if err != nil {
		t.Fatal(err)
	}
	want := limnograph.JobRun{
		RunKey: key("load", "jr_1_attempt_1"), Source: limnograph.FromAPI, ObservedAt: answered, State: limnograph.RunFailed,
		Attempt: aws.Int64(1), PreviousRunID: "jr_1", TriggerName: "nightly",
		StartedAt: at(1795500000250), CompletedAt: at(1795500900125), ModifiedAt: at(1795500901500),
		ExecutionS: aws.Int64(871), DPUSeconds: aws.Float64(4321.5), MaxCapacity: aws.Float64(10), Workers: aws.Int64(10), WorkerType: "G.1X",
		ExecutionClass: "FLEX", GlueVersion: "5.0", JobMode: "SCRIPT", TimeoutMin: aws.Int64(480), AutoScaling: aws.Bool(true),
		Arguments:    map[string]string{"--dataset": "orders", "--layer": "raw"},
		ErrorMessage: "AnalysisException: card 4111111111111111", SecurityProfile: "sealed", LogGroup: "/aws-glue/jobs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`GetJobRun {"JobName":"load","RunId":"jr_1_attempt_1"}`}, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// What Glue does not say is not reported: no zero takes its place.
func TestWhatIsNotSaidIsNotReported(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want limnograph.JobRun
	}{
		"Running":           {`"JobRunState":"RUNNING","ExecutionTime":0`, limnograph.JobRun{State: limnograph.RunRunning}},
		"RunningForAWhile":  {`"JobRunState":"RUNNING","ExecutionTime":61`, limnograph.JobRun{State: limnograph.RunRunning, ExecutionS: aws.Int64(61)}},
		"StoppedWhileQueue": {`"JobRunState":"STOPPED","ExecutionTime":0`, limnograph.JobRun{State: limnograph.RunStopped, ExecutionS: aws.Int64(0)}},
		"StateOfTheFuture":  {`"JobRunState":"PAUSED"`, limnograph.JobRun{State: "PAUSED"}},
		"NoState":           {`"JobName":"load"`, limnograph.JobRun{State: limnograph.RunUnknown}},
		"OldJob":            {`"JobRunState":"RUNNING","AllocatedCapacity":5`, limnograph.JobRun{State: limnograph.RunRunning, MaxCapacity: aws.Float64(5)}},
		"NotScaling": {
			`"JobRunState":"RUNNING","Arguments":{"--enable-auto-scaling":"false"}`,
			limnograph.JobRun{State: limnograph.RunRunning, AutoScaling: aws.Bool(false)},
		},
		"NewWords": {
			`"JobRunState":"RUNNING","WorkerType":"Q.99X","ExecutionClass":"SPOT","JobMode":"SPOKEN"`,
			limnograph.JobRun{State: limnograph.RunRunning, WorkerType: "Q.99X", ExecutionClass: "SPOT", JobMode: "SPOKEN"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, ok(`{"JobRun":{"Id":"jr_1",`+c.body+`}}`))
			got, err := f.reader().Run(t.Context(), "load", "jr_1")
			if err != nil {
				t.Fatal(err)
			}
			c.want.RunKey, c.want.Source, c.want.ObservedAt, c.want.Attempt = key("load", "jr_1"), limnograph.FromAPI, answered, aws.Int64(0)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("run (-want +got):\n%s", diff)
			}
		})
	}
}

func TestArgumentsLeaveByTheAllowListAlone(t *testing.T) {
	f := newFake(t, ok(`{"JobRuns":[`+finished+`]}`))
	runs, _, err := f.reader(func(c *gluejob.Config) { c.Arguments = nil }).Runs(t.Context(), "load", "")
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	if runs[0].Arguments != nil || runs[0].AutoScaling == nil {
		t.Errorf("arguments %v, auto scaling %v", runs[0].Arguments, runs[0].AutoScaling)
	}
}

func TestRunsComeInPages(t *testing.T) {
	f := newFake(t, ok(`{"JobRuns":[{"Id":"jr_3"},{"Id":"jr_2"}],"NextToken":"more"}`), ok(`{"JobRuns":[{"Id":"jr_1"}]}`), ok(`{}`))
	r := f.reader()
	var ids []string
	token := ""
	for range 2 {
		runs, next, err := r.Runs(t.Context(), "load", token)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range runs {
			ids = append(ids, one.RunID)
		}
		token = next
	}
	if diff := cmp.Diff([]string{"jr_3", "jr_2", "jr_1"}, ids); diff != "" || token != "" {
		t.Errorf("runs (-want +got), token %q:\n%s", token, diff)
	}
	if runs, next, err := r.Runs(t.Context(), "never-ran", ""); err != nil || len(runs) != 0 || next != "" {
		t.Errorf("a job that never ran: %v, %q, %v", runs, next, err)
	}
	want := []string{
		`GetJobRuns {"JobName":"load","MaxResults":200}`, `GetJobRuns {"JobName":"load","MaxResults":200,"NextToken":"more"}`,
		`GetJobRuns {"JobName":"never-ran","MaxResults":200}`,
	}
	if diff := cmp.Diff(want, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestJobsTellWhatSwitchesMetricsOn(t *testing.T) {
	f := newFake(t, ok(`{"Jobs":[
		{"Name":"load","Role":"arn:aws:iam::111122223333:role/secret","CreatedOn":1795000000,"LastModifiedOn":1795100000.5,"ExecutionProperty":{"MaxConcurrentRuns":3},
		 "Command":{"Name":"glueetl","ScriptLocation":"s3://code/load.py","PythonVersion":"3"},
		 "DefaultArguments":{"--enable-metrics":"","--enable-observability-metrics":"True","--dataset":"orders","--db-password":"hunter2"},
		 "MaxRetries":2,"Timeout":480,"MaxCapacity":10,"NumberOfWorkers":10,"WorkerType":"G.1X","GlueVersion":"5.0","ExecutionClass":"STANDARD"},
		{"Name":"shell","Command":{"Name":"pythonshell"},"MaxCapacity":0.0625,"DefaultArguments":{"--enable-metrics":"false","--enable-observability-metrics":"1"}},
		{"Name":"bare"}],"NextToken":"t"}`))
	jobs, next, err := f.reader().Jobs(t.Context(), "")
	if err != nil || next != "t" {
		t.Fatal(next, err)
	}
	off := aws.Bool(false)
	want := []limnograph.Job{
		{
			JobKey: key("load", "").JobKey, ObservedAt: answered, Exists: true, Type: "glueetl", GlueVersion: "5.0", WorkerType: "G.1X", Workers: aws.Int64(10),
			MaxCapacity: aws.Float64(10), ExecutionClass: "STANDARD", TimeoutMin: aws.Int64(480), MaxRetries: aws.Int64(2), MaxConcurrent: aws.Int64(3),
			ScriptLocation: "s3://code/load.py", AutoScaling: off, Metrics: aws.Bool(true), Observability: aws.Bool(true),
			Arguments: map[string]string{"--dataset": "orders"}, CreatedAt: at(1795000000000), ModifiedAt: at(1795100000500),
		},
		{
			JobKey: key("shell", "").JobKey, ObservedAt: answered, Exists: true, Type: "pythonshell", MaxCapacity: aws.Float64(0.0625), MaxRetries: aws.Int64(0),
			AutoScaling: off, Metrics: off, Observability: off,
		},
		{JobKey: key("bare", "").JobKey, ObservedAt: answered, Exists: true, MaxRetries: aws.Int64(0), AutoScaling: off, Metrics: off, Observability: off},
	}
	if diff := cmp.Diff(want, jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestTagsAreThoseOfTheJobsARN(t *testing.T) {
	for region, partition := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b",
	} {
		f := newFake(t, ok(`{"Tags":{"owner":"data"}}`), ok(`{}`))
		r := f.reader(func(c *gluejob.Config) { c.Region = region })
		tags, err := r.Tags(t.Context(), "load it")
		if err != nil || tags["owner"] != "data" {
			t.Fatal(tags, err)
		}
		if want := `GetTags {"ResourceArn":"arn:` + partition + `:glue:` + region + `:111122223333:job/load it"}`; f.asked[0] != want {
			t.Errorf("asked %s, want %s", f.asked[0], want)
		}
		if tags, err := r.Tags(t.Context(), "bare"); err != nil || tags == nil || len(tags) > 0 {
			t.Errorf("no tags: %v, %v", tags, err)
		}
	}
}
