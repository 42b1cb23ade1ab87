package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/panel"
	"limnograph/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	adminToken  = "admin-token-of-the-test"
	viewerToken = "viewer-token-of-the-test"

	collectorToken = "collector-token-of-the-test"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// fakeEngine answers each query by its name, and counts.
type fakeEngine struct {
	mu      sync.Mutex
	answers map[string]func(limnograph.Query) (limnograph.Rows, error)
	asked   []limnograph.Query
	who     []limnograph.Principal
}

func (e *fakeEngine) Query(_ context.Context, p limnograph.Principal, q limnograph.Query) (limnograph.Rows, error) {
	e.mu.Lock()
	e.asked, e.who = append(e.asked, q), append(e.who, p)
	e.mu.Unlock()
	answer := e.answerOf(q.Name)
	if answer == nil {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Message: "no answer for " + q.Name}
	}
	return answer(q)
}

func (e *fakeEngine) Export(ctx context.Context, p limnograph.Principal, q limnograph.Query, w io.Writer) error {
	rows, err := e.Query(ctx, p, q)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "PAR1"); err != nil {
		return err
	}
	return rows.Close()
}

// answer replaces the answer of the query called name.
func (e *fakeEngine) answer(name string, f func(limnograph.Query) (limnograph.Rows, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[name] = f
}

func (e *fakeEngine) answerOf(name string) func(limnograph.Query) (limnograph.Rows, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.answers[name]
}

func (e *fakeEngine) count(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, q := range e.asked {
		if q.Name == name {
			n++
		}
	}
	return n
}

// table is a result in memory. failAt is the row before which Next fails; 0: never.
type table struct {
	columns []limnograph.Column
	rows    [][]any
	failAt  int
	at      int
	closed  bool
}

func (t *table) Columns() []limnograph.Column { return t.columns }
func (t *table) Close() error                 { t.closed = true; return nil }

func (t *table) Next() ([]any, error) {
	if t.failAt > 0 && t.at == t.failAt {
		return nil, &limnograph.Error{Code: limnograph.CodeTimeout, Message: "over the time limit"}
	}
	if t.at == len(t.rows) {
		return nil, io.EOF
	}
	t.at++
	return t.rows[t.at-1], nil
}

func columns(pairs ...string) []limnograph.Column {
	var out []limnograph.Column
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, limnograph.Column{Name: pairs[i], Type: pairs[i+1]})
	}
	return out
}

// runColumns are 43 columns; their names do not matter to the reader.
var runColumns = make([]limnograph.Column, 43)

func runRow(job, run string, first, last time.Time) []any {
	row := make([]any, len(runColumns))
	copy(row, []any{"111122223333", "eu-west-1", job, run, false})
	row[7], row[11], row[12], row[17] = "SUCCEEDED", first, last, 1000.0
	row[21], row[24], row[25], row[26] = 4.0, 4.0, 0.5, 0.25
	return row
}

// recorded makes a row of runRow one of run records: state, queue and start-up are known.
func recorded(row []any, state string, queued, ended time.Time) []any {
	row[5], row[6], row[8], row[9], row[10] = queued, state, queued, queued, ended
	row[14], row[15], row[16] = int64(60), 30.0, 20.0
	row[29], row[34], row[35] = int64(1), "G.1X", int64(10)
	row[40], row[41], row[42] = 600.0, "derived", "api,metrics"
	return row
}

// fixture is a server under test with its parts.
type fixture struct {
	*httptest.Server
	engine *fakeEngine
	clock  *clock
	files  *limnograph.FileSet
	mu     sync.Mutex
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (f *fixture) fileSet() *limnograph.FileSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files
}

func (f *fixture) publish(version uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = fileSet(version)
}

func fileSet(version uint64) *limnograph.FileSet {
	return &limnograph.FileSet{Version: version, Published: noon, Tables: []limnograph.TableFiles{{
		Schema: limnograph.Schema{Namespace: "Glue", Table: "glue_metrics"},
		Files: []limnograph.File{
			{
				Key:  "landing/metrics/glue_metrics/sender=a/year=2026/month=11/day=24/hour=11/s-2026-11-24-11-59-30.250-0000000000000002.gz",
				Size: 100, Lines: 10, MinTime: noon.Add(-time.Hour).UnixMilli(), MaxTime: noon.Add(-2 * time.Minute).UnixMilli(),
			},
			{
				Key:  "landing/metrics/glue_metrics/sender=a/year=2026/month=11/day=24/hour=10/s-2026-11-24-10-59-30.250-0000000000000001.gz",
				Size: 50, Lines: 5, MinTime: noon.Add(-2 * time.Hour).UnixMilli(), MaxTime: noon.AddDate(80, 0, 0).UnixMilli(),
			},
		},
	}}}
}

func (f *fixture) authenticate(token string) (limnograph.Principal, bool) {
	switch token {
	case adminToken:
		return limnograph.Principal{Name: "admin", Admin: true}, true
	case viewerToken:
		return limnograph.Principal{Name: "viewer"}, true
	case collectorToken:
		return limnograph.Principal{Name: "collector", Collects: true}, true
	}
	return limnograph.Principal{}, false
}

// start runs a server with the fake engine over what has landed; change may alter its configuration.
func start(t *testing.T, change ...func(*web.Config)) *fixture {
	t.Helper()
	f := &fixture{engine: &fakeEngine{answers: map[string]func(limnograph.Query) (limnograph.Rows, error){}}, clock: &clock{t: noon}}
	f.files = fileSet(1)
	f.engine.answers["runs"] = func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: runColumns, rows: [][]any{
			runRow("orders-raw-to-staged", "jr_1", noon.Add(-time.Hour), noon.Add(-50*time.Minute)),
			runRow("sales-dq", "jr_2", noon.Add(-2*time.Hour), noon.Add(-110*time.Minute)),
		}}, nil
	}
	cfg := web.Config{
		Engine: f.engine, Exporter: f.engine, Files: f.fileSet, Version: "1.2.3", Now: f.clock.now,
		Registry: prometheus.NewRegistry(), SpoolDir: t.TempDir(), AllowedHosts: []string{"limno.example:8443"},
		Authenticate: f.authenticate, Panels: panel.Flat,
	}
	for _, c := range change {
		c(&cfg)
	}
	server, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = httptest.NewServer(server.Handler())
	t.Cleanup(func() { f.Server.Close(); server.Close() })
	return f
}

// call is one request; the zero value is a GET of the status with the admin token.
type call struct {
	method, path, token, host string
	body                      string
	header                    map[string]string
	client                    *http.Client
}

type reply struct {
	*http.Response
	body string
}

const noToken = "-"

func (f *fixture) do(t *testing.T, c call) reply {
	t.Helper()
	resp, err := f.try(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (f *fixture) try(t *testing.T, c call) (reply, error) {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.path == "" {
		c.path = "/api/v1/status"
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, f.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.token == "" {
		c.token = adminToken
	}
	if c.token != noToken {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if strings.HasPrefix(c.body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	if c.host != "" {
		req.Host = c.host
	}
	client := c.client
	if client == nil {
		client = &http.Client{CheckRedirect: stay, Transport: &http.Transport{DisableKeepAlives: true}}
	}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // a test's reading end
	body, err := io.ReadAll(resp.Body)
	return reply{resp, string(body)}, err
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// browser keeps cookies and follows no redirect.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: stay, Transport: &http.Transport{DisableKeepAlives: true}}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
