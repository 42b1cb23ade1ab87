package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"limnograph"
	"limnograph/web"
)

// collects is a server whose collector answers with what it was sent, and refuses what holds the word refuse.
func collects(t *testing.T) *fixture {
	t.Helper()
	return start(t, func(c *web.Config) {
		c.Collect = func(_ context.Context, _ limnograph.Principal, body []byte) (any, error) {
			if strings.Contains(string(body), "refuse") {
				return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read collect request", Message: "jobRunId is missing", Hint: "send it"}
			}
			return map[string]string{"sent": string(body)}, nil
		}
		c.CollectorStatus = func() any { return map[string]int{"calls": 7} }
	})
}

func TestCollect(t *testing.T) {
	f, none := collects(t), start(t)
	body := `{"jobName":"orders","jobRunId":"jr_1"}`
	for name, tc := range map[string]struct {
		f          *fixture
		token      string
		body       string
		status     int
		wantAnswer string
	}{
		"admin":               {f, adminToken, body, 200, `"sent":"{\"jobName\":\"orders\"`},
		"collector":           {f, collectorToken, body, 200, `jr_1`},
		"an event":            {f, collectorToken, `{"source":"aws.glue","detail":{"jobRunId":"jr_1"},"resources":[]}`, 200, `aws.glue`},
		"viewer":              {f, viewerToken, body, 403, `the admin token or the collector's`},
		"nobody":              {f, noToken, body, 401, `unauthorized`},
		"refused in words":    {f, collectorToken, `{"jobName":"refuse"}`, 400, `"message":"jobRunId is missing","hint":"send it"`},
		"nothing sent":        {f, collectorToken, "", 400, `"code":"invalid"`},
		"256 KiB":             {f, collectorToken, "{" + strings.Repeat(" ", 256<<10-2) + "}", 200, `sent`},
		"too large":           {f, collectorToken, "{" + strings.Repeat(" ", 256<<10) + "}", 413, `"code":"too_large"`},
		"without a collector": {none, adminToken, body, 409, `collects no runs`},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.f.do(t, call{method: "POST", path: "/api/v1/collect", token: tc.token, body: tc.body})
			if got.StatusCode != tc.status || !strings.Contains(got.body, tc.wantAnswer) {
				t.Errorf("status %d, want %d: %.200s", got.StatusCode, tc.status, got.body)
			}
		})
	}
}

func TestCollectorStatus(t *testing.T) {
	for name, tc := range map[string]struct {
		f    *fixture
		want string
	}{
		"with":    {collects(t), `{"enabled":true,"status":{"calls":7}}`},
		"without": {start(t), `{"enabled":false,"status":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.f.do(t, call{path: "/api/v1/collector"}); strings.TrimSpace(got.body) != tc.want {
				t.Errorf("status %d: %s", got.StatusCode, got.body)
			}
		})
	}
}

// The token that an orchestrator holds opens nothing but the collector.
func TestCollectorTokenMayOnlyCollect(t *testing.T) {
	f := collects(t)
	for name, c := range map[string]call{
		"status":    {},
		"fleet":     {path: "/api/v1/fleet"},
		"jobs":      {path: "/api/v1/jobs"},
		"run":       {path: "/api/v1/runs/jr_1?account=1&job=j"},
		"tables":    {path: "/api/v1/tables"},
		"collector": {path: "/api/v1/collector"},
		"query":     {method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1"}`},
		"import":    {method: "PUT", path: "/api/v1/objects?name=a"},
		"verify":    {method: "POST", path: "/api/v1/verify", body: `{}`},
		"metrics":   {path: "/metrics"},
		"session":   {method: "POST", path: "/api/v1/session", body: `{"token":"` + collectorToken + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c.token = collectorToken
			if got := f.do(t, c); got.StatusCode != http.StatusForbidden || len(got.Cookies()) != 0 {
				t.Errorf("status %d, cookies %v: %s", got.StatusCode, got.Cookies(), got.body)
			}
		})
	}
	if got := f.do(t, call{path: "/?token=" + collectorToken, token: noToken}); len(got.Cookies()) != 0 {
		t.Errorf("the page's address opens a session: %v", got.Cookies())
	}
	if len(f.engine.asked) != 0 {
		t.Errorf("%d queries were run", len(f.engine.asked))
	}
}

// A page of another site can't have runs collected.
func TestCollectNeedsItsOrigin(t *testing.T) {
	f := collects(t)
	b := browser(t)
	f.do(t, call{path: "/?token=" + adminToken, token: noToken, client: b})
	for name, tc := range map[string]struct {
		header map[string]string
		want   int
	}{
		"own page":   {map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		"cookie":     {nil, 403},
		"cross site": {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.do(t, call{method: "POST", path: "/api/v1/collect", body: `{}`, token: noToken, header: tc.header, client: b})
			if got.StatusCode != tc.want {
				t.Errorf("status %d, want %d: %s", got.StatusCode, tc.want, got.body)
			}
		})
	}
}
