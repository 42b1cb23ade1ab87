package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph/web"
)

// Every answer carries the security headers, refusals included.
func TestSecurityHeaders(t *testing.T) {
	f := start(t)
	const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	for name, c := range map[string]call{
		"page":          {path: "/", token: noToken},
		"api":           {},
		"no token":      {token: noToken},
		"unknown path":  {path: "/api/v1/nothing"},
		"foreign host":  {host: "evil.example"},
		"health":        {path: "/healthz", token: noToken},
		"token in url":  {path: "/?token=" + adminToken, token: noToken},
		"missing asset": {path: "/nothing.js", token: noToken},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.do(t, c)
			for header, want := range map[string]string{
				"Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
				}
			}
		})
	}
}

// Only known names reach anything: DNS rebinding ends here.
func TestHostCheck(t *testing.T) {
	f := start(t)
	for host, want := range map[string]int{
		"localhost":         200,
		"LOCALHOST:1234":    200,
		"localhost.":        200,
		"127.0.0.1":         200,
		"127.8.8.8:80":      200,
		"[::1]:9":           200,
		"limno.example":     200,
		"limno.example:1":   200,
		"evil.example":      421,
		"evil.example:8080": 421,
		"192.0.2.7":         421,
		"localhost.evil.ex": 421,
		"127.0.0.1.evil.ex": 421,
	} {
		t.Run(host, func(t *testing.T) {
			got := f.do(t, call{host: host})
			if got.StatusCode != want {
				t.Fatalf("status %d, want %d: %s", got.StatusCode, want, got.body)
			}
			if want == 421 && decode[web.ErrorBody](t, got.body).Code != "forbidden" {
				t.Errorf("body %s", got.body)
			}
		})
	}
}

// The token in the printed URL becomes a cookie and leaves the address bar.
func TestTokenInURL(t *testing.T) {
	f := start(t)
	for name, tc := range map[string]struct{ path, location string }{
		"root":               {"/?token=" + adminToken, "/"},
		"keeps the filters":  {"/?account=1&token=" + adminToken + "&q=a+b", "/?account=1&q=a+b"},
		"deep place":         {"/jobs/x?token=" + adminToken, "/jobs/x"},
		"no foreign target":  {"//evil.example/?token=" + adminToken, "/evil.example"},
		"no backslash trick": {"/%5Cevil.example?token=" + adminToken, "/%5Cevil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.do(t, call{path: tc.path, token: noToken})
			if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != tc.location {
				t.Errorf("status %d to %q, want 303 to %q", got.StatusCode, got.Header.Get("Location"), tc.location)
			}
			if got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control is %q", got.Header.Get("Cache-Control"))
			}
			checkCookie(t, got.Cookies())
		})
	}
	t.Run("wrong token sets no cookie", func(t *testing.T) {
		got := f.do(t, call{path: "/?token=wrong", token: noToken})
		if got.StatusCode != http.StatusSeeOther || len(got.Cookies()) != 0 || got.Header.Get("Location") != "/" {
			t.Errorf("status %d, cookies %v, location %q", got.StatusCode, got.Cookies(), got.Header.Get("Location"))
		}
	})
}

func checkCookie(t *testing.T, cookies []*http.Cookie) {
	t.Helper()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies, want 1", len(cookies))
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure {
		t.Errorf("cookie %v: want HttpOnly, SameSite=Strict, Path=/, no Domain, not Secure over plain HTTP", c)
	}
	if !strings.HasPrefix(c.Name, "limno_session") || strings.Contains(c.Value, adminToken) || len(c.Value) < 40 {
		t.Errorf("cookie %v: want a random id", c)
	}
}

// A browser signs in, asks, signs out.
func TestSession(t *testing.T) {
	f := start(t)
	page := map[string]string{"Sec-Fetch-Site": "same-origin"}
	b := browser(t)
	ask := func(method, path, body string) int {
		return f.do(t, call{method: method, path: path, body: body, token: noToken, header: page, client: b}).StatusCode
	}
	steps := []struct {
		name, method, path, body string
		want                     int
	}{
		{"nothing without a session", "GET", "/api/v1/status", "", 401},
		{"a wrong token is refused", "POST", "/api/v1/session", `{"token":"wrong"}`, 401},
		{"an empty token is refused", "POST", "/api/v1/session", `{"token":""}`, 422},
		{"the token opens a session", "POST", "/api/v1/session", `{"token":"` + adminToken + `"}`, 204},
		{"the session asks", "GET", "/api/v1/status", "", 200},
		{"metrics too", "GET", "/metrics", "", 200},
		{"the session ends", "DELETE", "/api/v1/session", "", 204},
		{"and asks no more", "GET", "/api/v1/status", "", 401},
	}
	for _, s := range steps {
		if got := ask(s.method, s.path, s.body); got != s.want {
			t.Fatalf("%s: status %d, want %d", s.name, got, s.want)
		}
	}
}

// A session ends after a week, whoever still holds its cookie.
func TestSessionExpires(t *testing.T) {
	f := start(t)
	b := browser(t)
	f.do(t, call{path: "/?token=" + adminToken, token: noToken, client: b})
	if got := f.do(t, call{token: noToken, client: b}); got.StatusCode != 200 {
		t.Fatalf("status %d with a new session", got.StatusCode)
	}
	f.clock.advance(8 * 24 * 60 * 60 * 1e9)
	if got := f.do(t, call{token: noToken, client: b}); got.StatusCode != 401 {
		t.Errorf("status %d after a week, want 401", got.StatusCode)
	}
}

// A cookie alone changes nothing: the request must come from this server's own page.
func TestChangingRequestsNeedTheirOrigin(t *testing.T) {
	f := start(t)
	f.engine.answer("sql", oneCell)
	b := browser(t)
	f.do(t, call{path: "/?token=" + adminToken, token: noToken, client: b})
	for name, tc := range map[string]struct {
		header map[string]string
		token  string
		want   int
	}{
		"same origin by fetch metadata":        {map[string]string{"Sec-Fetch-Site": "same-origin"}, noToken, 200},
		"same origin by Origin":                {map[string]string{"Origin": f.URL}, noToken, 200},
		"cookie without any proof":             {nil, noToken, 403},
		"same site is not same origin":         {map[string]string{"Sec-Fetch-Site": "same-site"}, noToken, 403},
		"cross site":                           {map[string]string{"Sec-Fetch-Site": "cross-site"}, noToken, 403},
		"foreign Origin":                       {map[string]string{"Origin": "https://evil.example"}, noToken, 403},
		"null Origin":                          {map[string]string{"Origin": "null"}, noToken, 403},
		"other port is another origin":         {map[string]string{"Origin": "http://127.0.0.1:1"}, noToken, 403},
		"a program with a token needs nothing": {nil, adminToken, 200},
		"a foreign page with a token":          {map[string]string{"Sec-Fetch-Site": "cross-site"}, adminToken, 403},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.do(t, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1"}`, token: tc.token, header: tc.header, client: b})
			if got.StatusCode != tc.want {
				t.Errorf("status %d, want %d: %s", got.StatusCode, tc.want, got.body)
			}
		})
	}
}

// What needs a token, what needs an administrator, and what needs nothing.
func TestWhoMayAsk(t *testing.T) {
	f := start(t, func(c *web.Config) { c.Import = acceptImport(nil) })
	f.engine.answer("sql", oneCell)
	f.engine.answer("tables", oneCell)
	f.engine.answer("load", noLoad)
	for _, tc := range []struct {
		method, path, body  string
		none, viewer, admin int
	}{
		{"GET", "/", "", 200, 200, 200},
		{"GET", "/healthz", "", 200, 200, 200},
		{"GET", "/readyz", "", 200, 200, 200},
		{"GET", "/api/v1/openapi.json", "", 200, 200, 200},
		{"GET", "/metrics", "", 401, 200, 200},
		{"GET", "/api/v1/status", "", 401, 200, 200},
		{"GET", "/api/v1/fleet", "", 401, 200, 200},
		{"GET", "/api/v1/load", "", 401, 200, 200},
		{"GET", "/api/v1/tables", "", 401, 200, 200},
		{"POST", "/api/v1/query", `{"sql":"SELECT 1"}`, 401, 403, 200},
		{"PUT", "/api/v1/objects?name=a.gz", "x", 401, 403, 200},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			var got [3]int
			for i, token := range []string{noToken, viewerToken, adminToken} {
				got[i] = f.do(t, call{method: tc.method, path: tc.path, body: tc.body, token: token}).StatusCode
			}
			if diff := cmp.Diff([3]int{tc.none, tc.viewer, tc.admin}, got); diff != "" {
				t.Errorf("status without token, as viewer, as admin (-want +got):\n%s", diff)
			}
		})
	}
}

// A header that is no bearer token is not overridden by a cookie.
func TestOtherAuthorizationSchemesAreRefused(t *testing.T) {
	f := start(t)
	got := f.do(t, call{token: noToken, header: map[string]string{"Authorization": "Basic " + adminToken}})
	if got.StatusCode != 401 || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("status %d, challenge %q", got.StatusCode, got.Header.Get("WWW-Authenticate"))
	}
}
