//go:build peers

package peers_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"

	"limnograph/peers/servers"
	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

// glueRun is a run that an orchestrator started, or that it told the collector of.
type glueRun struct {
	JobName  string `json:"jobName"`
	JobRunID string `json:"jobRunId"`
}

const stageToken = "hush-5d1c" // nothing else in a log looks like it

// stage is what an orchestrator finds in place of AWS and of limno: the Glue API, Lambda's Invoke, the collector.
type stage struct {
	*httptest.Server
	glue    http.Handler
	account string       // whose Glue it is
	limno   http.Handler // a real collector; nil: the stage's own

	authorization string // what the collector's endpoint asks for
	status        int    // what the collector answers, over HTTP and through Lambda

	mu      sync.Mutex
	endings map[string][]string // job to the states that its runs end in, one after the other; then SUCCEEDED
	started []glueRun           // in order
	ended   []string            // state that each of these ends in
	told    []glueRun           // in order, with repetitions
	roads   []string            // how each was told: http, or the name of a function
	odd     []string            // what nobody should ask for
}

// refused is an ending of a run that never begins: Glue does not know the job.
const refused = "refused"

// newStage serves until the test ends. The collector answers with that status.
func newStage(t *testing.T, endings map[string][]string, collector int) *stage {
	t.Helper()
	s := &stage{endings: endings, status: collector, authorization: "Bearer " + stageToken}
	s.glue, s.account = simulatedGlue(t)
	s.Server = httptest.NewServer(s)
	s.createJobs(t)
	t.Cleanup(func() {
		s.Close()
		if len(s.odd) > 0 {
			t.Errorf("nobody should ask for %q", s.odd)
		}
	})
	return s
}

// simulatedGlue has runs that end as soon as somebody has seen them run.
func simulatedGlue(t *testing.T) (server http.Handler, account string) {
	t.Helper()
	fleet, err := simulator.NewFleet(simulator.Config{Jobs: 1, Accounts: 1})
	if err != nil {
		t.Fatal(err)
	}
	server, err = glueapi.New(fleet, glueapi.Config{RunSeconds: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	return server, fleet.HubAccount()
}

// createJobs makes the jobs of the pipelines but those that are to be refused.
func (s *stage) createJobs(t *testing.T) {
	t.Helper()
	client := glue.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &s.URL, HTTPClient: servers.LoopbackClient(t),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	for _, layer := range []string{"raw", "staged", "curated", "quality"} {
		name := "orders-" + layer
		if slices.Contains(s.endings[name], refused) {
			continue
		}
		if _, err := client.CreateJob(t.Context(), &glue.CreateJobInput{
			Name: &name, Role: aws.String("arn:aws:iam::123456789012:role/etl"),
			Command: &gluetypes.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://lake/" + name + ".py")},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// ServeHTTP finds out who is meant.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	function, invoked := strings.CutPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/")
	switch {
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSGlue."):
		s.serveGlue(w, r)
	case invoked && r.Method == http.MethodPost:
		name, _ := url.PathUnescape(strings.TrimSuffix(function, "/invocations"))
		s.invoke(w, r, name)
	case r.Method == http.MethodPost && r.URL.Path == "/api/v1/collect":
		s.collect(w, r)
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.odd = append(s.odd, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Amz-Target"))
		http.NotFound(w, r)
	}
}

// serveGlue passes a call on. Into StartJobRun it writes how the run is to end, and it notes the run.
func (s *stage) serveGlue(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") != "AWSGlue.StartJobRun" {
		s.glue.ServeHTTP(w, r)
		return
	}
	var asked map[string]any
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	job, _ := asked["JobName"].(string)
	arguments, _ := asked["Arguments"].(map[string]any)
	if arguments == nil {
		arguments = map[string]any{}
	}
	ending := s.nextEnding(job)
	arguments["--end_state"] = ending
	asked["Arguments"] = arguments
	body, _ := json.Marshal(asked)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer := httptest.NewRecorder()
	s.glue.ServeHTTP(answer, r)
	s.note(job, ending, answer.Body.Bytes())
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client has gone
}

func (s *stage) nextEnding(job string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.endings[job]
	if len(left) == 0 || left[0] == refused {
		return "SUCCEEDED"
	}
	s.endings[job] = left[1:]
	return left[0]
}

func (s *stage) note(job, ending string, answer []byte) {
	var run struct {
		JobRunID string `json:"JobRunId"`
	}
	if json.Unmarshal(answer, &run) != nil || run.JobRunID == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started, s.ended = append(s.started, glueRun{job, run.JobRunID}), append(s.ended, ending)
}

// collect is the collector's endpoint.
func (s *stage) collect(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != s.authorization {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.hear(body, "http")
	if s.limno != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.limno.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(s.status)
}

// invoke is Lambda's Invoke, by name or ARN: an event is taken whatever happens then; a request fails as the function does.
func (s *stage) invoke(w http.ResponseWriter, r *http.Request, function string) {
	kind := cmp.Or(r.Header.Get("X-Amz-Invocation-Type"), "RequestResponse")
	body, _ := io.ReadAll(r.Body) // what is cut off is no run
	s.hear(body, function+" "+kind)
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	if kind == "Event" {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	answer := `{}`
	if s.status != http.StatusOK {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		answer = `{"errorMessage":"no place to land","errorType":"Unavailable"}`
	}
	_, _ = io.WriteString(w, answer) // the client has gone
}

// hear notes what the collector was told.
func (s *stage) hear(body []byte, road string) {
	var run glueRun
	err := json.Unmarshal(body, &run)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || run.JobName == "" || run.JobRunID == "" {
		s.odd = append(s.odd, "the collector got no run")
		return
	}
	s.told, s.roads = append(s.told, run), append(s.roads, road)
}

// jobs names the jobs that were started, in order.
func (s *stage) jobs() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, run := range s.started {
		names = append(names, run.JobName)
	}
	return names
}

// wantStarted fails the test unless those jobs were started, in that order.
func (s *stage) wantStarted(t *testing.T, jobs ...string) {
	t.Helper()
	if got := s.jobs(); !slices.Equal(got, jobs) {
		t.Errorf("started %q, want %q", got, jobs)
	}
}

// wantTold fails the test unless the collector was told of each started run, and of nothing else.
func (s *stage) wantTold(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, run := range s.started {
		if !slices.Contains(s.told, run) {
			t.Errorf("the collector was not told of %v; it was told of %v", run, s.told)
		}
	}
	for _, run := range s.told {
		if !slices.Contains(s.started, run) {
			t.Errorf("the collector was told of %v, which nobody started", run)
		}
	}
}

// wantRoad fails the test unless the collector was told so often, and each time on that road.
func (s *stage) wantRoad(t *testing.T, road string, times int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.roads) != times || slices.ContainsFunc(s.roads, func(r string) bool { return r != road }) {
		t.Errorf("told by %q, want %d times by %q", s.roads, times, road)
	}
}
