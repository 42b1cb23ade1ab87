package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/web"
)

// Progress comes while the work goes on, the result at the end.
func TestMaintenance(t *testing.T) {
	var f *fixture
	work := func(_ context.Context, p limnograph.Principal, m web.Maintenance) (any, error) {
		if m.Table == "nope" {
			return nil, &limnograph.Error{Code: limnograph.CodeNotFound, Message: "no table nope"}
		}
		for i := range int64(3) {
			f.clock.advance(600 * time.Millisecond)
			m.Progress(web.MaintenanceProgress{Table: m.Table, Doing: "reading", Done: i, Total: 3})
		}
		if m.Table == "broken" {
			return nil, &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "the disk is full", Hint: "free space"}
		}
		return map[string]any{"who": p.Name, "from": m.Range.From}, nil
	}
	f = start(t, func(c *web.Config) { c.Verify, c.Rebuild = work, work })
	for _, path := range []string{"/api/v1/verify", "/api/v1/rebuild"} {
		for name, tc := range map[string]struct {
			body, token string
			status      int
			words       []string
		}{
			"Result":            {`{"table":"glue_metrics","from":"2026-11-24T05:00:00Z"}`, "", 200, []string{`{"progress":{"table":"glue_metrics","doing":"reading","done":1,"total":3}}`, `"from":"2026-11-24T05:00:00Z"`}},
			"All":               {`{}`, "", 200, []string{`"from":"0001-01-01T00:00:00Z"`, `"who":"admin"`}},
			"RefusedAtOnce":     {`{"table":"nope"}`, "", 404, []string{"no table nope"}},
			"FailsUnderWay":     {`{"table":"broken"}`, "", 200, []string{`{"error":{"code":"unavailable","message":"the disk is full","hint":"free space"}}`}},
			"ViewersMayNot":     {`{}`, viewerToken, 403, nil},
			"NeedsToken":        {`{}`, noToken, 401, nil},
			"NotATime":          {`{"from":"yesterday"}`, "", 422, nil},
			"UnknownProperties": {`{"tabel":"glue_metrics"}`, "", 422, nil},
		} {
			t.Run(strings.TrimPrefix(path, "/api/v1/")+"/"+name, func(t *testing.T) {
				got := f.do(t, call{method: "POST", path: path, body: tc.body, token: tc.token})
				if got.StatusCode != tc.status {
					t.Fatalf("status %d, want %d: %s", got.StatusCode, tc.status, got.body)
				}
				for _, words := range tc.words {
					if !strings.Contains(got.body, words) {
						t.Fatalf("want %s in %s", words, got.body)
					}
				}
			})
		}
	}
}

func TestMaintenanceIsOneAtATime(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	f := start(t, func(c *web.Config) {
		c.Verify = func(context.Context, limnograph.Principal, web.Maintenance) (any, error) {
			close(begun)
			<-end
			return "done", nil
		}
		c.Rebuild = c.Verify
	})
	first := make(chan reply)
	go func() { first <- f.do(t, call{method: "POST", path: "/api/v1/verify", body: `{}`}) }()
	<-begun
	if got := f.do(t, call{method: "POST", path: "/api/v1/rebuild", body: `{}`}); got.StatusCode != 409 {
		t.Errorf("status %d, want 409: %s", got.StatusCode, got.body)
	}
	close(end)
	if got := <-first; got.StatusCode != 200 || got.body != "{\"result\":\"done\"}\n" {
		t.Fatalf("status %d: %s", got.StatusCode, got.body)
	}
}

func TestMaintenanceIsRefusedWithoutTables(t *testing.T) {
	f := start(t)
	got := f.do(t, call{method: "POST", path: "/api/v1/verify", body: `{}`})
	if got.StatusCode != 409 || !strings.Contains(got.body, "limno serve") {
		t.Fatalf("status %d: %s", got.StatusCode, got.body)
	}
}
