package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/panel"
	"limnograph/web"
)

func oneCell(limnograph.Query) (limnograph.Rows, error) {
	return &table{columns: columns("n", "BIGINT"), rows: [][]any{{int64(1)}}}, nil
}

func noLoad(limnograph.Query) (limnograph.Rows, error) {
	return &table{columns: make([]limnograph.Column, 7)}, nil
}

func failing(err error) func(limnograph.Query) (limnograph.Rows, error) {
	return func(limnograph.Query) (limnograph.Rows, error) { return nil, err }
}

func acceptImport(seen *[]string) func(context.Context, web.ImportRequest) (web.ImportResult, error) {
	return func(_ context.Context, r web.ImportRequest) (web.ImportResult, error) {
		body, err := r.Open()
		if err != nil {
			return web.ImportResult{}, err
		}
		content, err := io.ReadAll(body)
		if seen != nil {
			*seen = append(*seen, r.Name+"|"+r.Sender+"|"+r.Modified.Format(time.RFC3339)+"|"+string(content))
		}
		return web.ImportResult{Lines: 7, Format: "gzip", Arrival: noon}, errors.Join(err, body.Close())
	}
}

// Every refusal has the same shape, whoever refuses.
func TestErrorShape(t *testing.T) {
	f := start(t)
	sql := func(err error) func() { return func() { f.engine.answer("sql", failing(err)) } }
	query := call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1"}`}
	for name, tc := range map[string]struct {
		prepare func()
		call    call
		status  int
		code    limnograph.Code
		words   string
	}{
		"no token":             {nil, call{token: noToken}, 401, "unauthorized", "token"},
		"wrong token":          {nil, call{token: "wrong"}, 401, "unauthorized", "token"},
		"unknown endpoint":     {nil, call{path: "/api/v1/nothing"}, 404, "not_found", "endpoint"},
		"other version":        {nil, call{path: "/api/v2/status"}, 404, "not_found", "endpoint"},
		"wrong method":         {nil, call{method: "DELETE", path: "/api/v1/fleet"}, 405, "invalid", "DELETE"},
		"page wrong method":    {nil, call{method: "POST", path: "/", token: noToken}, 405, "invalid", "POST"},
		"bad number":           {nil, call{path: "/api/v1/fleet?limit=many"}, 422, "invalid", "limit"},
		"number out of range":  {nil, call{path: "/api/v1/fleet?limit=0"}, 422, "invalid", "limit"},
		"bad time":             {nil, call{path: "/api/v1/fleet?from=yesterday"}, 422, "invalid", "from"},
		"turned range":         {nil, call{path: "/api/v1/fleet?from=2026-11-24T10:00:00Z&to=2026-11-24T09:00:00Z"}, 400, "invalid", "before"},
		"long range":           {nil, call{path: "/api/v1/fleet?from=2020-11-24T10:00:00Z"}, 400, "invalid", "31 days"},
		"bad page token":       {nil, call{path: "/api/v1/fleet?page_token=zzz"}, 400, "invalid", "page_token"},
		"missing parameter":    {nil, call{path: "/api/v1/runs/jr_1"}, 422, "invalid", "account"},
		"empty body":           {nil, call{method: "POST", path: "/api/v1/query"}, 400, "invalid", "body"},
		"body is no JSON":      {nil, call{method: "POST", path: "/api/v1/query", body: "{"}, 400, "invalid", "JSON"},
		"unknown field":        {nil, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","x":1}`}, 422, "invalid", "x"},
		"unknown format":       {nil, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"xml"}`}, 422, "invalid", "format"},
		"body too large":       {nil, call{method: "POST", path: "/api/v1/query", body: `{"sql":"` + strings.Repeat("a", 1<<20) + `"}`}, 413, "too_large", "1 MiB"},
		"wrong media type":     {nil, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1"}`, header: map[string]string{"Content-Type": "text/xml"}}, 415, "invalid", "xml"},
		"engine: invalid":      {sql(&limnograph.Error{Code: limnograph.CodeInvalid, Message: "syntax error at 3"}), query, 400, "invalid", "at 3"},
		"engine: forbidden":    {sql(&limnograph.Error{Code: limnograph.CodeForbidden, Message: "read_csv is not published"}), query, 403, "forbidden", "read_csv"},
		"engine: unavailable":  {sql(&limnograph.Error{Code: limnograph.CodeUnavailable, Message: "too many queries"}), query, 503, "unavailable", "too many"},
		"engine: timeout":      {sql(&limnograph.Error{Code: limnograph.CodeTimeout, Message: "over 30 s"}), query, 504, "timeout", "30 s"},
		"engine: a cause":      {sql(&limnograph.Error{Code: limnograph.CodeInvalid, Message: "a.gz", Err: &limnograph.Error{Code: limnograph.CodeInvalid, Message: "the gzip data is damaged", Err: errors.New("secret")}}), query, 400, "invalid", "a.gz: the gzip data is damaged"},
		"engine: no message":   {sql(&limnograph.Error{Code: limnograph.CodeConflict, Op: "land batch", Err: errors.New("secret")}), query, 409, "conflict", "land batch failed"},
		"engine: a defect":     {sql(errors.New("secret path /var/x")), query, 500, "internal", "log"},
		"engine: panics":       {func() { f.engine.answers["sql"] = func(limnograph.Query) (limnograph.Rows, error) { panic("boom") } }, query, 500, "internal", "log"},
		"parquet and max_rows": {nil, call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT 1","format":"parquet","max_rows":1}`}, 400, "invalid", "LIMIT"},
		"parquet: refused":     {sql(&limnograph.Error{Code: limnograph.CodeInvalid, Message: "syntax error"}), call{method: "POST", path: "/api/v1/query", body: `{"sql":"SELECT","format":"parquet"}`}, 400, "invalid", "syntax"},
		"no imports here":      {nil, call{method: "PUT", path: "/api/v1/objects?name=a", body: "x"}, 409, "conflict", "imports"},
		"missing asset":        {nil, call{path: "/nothing.js"}, 404, "not_found", "file"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.prepare != nil {
				tc.prepare()
			}
			got := f.do(t, tc.call)
			if got.StatusCode != tc.status || got.Header.Get("Content-Type") != "application/json" {
				t.Fatalf("status %d, type %q, want %d: %s", got.StatusCode, got.Header.Get("Content-Type"), tc.status, got.body)
			}
			fields := decode[map[string]any](t, got.body)
			if len(fields) != 3 {
				t.Errorf("want exactly code, message, hint: %s", got.body)
			}
			body := decode[web.ErrorBody](t, got.body)
			if body.Code != tc.code || !strings.Contains(body.Message+body.Hint, tc.words) || strings.Contains(got.body, "secret") {
				t.Errorf("want code %s and %q: %s", tc.code, tc.words, got.body)
			}
			if (got.Header.Get("Retry-After") != "") != (tc.status == 503) {
				t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
			}
		})
	}
}

func TestMethodNotAllowedNamesTheMethods(t *testing.T) {
	got := start(t).do(t, call{method: "PATCH", path: "/api/v1/session"})
	if got.StatusCode != 405 || got.Header.Get("Allow") != "DELETE, POST" {
		t.Errorf("status %d, Allow %q", got.StatusCode, got.Header.Get("Allow"))
	}
}

func TestStatus(t *testing.T) {
	progress := web.Progress{Label: "history", Done: 0.5, Detail: "12 of 24 hours"}
	f := start(t, func(c *web.Config) { c.Progress = func() *web.Progress { return &progress } })
	got := decode[web.Status](t, f.do(t, call{}).body)
	if got.Counters["limno_http_requests_total"] < 0 {
		t.Errorf("counters %v", got.Counters)
	}
	got.Counters = nil
	asOf, newest := noon.Add(-30*time.Second+250*time.Millisecond), noon.Add(-2*time.Minute)
	want := web.Status{
		Version: "1.2.3", AsOf: &asOf, NewestDatapoint: &newest, FileSet: 1, Progress: &progress,
		Tables: []web.TableStatus{{Table: "raw_glue_metrics", Namespace: "Glue", Files: 2, Lines: 15, Bytes: 150, NewestDatapoint: &newest}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

func TestStatusBeforeTheFirstDelivery(t *testing.T) {
	f := start(t, func(c *web.Config) { c.Files = nil })
	got := f.do(t, call{}).body
	for _, want := range []string{`"as_of":null`, `"newest_datapoint":null`, `"tables":[]`, `"progress":null`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestFleet(t *testing.T) {
	f := start(t)
	got := decode[panel.Fleet](t, f.do(t, call{path: "/api/v1/fleet"}).body)
	if len(got.Jobs) != 2 || got.Summary.Runs != 2 || !got.To.Equal(noon) || !got.From.Equal(noon.Add(-24*time.Hour)) {
		t.Errorf("fleet %+v", got)
	}
	if diff := cmp.Diff([]string{"orders", "sales"}, got.Datasets); diff != "" {
		t.Errorf("datasets:\n%s", diff)
	}
	q := f.engine.asked[0]
	want := map[string]any{"from": noon.Add(-26 * time.Hour), "to": noon}
	if diff := cmp.Diff(want, q.Params); diff != "" || q.Untrusted || q.Range.From != want["from"] {
		t.Errorf("query %+v:\n%s", q, diff)
	}
	if who := f.engine.who[0]; who.Name != "admin" {
		t.Errorf("asked as %+v", who)
	}
}

func TestFleetFilters(t *testing.T) {
	f := start(t)
	for query, want := range map[string]int{
		"account=111122223333": 2, "account=1": 0, "dataset=ord": 1, "dataset=rd": 0, "job=STAGED": 1, "job=dq&dataset=sales": 1, "job=zzz": 0,
	} {
		t.Run(query, func(t *testing.T) {
			got := decode[panel.Fleet](t, f.do(t, call{path: "/api/v1/fleet?" + query}).body)
			if len(got.Jobs) != want || got.Summary.Jobs != want || len(got.Accounts) != 1 {
				t.Errorf("%d jobs, summary %+v, accounts %v, want %d", len(got.Jobs), got.Summary, got.Accounts, want)
			}
		})
	}
	if n := f.engine.count("runs"); n != 1 {
		t.Errorf("%d queries for all filters, want 1", n)
	}
}

func TestFleetPages(t *testing.T) {
	f := start(t)
	var names []string
	path := "/api/v1/fleet?limit=1"
	for range 3 {
		got := decode[panel.Fleet](t, f.do(t, call{path: path}).body)
		for _, j := range got.Jobs {
			names = append(names, j.JobName)
		}
		if got.NextPageToken == nil {
			break
		}
		path = "/api/v1/fleet?limit=1&page_token=" + url.QueryEscape(*got.NextPageToken)
	}
	if diff := cmp.Diff([]string{"orders-raw-to-staged", "sales-dq"}, names); diff != "" {
		t.Errorf("jobs over the pages:\n%s", diff)
	}
}

// A client that holds the answer is told so, without a body.
func TestFleetETag(t *testing.T) {
	f := start(t)
	first := f.do(t, call{path: "/api/v1/fleet"})
	etag := first.Header.Get("ETag")
	if etag == "" || first.Header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("ETag %q, Cache-Control %q", etag, first.Header.Get("Cache-Control"))
	}
	held := f.do(t, call{path: "/api/v1/fleet", header: map[string]string{"If-None-Match": etag}})
	if held.StatusCode != http.StatusNotModified || held.body != "" || held.Header.Get("ETag") != etag {
		t.Errorf("status %d, ETag %q, body %q", held.StatusCode, held.Header.Get("ETag"), held.body)
	}
	other := f.do(t, call{path: "/api/v1/fleet?job=dq", header: map[string]string{"If-None-Match": etag}})
	if other.StatusCode != 200 {
		t.Errorf("another question has status %d", other.StatusCode)
	}
}

func TestLoad(t *testing.T) {
	f := start(t)
	f.engine.answers["load"] = func(limnograph.Query) (limnograph.Rows, error) {
		at := noon.Add(-time.Hour)
		return &table{columns: make([]limnograph.Column, 7), rows: [][]any{
			{at.Unix(), "111122223333", "sales-dq", at.Add(4 * time.Minute), 20.0, 500.0, int64(1)},
			{at.Unix(), "111122223333", "orders-raw-to-staged", at.Add(4 * time.Minute), 10.0, nil, int64(2)},
		}}, nil
	}
	got := decode[panel.LoadSeries](t, f.do(t, call{path: "/api/v1/load"}).body)
	at := 23 * 12
	if len(got.Executors) != 288 || got.StepS != 300 || got.Executors[0] != nil || *got.Executors[at] != 6 || *got.RecordsRead[at] != 500 || *got.Runs[at] != 3 {
		t.Errorf("load %d buckets of %d s", len(got.Executors), got.StepS)
	}
	if step := f.engine.asked[0].Params["step"]; step != int64(300) {
		t.Errorf("step is %v", step)
	}
	packed := f.do(t, call{path: "/api/v1/load", header: map[string]string{"Accept-Encoding": "gzip"}})
	if packed.Header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(inflate(t, packed.body), `{"from":`) {
		t.Errorf("a large answer goes out with headers %v", packed.Header)
	}
}

func TestRun(t *testing.T) {
	f := start(t)
	f.engine.answers["run_series"] = func(q limnograph.Query) (limnograph.Rows, error) {
		rows := [][]any{
			{noon.Add(-time.Hour), "eu-west-1", 0.5, 0.1, nil, 0.2, 3.0, 10.0},
			{noon.Add(-58 * time.Minute), "eu-west-1", nil, 0.4, 0.6, 0.2, nil, nil},
		}
		if q.Params["run"] != "jr_1" {
			rows = nil
		}
		return &table{columns: make([]limnograph.Column, 8), rows: rows}, nil
	}
	got := f.do(t, call{path: "/api/v1/runs/jr_1?account=111122223333&job=sales-dq"})
	const want = `{"run_id":"jr_1","account_id":"111122223333","region":"eu-west-1","job_name":"sales-dq",` +
		`"from":"2026-11-24T11:00:00Z","to":"2026-11-24T11:03:00Z","step_s":60,` +
		`"minutes":["2026-11-24T11:00:00Z","2026-11-24T11:01:00Z","2026-11-24T11:02:00Z"],` +
		`"cpu":[0.5,null,0.4],"heap":[0.2,null,0.6],"executors":[3,null,null],"records_read":[10,null,null],"facts":null}` + "\n"
	if got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	f.do(t, call{path: "/api/v1/runs/jr_1?account=111122223333&job=sales-dq&from=2026-11-24T11:00:30Z&to=2026-11-24T11:59:30Z"})
	if q := f.engine.asked[1]; !q.Range.From.Equal(noon.Add(-time.Hour)) || !q.Range.To.Equal(noon) {
		t.Errorf("a run that goes on is read in %v, want its own range", q.Range)
	}
	if missing := f.do(t, call{path: "/api/v1/runs/jr_9?account=1&job=x"}); missing.StatusCode != 404 {
		t.Errorf("an unknown run has status %d: %s", missing.StatusCode, missing.body)
	}
}

func TestTables(t *testing.T) {
	f := start(t)
	f.engine.answers["tables"] = func(limnograph.Query) (limnograph.Rows, error) {
		return &table{columns: columns("ts", "TIMESTAMP WITH TIME ZONE")}, nil
	}
	got := decode[web.Tables](t, f.do(t, call{path: "/api/v1/tables"}).body)
	ts := []web.Column{{Name: "ts", Type: "TIMESTAMP WITH TIME ZONE"}}
	want := web.Tables{Tables: []web.Table{
		{Name: "raw_glue_metrics", Kind: "table", Namespace: "Glue", Columns: ts},
		{Name: "raw_glue_metrics_flat", Kind: "view", Namespace: "Glue", Columns: ts},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

func TestImport(t *testing.T) {
	var seen []string
	spool := t.TempDir()
	f := start(t, func(c *web.Config) { c.Import, c.SpoolDir, c.MaxObject = acceptImport(&seen), spool, 5 })
	got := f.do(t, call{method: "PUT", path: "/api/v1/objects?name=a%2Fb.gz&sender=s&modified=2026-11-24T05:00:00Z", body: "bytes"})
	if got.StatusCode != 200 || decode[web.ImportResult](t, got.body).Lines != 7 {
		t.Errorf("status %d: %s", got.StatusCode, got.body)
	}
	if diff := cmp.Diff([]string{"a/b.gz|s|2026-11-24T05:00:00Z|bytes"}, seen); diff != "" {
		t.Errorf("imported:\n%s", diff)
	}
	if big := f.do(t, call{method: "PUT", path: "/api/v1/objects?name=big", body: "six by"}); big.StatusCode != 413 {
		t.Errorf("a large object has status %d: %s", big.StatusCode, big.body)
	}
	f = start(t, func(c *web.Config) { c.Import, c.SpoolDir = acceptImport(&seen), filepath.Join(spool, "missing") })
	if got := f.do(t, call{method: "PUT", path: "/api/v1/objects?name=a", body: "x"}); got.StatusCode != 503 || !strings.Contains(got.body, "free space") {
		t.Errorf("without a place to spool: status %d: %s", got.StatusCode, got.body)
	}
	if left, err := os.ReadDir(spool); err != nil || len(left) != 0 {
		t.Errorf("%d files left in the spool, %v", len(left), err)
	}
}

// A server that takes no imports says so, and what to do instead.
func TestImportsAreRefused(t *testing.T) {
	for hint, want := range map[string]string{"": "limno serve", "put them into the bucket": "put them into the bucket"} {
		f := start(t, func(c *web.Config) { c.Import, c.ImportHint = nil, hint })
		if got := f.do(t, call{method: "PUT", path: "/api/v1/objects?name=a", body: "x"}); got.StatusCode != 409 || !strings.Contains(got.body, want) {
			t.Errorf("status %d: %s", got.StatusCode, got.body)
		}
	}
}

func TestHealth(t *testing.T) {
	var problem error
	f := start(t, func(c *web.Config) { c.Ready = func(context.Context) error { return problem } })
	probe := func(path string, status int, body string) {
		t.Helper()
		if got := f.do(t, call{path: path, token: noToken}); got.StatusCode != status || got.body != body {
			t.Errorf("%s: status %d, %q", path, got.StatusCode, got.body)
		}
	}
	probe("/healthz", 200, "ok\n")
	probe("/readyz", 200, "ready\n")
	problem = errors.New("the disk is full")
	probe("/healthz", 200, "ok\n")
	probe("/readyz", 503, "not ready: the disk is full\n")
}

func TestMetricsTellOfRequests(t *testing.T) {
	f := start(t)
	f.do(t, call{})
	f.do(t, call{path: "/api/v1/whatever"})
	got := f.do(t, call{path: "/metrics"}).body
	for _, want := range []string{
		`limno_http_requests_total{route="/api/v1/status",status="200"} 1`,
		`limno_http_requests_total{route="unknown",status="404"} 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := web.New(web.Config{}); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("error %v", err)
	}
}
