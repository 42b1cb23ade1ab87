//go:build peers

package peers_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/s3"
	"limnograph/objectkey"
	"limnograph/peers/lambdaruntime"
	"limnograph/peers/servers"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// collecting is what the collecting function finds in place of AWS: a bucket and CloudWatch of an emulator, the Glue API of
// the simulator.
type collecting struct {
	t      *testing.T
	server *servers.Server // of everything but Glue
	glue   *httptest.Server
	client *glue.Client
	bucket string
	store  *s3.Store
}

const collectJob = "orders-raw"

func newCollecting(t *testing.T, server *servers.Server) *collecting {
	t.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{Jobs: 1, Accounts: 1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := glueapi.New(fleet, glueapi.Config{RunSeconds: 0.2, Account: server.AccountID})
	if err != nil {
		t.Fatal(err)
	}
	c := &collecting{t: t, server: server, glue: httptest.NewServer(api), bucket: server.Bucket(t)}
	t.Cleanup(c.glue.Close)
	cfg := server.SDK(t)
	c.store = s3.New(cfg, s3.Location{Bucket: c.bucket, Prefix: chainRoot}, s3.Config{PathStyle: true})
	c.client = glue.NewFromConfig(cfg, func(o *glue.Options) { o.BaseEndpoint = &c.glue.URL })
	_, err = c.client.CreateJob(t.Context(), &glue.CreateJobInput{
		Name: aws.String(collectJob), Role: aws.String("arn:aws:iam::" + server.AccountID + ":role/etl"), Tags: map[string]string{"owner": "data"},
		Command:          &gluetypes.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://lake/x.py")},
		DefaultArguments: map[string]string{"--dataset": "orders", "--password": "hunter2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// variables are those of the function, as the template gives them, with the places of the emulators.
func (c *collecting) variables() map[string]string {
	return map[string]string{
		"LIMNO_LAMBDA_MODE": "collect", "LIMNO_LANDING": "s3://" + c.bucket + "/" + chainRoot, "LIMNO_ACCOUNT": c.server.AccountID,
		"LIMNO_COLLECT_REGIONS": "", "LIMNO_COLLECT_ROLES": "", "LIMNO_COLLECT_EXTERNAL_ID": "", "LIMNO_COLLECT_ARGUMENTS": "--dataset",
		"LIMNO_COLLECT_CALLS": "0", "LIMNO_COLLECT_MINUTES": "15", "LIMNO_PUBLISH": "status,duration", "LIMNO_METRIC_PREFIX": "glue.run.",
		"LIMNO_CLOUDWATCH_PROTOCOL": "json", "AWS_ENDPOINT_URL": c.server.URL, "AWS_ENDPOINT_URL_GLUE": c.glue.URL,
	}
}

func (c *collecting) start(t *testing.T) *lambdaruntime.Function {
	t.Helper()
	env := c.server.Environment(t)
	for name, value := range c.variables() {
		env = append(env, name+"="+value)
	}
	return lambdaruntime.Start(t, lambdaruntime.Build(t), env)
}

// run lets a run end in a state, and returns its id.
func (c *collecting) run(state string) string {
	c.t.Helper()
	started, err := c.client.StartJobRun(c.t.Context(), &glue.StartJobRunInput{
		JobName: aws.String(collectJob), Arguments: map[string]string{"--end_state": state, "--dataset": "orders", "--password": "hunter2"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the run ends", time.Minute, func() bool {
		out, err := c.client.GetJobRun(c.t.Context(), &glue.GetJobRunInput{JobName: aws.String(collectJob), RunId: started.JobRunId})
		if err != nil {
			c.t.Fatal(err)
		}
		return string(out.JobRun.JobRunState) == state
	})
	return *started.JobRunId
}

// event is what Glue tells EventBridge.
func (c *collecting) event(run, state string) map[string]any {
	return map[string]any{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "Glue Job State Change", "source": "aws.glue",
		"account": c.server.AccountID, "time": time.Now().UTC().Format(time.RFC3339), "region": c.server.Region, "resources": []string{}, "detail": c.detail(run, state),
	}
}

func (c *collecting) detail(run, state string) map[string]string {
	return map[string]string{"jobName": collectJob, "severity": "INFO", "state": state, "jobRunId": run, "message": "password=hunter2"}
}

// landed returns the objects of a table and their lines.
func (c *collecting) landed(ctx context.Context, table string) (keys int, lines []map[string]any) {
	c.t.Helper()
	for o, err := range c.store.List(ctx, objectkey.TablePrefix(table), "") {
		if err != nil {
			c.t.Fatal(err)
		}
		keys++
		lines = append(lines, c.lines(ctx, o.Key)...)
	}
	return keys, lines
}

func (c *collecting) lines(ctx context.Context, key string) (lines []map[string]any) {
	c.t.Helper()
	r, err := c.store.Open(ctx, key)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		c.t.Errorf("a secret has landed in %s", key)
	}
	for line := range strings.Lines(string(text)) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			c.t.Fatalf("%v in %s", err, line)
		}
		lines = append(lines, one)
	}
	return lines
}

// The real program, started as Lambda starts it: an event is collected once however often it comes; a call without a run id
// fails in words that an orchestrator can tell apart; a search by schedule finds what nobody told of. State and duration of
// each run are in CloudWatch afterwards, and no secret is anywhere.
func TestCollectFunction(t *testing.T) {
	c := newCollecting(t, pool.Moto(t))
	f := c.start(t)
	defer func() { t.Logf("it started in %v and took %.1f MB at most", f.StartTime, float64(f.PeakMemory(t))/1e6) }()
	bad, quiet := c.run("FAILED"), c.run("TIMEOUT")
	told := c.event(bad, "FAILED")
	answer := invoked(t, f, told)
	if answer["state"] != "FAILED" || answer["jobRunId"] != bad || answer["landed"] != 2.0 {
		t.Errorf("the event was answered with %v\n%s", answer, f.Log())
	}
	keys, _ := c.landed(t.Context(), limnograph.RunsTable)
	if again := invoked(t, f, told); again["landed"] != 0.0 {
		t.Errorf("the same event again: %v", again)
	}
	if now, _ := c.landed(t.Context(), limnograph.RunsTable); now != keys {
		t.Errorf("%d objects became %d", keys, now)
	}
	for run, words := range map[any]string{"None": "jobRunId is the text None", nil: "jobRunId is missing", "jr_nobody": "jr_nobody"} {
		_, failed := f.Invoke(t, map[string]any{"jobName": collectJob, "jobRunId": run}, time.Minute)
		var e struct{ ErrorType, ErrorMessage string }
		if err := json.Unmarshal([]byte(failed), &e); err != nil || !strings.HasPrefix(e.ErrorType, "limno.") || !strings.Contains(e.ErrorMessage, words) {
			t.Errorf("run %v: %q, %v", run, failed, err)
		}
	}
	if found := invoked(t, f, map[string]string{"mode": "schedule"}); found["complete"] != true {
		t.Errorf("the search was answered with %v\n%s", found, f.Log())
	}
	c.expectRuns(t, map[string]string{bad: "FAILED", quiet: "TIMEOUT"})
	if _, jobs := c.landed(t.Context(), limnograph.JobsTable); len(jobs) == 0 {
		t.Error("no job has landed")
	}
	if _, err := c.store.Stat(t.Context(), "state/collector.json"); err != nil {
		t.Errorf("state: %v", err)
	}
	if printed := f.Log() + f.Metrics(); strings.Contains(printed, "hunter2") {
		t.Errorf("a secret stands in a log:\n%s", printed)
	}
}

func invoked(t *testing.T, f *lambdaruntime.Function, event any) map[string]any {
	t.Helper()
	document, failed := f.Invoke(t, event, time.Minute)
	if failed != "" {
		t.Fatalf("%s\n%s", failed, f.Log())
	}
	var answer map[string]any
	if err := json.Unmarshal(document, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// expectRuns compares the last states that have landed, and the states that are published, with those of the runs.
func (c *collecting) expectRuns(t *testing.T, want map[string]string) {
	t.Helper()
	states := make(map[string]string)
	_, lines := c.landed(t.Context(), limnograph.RunsTable)
	for _, line := range lines {
		if line["source"] == "api" || line["seen_in"] == "api" {
			states[fmt.Sprint(line["job_run_id"])] = fmt.Sprint(line["state"])
		}
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states that landed (-of Glue +landed):\n%s\n%v", diff, lines)
	}
	now := time.Now()
	published, durations := make(map[string]string), make([]string, 0, len(want))
	for _, line := range newAccount(t, c.server).stream(t, "Glue", now.Add(-time.Hour), now.Add(time.Hour)) {
		switch run := line.Dimensions["JobRunId"]; {
		case want[run] == "": // of another test
		case line.Metric == "glue.run.status":
			published[run] = line.Dimensions["State"]
		case line.Metric == "glue.run.duration":
			durations = append(durations, run)
		}
	}
	if diff := cmp.Diff(want, published); diff != "" {
		t.Errorf("published states (-of Glue +published):\n%s", diff)
	}
	if slices.Sort(durations); len(slices.Compact(durations)) != len(want) {
		t.Errorf("durations are those of %q", durations)
	}
}

// EventBridge itself starts the function: a rule as the template makes it picks Glue's two kinds of events and no other. Only
// the source is another one: nobody but AWS may send events of aws.glue, and the emulator keeps to that.
func TestRuleStartsTheCollectFunction(t *testing.T) {
	server := pool.MiniStack(t, servers.MiniStackOptions{})
	c := newCollecting(t, server)
	s := newStack(t, server)
	archive := lambdaruntime.Pack(t, lambdaruntime.Build(t))
	variables, err := json.Marshal(map[string]any{"Variables": c.variables()})
	if err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:lambda:" + server.Region + ":" + server.AccountID + ":function:" + s.name
	s.aws(nil, "lambda", "create-function", "--function-name", s.name, "--runtime", "provided.al2023", "--handler", "bootstrap", "--timeout", "60",
		"--role", "arn:aws:iam::"+server.AccountID+":role/limno", "--zip-file", "fileb://"+archive, "--environment", string(variables))
	s.aws(nil, "events", "put-rule", "--name", s.name, "--event-pattern", `{"source":["test.glue"],"detail-type":["Glue Job State Change","Glue Job Run Status"]}`)
	s.aws(nil, "events", "put-targets", "--rule", s.name, "--targets", "Id=collect,Arn="+arn)

	run := c.run("SUCCEEDED")
	detail, err := json.Marshal(c.detail(run, "SUCCEEDED"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"Glue Crawler State Change", "Glue Job State Change"} {
		entries, err := json.Marshal([]map[string]string{{"Source": "test.glue", "DetailType": kind, "Detail": string(detail)}})
		if err != nil {
			t.Fatal(err)
		}
		s.aws(nil, "events", "put-events", "--entries", string(entries))
	}
	lines := await(t, func(context.Context) (lines []map[string]any, right bool) {
		_, lines = c.landed(t.Context(), limnograph.RunsTable)
		return lines, len(lines) >= 2
	})
	if len(lines) != 2 {
		t.Fatalf("%v have landed; the event and the API's answer were to\n%s", lines, tail(server.Log()))
	}
	c.expectRuns(t, map[string]string{run: "SUCCEEDED"})
}
