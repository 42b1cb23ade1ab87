package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/panel"
	"limnograph/web"
)

// gate makes the engine's runs panel wait until it is opened, and numbers its answers.
type gate struct {
	open    chan struct{}
	entered chan struct{}
	once    sync.Once
}

func newGate(f *fixture) *gate {
	g := &gate{open: make(chan struct{}), entered: make(chan struct{}, 100)}
	inner := f.engine.answerOf("runs")
	f.engine.answer("runs", func(q limnograph.Query) (limnograph.Rows, error) {
		g.entered <- struct{}{}
		<-g.open
		return inner(q)
	})
	return g
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }

// Many viewers at the same moment cost one query.
func TestManyViewersCostOneQuery(t *testing.T) {
	f := start(t)
	g := newGate(f)
	defer g.release()
	var viewers sync.WaitGroup
	for range 20 {
		viewers.Go(func() {
			if got := f.do(t, call{path: "/api/v1/fleet"}); got.StatusCode != 200 {
				t.Errorf("status %d", got.StatusCode)
			}
		})
	}
	<-g.entered
	g.release()
	viewers.Wait()
	if n := f.engine.count("runs"); n != 1 {
		t.Errorf("%d queries, want 1", n)
	}
}

// A result is shown while it is fresh; when new objects are published it is still shown for some seconds while one
// query refreshes it; an old one is not shown.
func TestResultAges(t *testing.T) {
	for name, tc := range map[string]struct {
		age     time.Duration
		publish bool
		asked   int  // queries after the second request
		waits   bool // the second request waits for its query
	}{
		"fresh":                     {9 * time.Second, false, 1, false},
		"same files, a minute":      {time.Minute, false, 2, false},
		"same files, three minutes": {3 * time.Minute, false, 2, true},
		"newer files, nine seconds": {9 * time.Second, true, 2, false},
		"newer files, a minute":     {time.Minute, true, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			first := decode[panel.Fleet](t, f.do(t, call{path: "/api/v1/fleet"}).body)
			g := newGate(f)
			defer g.release()
			f.clock.advance(tc.age)
			if tc.publish {
				f.publish(2)
			}
			if tc.waits {
				go func() { <-g.entered; g.release() }()
			}
			second := decode[panel.Fleet](t, f.do(t, call{path: "/api/v1/fleet"}).body)
			if moved := !second.To.Equal(first.To); moved != tc.waits {
				t.Errorf("the answer moved on: %t, want %t", moved, tc.waits)
			}
			g.release()
			if tc.asked == 2 && !tc.waits {
				<-g.entered
			}
			if n := f.engine.count("runs"); n != tc.asked {
				t.Errorf("%d queries, want %d", n, tc.asked)
			}
		})
	}
}

// Where queries are charged an answer is kept for a while, whatever is published.
func TestAnswersOfChargedEnginesAreKept(t *testing.T) {
	f := start(t, func(c *web.Config) { c.KeepFor = time.Minute })
	for _, step := range []struct {
		after time.Duration
		want  int // queries so far
	}{{0, 1}, {59 * time.Second, 1}, {2 * time.Second, 2}} {
		f.clock.advance(step.after)
		f.publish(f.fileSet().Version + 1)
		f.do(t, call{path: "/api/v1/fleet"})
		if n := f.engine.count("runs"); n != step.want {
			t.Errorf("%s later: %d queries, want %d", step.after, n, step.want)
		}
	}
}

// A failed query is told to those who wait, and not kept.
func TestFailuresAreNotKept(t *testing.T) {
	f := start(t)
	good := f.engine.answerOf("runs")
	f.engine.answer("runs", failing(&limnograph.Error{Code: limnograph.CodeUnavailable, Message: "too many queries"}))
	if got := f.do(t, call{path: "/api/v1/fleet"}); got.StatusCode != 503 {
		t.Errorf("status %d, want 503", got.StatusCode)
	}
	f.engine.answer("runs", good)
	if got := f.do(t, call{path: "/api/v1/fleet"}); got.StatusCode != 200 {
		t.Errorf("status %d, want 200", got.StatusCode)
	}
}

// One principal never sees what was read for another.
func TestResultsAreKeptPerPrincipal(t *testing.T) {
	f := start(t)
	for _, token := range []string{adminToken, viewerToken, adminToken} {
		f.do(t, call{path: "/api/v1/fleet", token: token})
	}
	if n := f.engine.count("runs"); n != 2 {
		t.Errorf("%d queries, want 2", n)
	}
}

// Windows that end now share a result, whatever the client's clock says to the second; fixed ones do not.
func TestWindowsShareResults(t *testing.T) {
	f := start(t)
	for _, path := range []string{
		"/api/v1/fleet",
		"/api/v1/fleet?from=2026-11-23T12:00:00Z",
		"/api/v1/fleet?from=2026-11-23T11:59:57Z&to=2026-11-24T11:59:58Z",
		"/api/v1/fleet?from=2026-11-23T12:00:31Z&to=2026-11-24T12:00:31Z",
	} {
		f.do(t, call{path: path})
	}
	if n := f.engine.count("runs"); n != 1 {
		t.Errorf("%d queries for the same live window, want 1", n)
	}
	f.do(t, call{path: "/api/v1/fleet?from=2026-11-24T08:00:00Z&to=2026-11-24T09:00:00Z"})
	f.do(t, call{path: "/api/v1/fleet?from=2026-11-24T08:00:00Z&to=2026-11-24T10:00:00Z"})
	if n := f.engine.count("runs"); n != 3 {
		t.Errorf("%d queries with two fixed windows, want 3", n)
	}
}

// A window that reaches into the future keeps its start and ends now.
func TestWindowIntoTheFutureKeepsItsStart(t *testing.T) {
	f := start(t)
	got := f.do(t, call{path: "/api/v1/fleet?from=2026-11-24T09:00:00Z&to=2026-11-25T00:00:00Z"})
	fleet := decode[panel.Fleet](t, got.body)
	if from, to := noon.Add(-3*time.Hour), noon; !fleet.From.Equal(from) || !fleet.To.Equal(to) {
		t.Errorf("the window is %v to %v, want %v to %v", fleet.From, fleet.To, from, to)
	}
	got = f.do(t, call{path: "/api/v1/fleet?from=2026-11-24T13:00:00Z&to=2026-11-24T14:00:00Z"})
	if got.StatusCode != 400 {
		t.Errorf("a window that lies in the future has status %d: %s", got.StatusCode, got.body)
	}
}

// The number of kept results is bounded.
func TestResultsAreBounded(t *testing.T) {
	f := start(t)
	ask := func(hours int) {
		to := noon.Add(-time.Duration(hours) * time.Hour).Format(time.RFC3339)
		f.do(t, call{path: "/api/v1/fleet?to=" + to})
		f.clock.advance(time.Millisecond)
	}
	for h := 1; h <= 70; h++ {
		ask(h)
	}
	ask(70)
	ask(1)
	if n := f.engine.count("runs"); n != 71 {
		t.Errorf("%d queries, want 71: the newest is kept, the oldest has made room", n)
	}
}

// stuckEngine answers nothing until the query is given up.
type stuckEngine struct{ entered chan struct{} }

func (e stuckEngine) Query(ctx context.Context, _ limnograph.Principal, _ limnograph.Query) (limnograph.Rows, error) {
	e.entered <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Close gives up the queries that run for nobody in particular, and returns when they have ended.
func TestCloseEndsQueries(t *testing.T) {
	f := start(t)
	engine := stuckEngine{entered: make(chan struct{}, 1)}
	server, err := web.New(web.Config{Engine: engine, Authenticate: f.authenticate})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() int {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/api/v1/fleet", nil)
		req.Header.Set("Authorization", "Bearer "+adminToken)
		rec := httptest.NewRecorder()
		server.Handler().ServeHTTP(rec, req)
		return rec.Code
	}
	status := make(chan int)
	go func() { status <- ask() }()
	<-engine.entered
	server.Close()
	if got := <-status; got != http.StatusServiceUnavailable {
		t.Errorf("the waiting request has status %d, want 503", got)
	}
	if got := ask(); got != http.StatusServiceUnavailable {
		t.Errorf("a later request has status %d, want 503", got)
	}
	server.Close()
}
