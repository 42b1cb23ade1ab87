package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"limnograph"
	"limnograph/web"
)

// safeBuffer may be written by many requests.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// The log names each request, and never a token, a session or a statement's text in a URL.
func TestRequestLog(t *testing.T) {
	var out safeBuffer
	f := start(t, func(c *web.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := browser(t)
	f.do(t, call{path: "/?token=" + adminToken, token: noToken, client: b})
	f.do(t, call{token: noToken, client: b})
	f.do(t, call{path: "/api/v1/fleet?job=secret-job"})
	f.engine.answer("runs", func(limnograph.Query) (limnograph.Rows, error) { panic("boom") })
	f.do(t, call{path: "/api/v1/fleet?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"})
	log := out.String()
	for _, want := range []string{"path=/api/v1/status status=200", "path=/ status=303", `level=ERROR msg="request failed"`, "boom"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in the log:\n%s", want, log)
		}
	}
	for _, secret := range []string{adminToken, "limno_session", "secret-job"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
}

// Under TLS the cookie is for TLS alone.
func TestCookieUnderTLS(t *testing.T) {
	f := start(t)
	server, err := web.New(web.Config{Engine: f.engine, Authenticate: f.authenticate})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	s := httptest.NewTLSServer(server.Handler())
	defer s.Close()
	client := s.Client()
	client.CheckRedirect = stay
	defer client.CloseIdleConnections()
	resp, err := client.Get(s.URL + "/?token=" + adminToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if c := resp.Cookies(); resp.StatusCode != http.StatusSeeOther || len(c) != 1 || !c[0].Secure {
		t.Errorf("status %d, cookies %v", resp.StatusCode, c)
	}
}

// The table of sessions is bounded: the oldest makes room.
func TestSessionsAreBounded(t *testing.T) {
	f := start(t)
	server, err := web.New(web.Config{Engine: f.engine, Authenticate: f.authenticate, Now: f.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	ask := func(path string, c *http.Cookie) *http.Response {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil)
		if c != nil {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		server.Handler().ServeHTTP(rec, req)
		return rec.Result()
	}
	var first, last *http.Cookie
	for i := range 1025 {
		f.clock.advance(1)
		last = ask("/?token="+adminToken, nil).Cookies()[0]
		if i == 0 {
			first = last
		}
	}
	if old, fresh := ask("/api/v1/status", first).StatusCode, ask("/api/v1/status", last).StatusCode; old != 401 || fresh != 200 {
		t.Errorf("the oldest session has status %d, the newest %d", old, fresh)
	}
}

// Two servers on one machine, on two ports, do not end each other's sessions.
func TestCookieNamesHoldThePort(t *testing.T) {
	names := map[string]bool{}
	for range 2 {
		f := start(t)
		names[f.do(t, call{path: "/?token=" + adminToken, token: noToken}).Cookies()[0].Name] = true
	}
	if len(names) != 2 {
		t.Errorf("cookie names %v", names)
	}
}
