package glueapi_test

import (
	"fmt"
	"slices"
	"testing"

	"limnograph/simulator/glueapi"
)

const created = `{"Name":"own","Role":"arn:aws:iam::123456789012:role/r","Command":{"Name":"glueetl","ScriptLocation":"s3://b/k.py"}`

// A job is created, read, changed, tagged and deleted.
func TestJobOfClient(t *testing.T) {
	c := start(t, glueapi.Config{})
	type got struct {
		Job struct {
			Name, GlueVersion, ExecutionClass, WorkerType, Description string
			NumberOfWorkers                                            int
			MaxCapacity, CreatedOn, LastModifiedOn                     float64
			Timeout                                                    int
			ExecutionProperty                                          struct{ MaxConcurrentRuns int }
		}
	}
	var name struct{ Name, JobName string }
	c.call(t, "CreateJob", created+`,"WorkerType":"G.2X","NumberOfWorkers":4,"Tags":{"team":"a"}}`, &name)
	var first, second got
	c.call(t, "GetJob", `{"JobName":"own"}`, &first)
	if j := first.Job; name.Name != "own" || j.MaxCapacity != 8 || j.GlueVersion != "5.1" || j.ExecutionClass != "STANDARD" || j.Timeout != 480 ||
		j.ExecutionProperty.MaxConcurrentRuns != 1 || j.CreatedOn != float64(noon().Unix()) {
		t.Errorf("created: %+v", j)
	}
	if a := c.try("CreateJob", created+`}`); a.code != "AlreadyExistsException" {
		t.Errorf("created again: %s", a.text)
	}
	c.clock.pass(90e9)
	c.call(t, "UpdateJob", `{"JobName":"own","JobUpdate":{"Role":"r","Command":{"Name":"pythonshell"},"Description":"d","MaxRetries":1}}`, &name)
	c.call(t, "GetJob", `{"JobName":"own"}`, &second)
	if j := second.Job; j.WorkerType != "" || j.MaxCapacity != 0.0625 || j.Description != "d" || j.CreatedOn != first.Job.CreatedOn || j.LastModifiedOn != j.CreatedOn+90 {
		t.Errorf("updated: %+v", j)
	}
	if !slices.Contains(c.pages(t, 100), "own") || slices.Contains(c.in("123456789012", c.region).pages(t, 100), "own") {
		t.Error("it is not listed in its own account alone")
	}
	c.call(t, "DeleteJob", `{"JobName":"own"}`, &name)
	for op, body := range map[string]string{
		"GetJob": `{"JobName":"own"}`, "StartJobRun": `{"JobName":"own"}`, "GetJobRuns": `{"JobName":"own"}`,
		"GetJobRun": `{"JobName":"own","RunId":"r"}`, "UpdateJob": `{"JobName":"own","JobUpdate":{}}`,
	} {
		if a := c.try(op, body); a.code != "EntityNotFoundException" || a.status != 400 {
			t.Errorf("%s of a deleted job: %d %s", op, a.status, a.text)
		}
	}
	c.call(t, "DeleteJob", `{"JobName":"own"}`, &name)
}

// A job of the fleet can be changed and deleted too; its history stays while it is there.
func TestJobOfFleetIsChangedAndDeleted(t *testing.T) {
	c := start(t, glueapi.Config{})
	job := c.fleet.Jobs()[0].Name
	count := func() int {
		var out struct{ JobRuns []run }
		c.call(t, "GetJobRuns", `{"JobName":"`+job+`","MaxResults":50}`, &out)
		return len(out.JobRuns)
	}
	var ignored struct{}
	before := count()
	c.call(t, "UpdateJob", `{"JobName":"`+job+`","JobUpdate":{"Role":"r","Command":{"Name":"glueetl"}}}`, &ignored)
	if after := count(); before == 0 || after != before {
		t.Errorf("%d runs, %d after a change", before, after)
	}
	c.call(t, "DeleteJob", `{"JobName":"`+job+`"}`, &ignored)
	if a := c.try("GetJobRuns", `{"JobName":"`+job+`"}`); a.code != "EntityNotFoundException" {
		t.Errorf("runs of a deleted job: %s", a.text)
	}
	c.call(t, "CreateJob", `{"Name":"`+job+`","Role":"r","Command":{"Name":"glueetl"}}`, &ignored)
	if n := count(); n != 0 {
		t.Errorf("a new job of the same name has %d runs", n)
	}
}

func TestTags(t *testing.T) {
	c := start(t, glueapi.Config{})
	job := c.fleet.Jobs()[0]
	arn := fmt.Sprintf("arn:aws:glue:%s:%s:job/%s", c.region, c.account, job.Name)
	tags := func() map[string]string {
		var out struct{ Tags map[string]string }
		c.call(t, "GetTags", `{"ResourceArn":"`+arn+`"}`, &out)
		return out.Tags
	}
	var ignored struct{}
	if got := tags(); got["dataset"] != job.Dataset || got["team"] == "" {
		t.Errorf("tags of the fleet: %v", got)
	}
	c.call(t, "TagResource", `{"ResourceArn":"`+arn+`","TagsToAdd":{"team":"new","owner":"me"}}`, &ignored)
	c.call(t, "UntagResource", `{"ResourceArn":"`+arn+`","TagsToRemove":["env","nothing"]}`, &ignored)
	if got := tags(); got["team"] != "new" || got["owner"] != "me" || got["env"] != "" || got["dataset"] != job.Dataset {
		t.Errorf("changed tags: %v", got)
	}
	var listed struct{ JobNames []string }
	c.call(t, "ListJobs", `{"Tags":{"owner":"me","team":"new"}}`, &listed)
	if !slices.Equal(listed.JobNames, []string{job.Name}) {
		t.Errorf("jobs with the tags: %v", listed.JobNames)
	}
	for body, want := range map[string]string{
		`{"ResourceArn":"arn:aws:glue:` + c.region + `:123456789012:job/x"}`:           "InvalidInputException",
		`{"ResourceArn":"arn:aws:s3:::bucket"}`:                                        "InvalidInputException",
		`{"ResourceArn":"arn:aws:glue:` + c.region + `:` + c.account + `:job/nobody"}`: "EntityNotFoundException",
	} {
		if a := c.try("GetTags", body); a.code != want {
			t.Errorf("%s: %s", body, a.text)
		}
	}
}
