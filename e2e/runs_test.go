package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// glueAccount is whose Glue API the tests serve.
const glueAccount = "210987654321"

// glue is a Glue API without jobs of its own but for those that a test creates in glueAccount.
type glue struct {
	t   *testing.T
	url string
}

func serveGlue(t *testing.T, onEvent func(body []byte)) *glue {
	t.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{Jobs: 3, Accounts: 1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := glueapi.New(fleet, glueapi.Config{OnEvent: onEvent, RunSeconds: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return &glue{t, server.URL}
}

// call calls an operation as any client would.
func (g *glue) call(operation, body string) map[string]any {
	g.t.Helper()
	req, err := http.NewRequest(http.MethodPost, g.url+"/", strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSGlue."+operation)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA"+glueAccount+"/20261124/eu-west-1/glue/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		g.t.Fatalf("%s: %s %v %v", operation, resp.Status, answer, err)
	}
	return answer
}

func (g *glue) createJob(name, arguments string) {
	g.t.Helper()
	g.call("CreateJob", fmt.Sprintf(`{"Name":%q,"Role":"arn:aws:iam::%s:role/etl","Command":{"Name":"glueetl","ScriptLocation":"s3://lake/x.py"},"GlueVersion":"5.0","WorkerType":"G.1X","NumberOfWorkers":4,"DefaultArguments":%s}`,
		name, glueAccount, arguments))
}

// startRun starts a run and returns its id.
func (g *glue) startRun(job, arguments string) string {
	g.t.Helper()
	return g.call("StartJobRun", fmt.Sprintf(`{"JobName":%q,"Arguments":%s}`, job, arguments))["JobRunId"].(string)
}

// env makes a server ask this API.
func (g *glue) env() []string {
	return []string{
		"LIMNO_AWS_ENDPOINT=" + g.url, "LIMNO_AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIA" + glueAccount, "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_EC2_METADATA_DISABLED=true", `LIMNO_COLLECTOR_ACCOUNTS=[{account: "` + glueAccount + `", regions: [eu-west-1]}]`,
		"LIMNO_COLLECTOR_PUBLISH_TO=lake", "LIMNO_COLLECTOR_TOKEN=collector-token", "LIMNO_LAKE_COMMIT_EVERY=1s",
	}
}

// collect posts a body to the collector.
func (s *server) collect(t *testing.T, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/collect", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// shownRun is a run as the page gets it.
type shownRun struct {
	RunID string `json:"run_id"`
	State string `json:"state"`
}

// fleetRuns are the runs of the page by job.
func (s *server) fleetRuns(t *testing.T) map[string][]shownRun {
	t.Helper()
	var fleet struct {
		Jobs []struct {
			JobName string     `json:"job_name"`
			Runs    []shownRun `json:"runs"`
		}
	}
	if err := json.NewDecoder(s.get(t, "/api/v1/fleet", adminToken).Body).Decode(&fleet); err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]shownRun)
	for _, j := range fleet.Jobs {
		all[j.JobName] = j.Runs
	}
	return all
}

// A call tells of a run that works, an event of its end, and each change is on the page within seconds; jobs without a
// datapoint are there from the inventory; nothing of this needs a restart, and a lost event changes nothing.
func TestRunsComeInByCallsAndEvents(t *testing.T) {
	t.Parallel()
	events := make(chan []byte, 10)
	g := serveGlue(t, func(body []byte) { events <- body })
	g.createJob("orders-staged", `{"--enable-metrics":"true","--password":"hunter2"}`)
	g.createJob("quiet-export", `{}`)
	s := serve(t, t.TempDir(), g.env()...)
	const soon = 6 * time.Second
	has := func(job, run, state string) func() bool {
		return func() bool {
			runs := s.fleetRuns(t)[job]
			return len(runs) == 1 && cmp.Equal(runs[0], shownRun{run, state})
		}
	}
	s.await(t, "showing jobs without runs", time.Minute, func() bool { _, ok := s.fleetRuns(t)["quiet-export"]; return ok })

	run := g.startRun("orders-staged", `{"--end_state":"FAILED","--run_seconds":"3"}`)
	status, answer := s.collect(t, "collector-token", fmt.Sprintf(`{"jobName":"orders-staged","jobRunId":%q}`, run))
	var collected shownRun
	if err := json.Unmarshal([]byte(answer), &collected); err != nil || status != http.StatusOK || collected.RunID != run || collected.State == "FAILED" {
		t.Fatalf("%d %s", status, answer)
	}
	s.await(t, "showing a run at work", soon, has("orders-staged", run, collected.State))
	g.awaitEnd("orders-staged", run)
	event := string(<-events)
	for range 2 { // each event may come twice
		if status, answer := s.collect(t, "collector-token", event); status != http.StatusOK || !strings.Contains(answer, `"FAILED"`) {
			t.Fatalf("%d %s", status, answer)
		}
	}
	s.await(t, "showing its end", soon, has("orders-staged", run, "FAILED"))
	if got := s.query(t, "SELECT state, seen_in LIKE 'api,event%', workers, error_class IS NOT NULL FROM job_runs"); !cmp.Equal(got, [][]string{{"FAILED", "true", "4", "true"}}) {
		t.Errorf("%v", got)
	}
	if n := s.number(t, "SELECT count(*) FROM glue_metrics WHERE metric_name IN ('glue.run.status', 'glue.run.duration')"); n != 2 {
		t.Errorf("%d custom metrics", n)
	}
	for _, table := range []string{"job_runs", "jobs", "job_run_errors"} {
		for _, row := range s.query(t, "SELECT * FROM "+table) {
			if strings.Contains(strings.Join(row, " "), "hunter2") {
				t.Errorf("%s holds a secret argument: %v", table, row)
			}
		}
	}
	s.refusals(t, run)

	// A job that nobody has told of appears with its first datapoint.
	line := point("new-job", "jr_new", "glue.driver.aggregate.recordsRead", time.Now().Add(-time.Minute).UnixMilli(), 7)
	if status, answer := s.deliver(t, "stream", accessKey, envelope("first", line)); status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	s.await(t, "showing a new job", time.Minute, has("new-job", "jr_new", "UNKNOWN"))
	if got := s.query(t, "SELECT state, seen_in, records_in FROM job_runs WHERE job_name = 'new-job'"); !cmp.Equal(got, [][]string{{"UNKNOWN", "metrics", "7"}}) {
		t.Errorf("%v", got)
	}
}

// awaitEnd polls a run until it has ended.
func (g *glue) awaitEnd(job, run string) {
	g.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		answer := g.call("GetJobRun", fmt.Sprintf(`{"JobName":%q,"RunId":%q}`, job, run))
		if state := answer["JobRun"].(map[string]any)["JobRunState"]; state != "RUNNING" && state != "STARTING" && state != "WAITING" {
			return
		}
	}
	g.t.Fatalf("%s does not end", run)
}

// refusals: what callers do wrong is told in words, and a collector's token opens nothing else.
func (s *server) refusals(t *testing.T, run string) {
	t.Helper()
	for name, c := range map[string]struct {
		token, body string
		status      int
		says        string
	}{
		"a template that found nothing": {"collector-token", `{"jobName":"orders-staged","jobRunId":"None"}`, 400, "None"},
		"no run id":                     {"collector-token", `{"jobName":"orders-staged"}`, 400, "jobRunId is missing"},
		"no JSON":                       {"collector-token", `hello`, 400, ""},
		"an unknown job":                {"collector-token", `{"jobName":"nobody","jobRunId":"jr_1"}`, 404, "nobody"},
		"an unknown run":                {"collector-token", `{"jobName":"orders-staged","jobRunId":"jr_1"}`, 404, "jr_1"},
		"a wrong token":                 {"guess", fmt.Sprintf(`{"jobName":"orders-staged","jobRunId":%q}`, run), 401, ""},
	} {
		if status, answer := s.collect(t, c.token, c.body); status != c.status || !strings.Contains(answer, c.says) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if got := s.get(t, "/api/v1/fleet", "collector-token").StatusCode; got != http.StatusForbidden {
		t.Errorf("a collector's token reads the fleet: %d", got)
	}
}

// An answered event is durable: the process may die at once.
func TestAnsweredEventSurvivesKillNine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir)
	event := `{"version":"0","id":"1","detail-type":"Glue Job State Change","source":"aws.glue","account":"111122223333","time":"` +
		time.Now().UTC().Format(time.RFC3339) + `","region":"eu-west-1","resources":[],"detail":{"jobName":"orders","severity":"INFO","state":"SUCCEEDED","jobRunId":"jr_%d","message":"Job run succeeded"}}`
	for i := range 20 {
		if status, answer := s.collect(t, adminToken, fmt.Sprintf(event, i)); status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
	}
	s.kill()
	again := serve(t, dir)
	again.awaitCount(t, 20, "SELECT count(*) FROM job_runs WHERE state = 'SUCCEEDED' AND account_id = '111122223333'")
	if out := limno(t, serverEnv(dir), "verify", "--table", "job_runs"); !strings.Contains(out, "job_runs") {
		t.Errorf("%s", out)
	}
}

// `limno collect` does the same without a server.
func TestCollectWithoutAServer(t *testing.T) {
	t.Parallel()
	g := serveGlue(t, func([]byte) {})
	g.createJob("orders-staged", `{}`)
	run := g.startRun("orders-staged", `{"--end_state":"SUCCEEDED","--run_seconds":"0"}`)
	g.awaitEnd("orders-staged", run)
	dir := t.TempDir()
	env := append(serverEnv(dir), g.env()...)
	if err := serve(t, dir).stop(t, 30*time.Second); err != nil { // makes the directory
		t.Fatal(err)
	}
	for range 2 {
		if out := limno(t, env, "collect", "--job", "orders-staged", "--run", run); !strings.Contains(out, "SUCCEEDED") {
			t.Errorf("%s", out)
		}
	}
	if got := queryDir(t, dir, "SELECT job_run_id, state FROM job_runs"); !cmp.Equal(got, [][]string{{run, "SUCCEEDED"}}) {
		t.Errorf("%v", got)
	}
}
