package glueapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph/simulator"
	"limnograph/simulator/glueapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is a moment at which the fleet is at work.
func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// clock is a time that stands still until it is told.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// client calls a server as somebody in an account and Region.
type client struct {
	server          *glueapi.Server
	fleet           *simulator.Fleet
	clock           *clock
	account, region string
}

// start returns a client of a small fleet's server, in the account of its first job.
func start(t *testing.T, cfg glueapi.Config) *client {
	t.Helper()
	f, err := simulator.NewFleet(simulator.Config{Jobs: 12})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{fleet: f, clock: &clock{at: noon()}, account: f.Jobs()[0].AccountID, region: f.Jobs()[0].Region}
	cfg.Now = c.clock.now
	if c.server, err = glueapi.New(f, cfg); err != nil {
		t.Fatal(err)
	}
	return c
}

// in is the same client in another place.
func (c *client) in(account, region string) *client {
	other := *c
	other.account, other.region = account, region
	return &other
}

func authorization(key, region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + key + "/20261125/" + region + "/" + service + "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123"
}

func request(op, body, authorization string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSGlue."+op)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	text   string
	code   string // __type
}

func (c *client) send(r *http.Request) answer {
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	var failure struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &failure)
	a.code = failure.Type
	return a
}

// try makes a call that may fail.
func (c *client) try(op, body string) answer {
	return c.send(request(op, body, authorization("AKIA"+c.account, c.region, "glue")))
}

// call makes a call that must work, and decodes its answer.
func (c *client) call(t *testing.T, op, body string, out any) {
	t.Helper()
	a := c.try(op, body)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", op, body, a.status, a.text)
	}
	if err := json.Unmarshal([]byte(a.text), out); err != nil {
		t.Fatalf("%s: %v in %s", op, err, a.text)
	}
}

// run is a run as a naive client sees it.
type run struct {
	ID             string `json:"Id"`
	JobName        string
	JobRunState    string
	Attempt        int64
	PreviousRunID  string `json:"PreviousRunId"`
	StartedOn      float64
	CompletedOn    *float64
	LastModifiedOn float64
	ExecutionTime  int64
	DPUSeconds     *float64
	ErrorMessage   string
	Arguments      map[string]string
	WorkerType     string
	MaxCapacity    float64
}

func (c *client) getJobRun(t *testing.T, job, id string) run {
	t.Helper()
	var out struct{ JobRun run }
	c.call(t, "GetJobRun", `{"JobName":"`+job+`","RunId":"`+id+`"}`, &out)
	return out.JobRun
}

func (c *client) start(t *testing.T, body string) string {
	t.Helper()
	var out struct {
		ID string `json:"JobRunId"`
	}
	c.call(t, "StartJobRun", body, &out)
	return out.ID
}
