package glueapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// heard gathers the events of runs from outside.
type heard struct {
	mu     sync.Mutex
	states []string
}

func (h *heard) event(body []byte) {
	var e struct {
		Type   string `json:"detail-type"`
		Detail struct{ State, JobRunID string }
	}
	_ = json.Unmarshal(body, &e)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.states = append(h.states, e.Type+" "+e.Detail.State)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.states)
}

// own creates a job with more members of its definition.
func (c *client) own(t *testing.T, members string) {
	t.Helper()
	var ignored struct{}
	c.call(t, "CreateJob", created+members+`}`, &ignored)
}

// A run from outside ends as its arguments say, but never before it was seen RUNNING.
func TestRunEndsAsAsked(t *testing.T) {
	for _, state := range []string{"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"} {
		t.Run(state, func(t *testing.T) {
			var events heard
			c := start(t, glueapi.Config{OnEvent: events.event})
			c.own(t, "")
			id := c.start(t, `{"JobName":"own","Arguments":{"--end_state":"`+state+`","--run_seconds":"8"}}`)
			seen := []string{c.getJobRun(t, "own", id).JobRunState}
			c.clock.pass(30 * time.Second) // its time is long over
			seen = append(seen, c.getJobRun(t, "own", id).JobRunState)
			c.clock.pass(time.Second)
			end := c.getJobRun(t, "own", id)
			if seen = append(seen, end.JobRunState); !slices.Equal(seen, []string{"STARTING", "RUNNING", state}) {
				t.Fatalf("seen %v", seen)
			}
			failed := state != "SUCCEEDED" && state != "STOPPED"
			if end.CompletedOn == nil || end.ExecutionTime != 29 || (end.ErrorMessage != "") != failed || end.StartedOn != float64(noon().Unix()) {
				t.Errorf("%+v", end)
			}
			want := []string{"Glue Job State Change " + state}
			if state == "ERROR" || state == "EXPIRED" {
				want = nil
			}
			if got := events.all(); !slices.Equal(got, want) {
				t.Errorf("events %v, want %v", got, want)
			}
			if truth := c.server.OwnRuns(); len(truth) != 1 || differs(end, &truth[0], c.clock.now()) != "" {
				t.Errorf("the truth is %+v", truth)
			}
		})
	}
}

// A run at which nobody looks ends all the same, in its own time.
func TestRunEndsUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events heard
		f, err := simulator.NewFleet(simulator.Config{Jobs: 1})
		if err != nil {
			t.Fatal(err)
		}
		server, err := glueapi.New(f, glueapi.Config{OnEvent: events.event, RunSeconds: 20, EndState: "FAILED"})
		if err != nil {
			t.Fatal(err)
		}
		c := &client{server: server, account: f.Accounts()[0], region: "eu-central-1"}
		c.own(t, `,"MaxRetries":1`)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- server.Run(ctx) }()
		c.start(t, `{"JobName":"own"}`)
		time.Sleep(2 * time.Minute)
		if got := events.all(); len(got) != 0 {
			t.Errorf("early events %v", got)
		}
		time.Sleep(3 * time.Minute)
		if got := events.all(); len(got) != 2 {
			t.Errorf("events %v, want those of the run and its retry", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Glue's retries are runs of their own that name the one before; arguments say how each ends.
func TestRetries(t *testing.T) {
	c := start(t, glueapi.Config{RunSeconds: 0.001})
	c.own(t, `,"MaxRetries":2,"DefaultArguments":{"--end_state":"FAILED, FAILED, SUCCEEDED","--error_message":"boom"}`)
	first := c.start(t, `{"JobName":"own"}`)
	ids, previous := []string{first, first + "_attempt_1", first + "_attempt_2"}, ""
	for attempt, id := range ids {
		c.clock.pass(time.Second)
		c.getJobRun(t, "own", id)
		c.clock.pass(time.Second)
		r := c.getJobRun(t, "own", id)
		want := []string{"FAILED", "FAILED", "SUCCEEDED"}[attempt]
		if r.JobRunState != want || r.Attempt != int64(attempt) || r.PreviousRunID != previous || (r.ErrorMessage == "boom") != (want == "FAILED") {
			t.Errorf("attempt %d: %+v", attempt, r)
		}
		previous = id
	}
	var out struct{ JobRuns []run }
	c.call(t, "GetJobRuns", `{"JobName":"own"}`, &out)
	if len(out.JobRuns) != 3 || out.JobRuns[2].ID != first {
		t.Errorf("listed: %+v", out.JobRuns)
	}
}

func TestConcurrentRunsAreLimited(t *testing.T) {
	c := start(t, glueapi.Config{})
	c.own(t, `,"ExecutionProperty":{"MaxConcurrentRuns":2}`)
	c.start(t, `{"JobName":"own"}`)
	second := c.start(t, `{"JobName":"own"}`)
	if a := c.try("StartJobRun", `{"JobName":"own"}`); a.code != "ConcurrentRunsExceededException" || a.status != 400 {
		t.Fatalf("a third run: %d %s", a.status, a.text)
	}
	waiting := c.start(t, `{"JobName":"own","JobRunQueuingEnabled":true}`)
	if r := c.getJobRun(t, "own", waiting); r.JobRunState != "WAITING" {
		t.Errorf("a run in the queue is %s", r.JobRunState)
	}
	c.clock.pass(time.Minute)
	c.getJobRun(t, "own", second)
	c.clock.pass(time.Second)
	if r := c.getJobRun(t, "own", waiting); r.JobRunState != "STARTING" && r.JobRunState != "RUNNING" {
		t.Errorf("with a place for it, it is %s", r.JobRunState)
	}
}

func TestRunsAreStopped(t *testing.T) {
	var events heard
	c := start(t, glueapi.Config{OnEvent: events.event})
	c.own(t, "")
	id := c.start(t, `{"JobName":"own","Arguments":{"--run_seconds":"600"}}`)
	queued := c.start(t, `{"JobName":"own","JobRunQueuingEnabled":true}`)
	var out struct {
		SuccessfulSubmissions []struct {
			JobRunID string `json:"JobRunId"`
		}
		Errors []struct {
			JobRunID    string `json:"JobRunId"`
			ErrorDetail struct{ ErrorCode string }
		}
	}
	c.call(t, "BatchStopJobRun", fmt.Sprintf(`{"JobName":"own","JobRunIds":[%q,%q,"nobody"]}`, id, queued), &out)
	if len(out.SuccessfulSubmissions) != 2 || len(out.Errors) != 1 || out.Errors[0].ErrorDetail.ErrorCode != "EntityNotFoundException" {
		t.Errorf("%+v", out)
	}
	if r := c.getJobRun(t, "own", queued); r.JobRunState != "STOPPED" || r.ExecutionTime != 0 {
		t.Errorf("the run in the queue: %+v", r)
	}
	if r := c.getJobRun(t, "own", id); r.JobRunState != "STOPPING" {
		t.Errorf("it is %s at first", r.JobRunState)
	}
	c.clock.pass(2 * time.Second)
	if r := c.getJobRun(t, "own", id); r.JobRunState != "STOPPED" || r.CompletedOn == nil {
		t.Errorf("then %+v", r)
	}
	c.call(t, "BatchStopJobRun", fmt.Sprintf(`{"JobName":"own","JobRunIds":[%q]}`, id), &out)
	if out.Errors[0].JobRunID != id {
		t.Errorf("stopped again: %+v", out)
	}
	if got := events.all(); len(got) != 2 {
		t.Errorf("events %v, want both ends", got)
	}
}

func TestImpossibleStarts(t *testing.T) {
	c := start(t, glueapi.Config{})
	c.own(t, "")
	for body, want := range map[string]string{
		`{"JobName":"nobody"}`:                                            "EntityNotFoundException",
		`{"JobName":""}`:                                                  "InvalidInputException",
		`{"JobName":"own","JobRunId":"jr_nobody"}`:                        "EntityNotFoundException",
		`{"JobName":"own","Arguments":{"--end_state":"RUNNING"}}`:         "InvalidInputException",
		`{"JobName":"own","Arguments":{"--run_seconds":"NaN"}}`:           "InvalidInputException",
		`{"JobName":"own","WorkerType":"G.3X"}`:                           "InvalidInputException",
		`{"JobName":"own","Timeout":0}`:                                   "InvalidInputException",
		`{"JobName":"own","MaxCapacity":2,"WorkerType":"G.1X"}`:           "InvalidInputException",
		`{"JobName":"own","NotificationProperty":{"NotifyDelayAfter":0}}`: "InvalidInputException",
		`{"JobName":7}`: "SerializationException",
		`{`:             "SerializationException",
	} {
		if a := c.try("StartJobRun", body); a.code != want || a.status != 400 {
			t.Errorf("%s: %d %s, want %s", body, a.status, a.text, want)
		}
	}
	if again := c.server.OwnRuns(); len(again) != 0 {
		t.Errorf("started all the same: %+v", again)
	}
	if !strings.HasPrefix(c.start(t, `{"JobName":"own"}`), "jr_") {
		t.Error("a run id has another form")
	}
}

// Clients that call at the same time get their own runs, and each ends once.
func TestManyClientsAtOnce(t *testing.T) {
	var events heard
	c := start(t, glueapi.Config{OnEvent: events.event, RunSeconds: 0.001, Patience: time.Millisecond})
	c.own(t, `,"ExecutionProperty":{"MaxConcurrentRuns":1000}`)
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 5 {
				id := c.start(t, `{"JobName":"own"}`)
				c.clock.pass(time.Second)
				c.pages(t, 50)
				c.try("GetJobRuns", `{"JobName":"own"}`)
				c.try("GetJobRun", `{"JobName":"own","RunId":"`+id+`"}`)
				c.server.OwnRuns()
			}
		})
	}
	clients.Wait()
	c.clock.pass(time.Minute)
	c.try("ListJobs", "{}")
	if got := events.all(); len(got) != 20 {
		t.Errorf("%d events of 20 runs", len(got))
	}
}
