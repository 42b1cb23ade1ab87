//go:build peers

package peers_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"limnograph/peers/servers"
)

const (
	stageFunction   = "arn:aws:lambda:eu-west-1:123456789012:function:limnograph-collect"
	stageConnection = "arn:aws:events:eu-west-1:123456789012:connection/limno/1"
)

// interpreter runs state machines, one at a time, against the stage of the test.
type interpreter struct {
	client *sfn.Client
	stage  atomic.Pointer[stage]
}

// The state machines of deploy/stepfunctions run to their ends.
func TestStepFunctions(t *testing.T) {
	t.Parallel()
	i := &interpreter{}
	services := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.stage.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(services.Close)
	i.client = sfn.NewFromConfig(servers.StepFunctions(t, services.URL).SDK(t))

	all := []string{"orders-raw", "orders-staged", "orders-curated", "orders-quality"}
	failed, stopped := map[string][]string{"orders-staged": {"FAILED"}}, map[string][]string{"orders-staged": {"STOPPED"}}
	for _, c := range []struct {
		name, machine string
		endings       map[string][]string
		collector     int      // status; 0: 200
		started       []string // jobs
		failure       string   // error of the execution; "": it succeeds
		recorded      bool     // by limno
	}{
		{name: "one job", machine: "simple", started: all[:1]},
		{name: "every run is told of", machine: "chain", started: all},
		{name: "a failure stops the chain and is told of", machine: "chain", endings: failed, started: all[:2], failure: "States.TaskFailed"},
		{name: "a stopped run stops the chain and is told of", machine: "chain", endings: stopped, started: all[:2], failure: "GlueRunStopped"},
		{
			name: "a job that does not start ends the chain", machine: "chain",
			endings: map[string][]string{"orders-staged": {refused}}, started: all[:1], failure: "Glue.EntityNotFoundException",
		},
		{name: "a collector that is down changes nothing", machine: "chain", collector: http.StatusServiceUnavailable, started: all},
		{
			name: "a collector that is down hides no failure", machine: "chain", collector: http.StatusServiceUnavailable,
			endings: map[string][]string{"orders-raw": {"TIMEOUT"}}, started: all[:1], failure: "States.TaskFailed",
		},
		{name: "every run told of over HTTP is recorded", machine: "chain-http", started: all, recorded: true},
		{
			name: "a failure told of over HTTP is recorded", machine: "chain-http", recorded: true,
			endings: map[string][]string{"orders-staged": {"FAILED"}}, started: all[:2], failure: "States.TaskFailed",
		},
		{
			name: "a collector that is down over HTTP hides no failure", machine: "chain-http", collector: http.StatusServiceUnavailable,
			endings: map[string][]string{"orders-raw": {"TIMEOUT"}}, started: all[:1], failure: "States.TaskFailed",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, c.endings, cmp.Or(c.collector, http.StatusOK))
			s.authorization = "Connection " + stageConnection
			var limno *limnoServer
			if c.recorded {
				limno = s.record(t, "off")
			}
			failure := i.run(t, s, c.machine)
			s.wantStarted(t, c.started...)
			s.wantTold(t)
			if failure != c.failure {
				t.Errorf("the execution ended with %q, want %q", failure, c.failure)
			}
			road, times := stageFunction+" RequestResponse", len(c.started)
			if c.machine == "chain-http" {
				road = "http"
				if c.collector == http.StatusServiceUnavailable {
					times *= 3
				}
			}
			s.wantRoad(t, road, times)
			if c.recorded {
				s.wantRecorded(t, limno)
			}
		})
	}
}

// run runs a state machine of deploy/stepfunctions to its end and returns the error of its execution; "": it succeeded.
func (i *interpreter) run(t *testing.T, s *stage, machine string) (failure string) {
	t.Helper()
	i.stage.Store(s)
	text, err := os.ReadFile("../deploy/stepfunctions/" + machine + ".asl.json")
	if err != nil {
		t.Fatal(err)
	}
	definition := strings.NewReplacer("${CollectorFunction}", stageFunction, "${CollectorURL}", s.URL,
		"${CollectorConnection}", stageConnection).Replace(string(text))
	made, err := i.client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(servers.Name(t)), Definition: &definition, RoleArn: aws.String("arn:aws:iam::123456789012:role/pipeline"),
	})
	if err != nil {
		t.Fatal(err)
	}
	begun, err := i.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: made.StateMachineArn})
	if err != nil {
		t.Fatal(err)
	}
	var execution *sfn.DescribeExecutionOutput
	eventually(t, "the execution ends", time.Minute, func() bool {
		execution, err = i.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: begun.ExecutionArn})
		if err != nil {
			t.Fatal(err)
		}
		return execution.Status != sfntypes.ExecutionStatusRunning
	})
	if execution.Status == sfntypes.ExecutionStatusSucceeded {
		return ""
	}
	return aws.ToString(execution.Error)
}
