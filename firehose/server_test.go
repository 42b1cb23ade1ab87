package firehose_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/firehose"
)

// TestBatch checks what the Appender is told beside the lines.
func TestBatch(t *testing.T) {
	app := &recorder{}
	srv := listen(t, newServer(t, app, nil, firehose.Config{}))
	req := delivery(t, srv.URL, envelope(line("111122223333", 1)))
	req.Header.Set("X-Amz-Firehose-Common-Attributes", `{"commonAttributes":{"team":"lake","stage":"pr\u006fd"}}`)
	send(t, srv.Client(), req)
	want := &limnograph.Batch{
		Sender: "prod", Stream: "metrics", RequestID: requestID, Arrival: now,
		Attributes: map[string]string{"team": "lake", "stage": "prod"},
		Parts:      []limnograph.Part{{Table: "glue_metrics", Count: 1, MinTime: now.UnixMilli() - 60_000, MaxTime: now.UnixMilli() - 60_000}},
	}
	if d := cmp.Diff(want, app.all()[0], cmpopts.IgnoreFields(limnograph.Part{}, "Lines"), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestAppendErrors maps each way in which landing can fail. None may be a 4xx, or good data is given up.
func TestAppendErrors(t *testing.T) {
	const internal = "the delivery was not stored because of an internal error; the server's log has it under this request id"
	coded := func(c limnograph.Code) func(*limnograph.Batch) error {
		return func(*limnograph.Batch) error {
			return &limnograph.Error{Code: c, Op: "append", Message: "words", Hint: "next step"}
		}
	}
	for name, c := range map[string]struct {
		fail    func(*limnograph.Batch) error
		status  int
		message string
	}{
		"Unavailable":  {coded(limnograph.CodeUnavailable), 503, "not stored, send it again: append: words (next step)"},
		"Timeout":      {coded(limnograph.CodeTimeout), 503, "not stored, send it again: append: words (next step)"},
		"Invalid":      {coded(limnograph.CodeInvalid), 500, internal},
		"TooLarge":     {coded(limnograph.CodeTooLarge), 500, internal},
		"Unauthorized": {coded(limnograph.CodeUnauthorized), 500, internal},
		"Foreign":      {func(*limnograph.Batch) error { return errors.New("disk is gone: /secret/path") }, 500, internal},
		"Panic":        {func(*limnograph.Batch) error { panic("boom") }, 500, internal},
	} {
		t.Run(name, func(t *testing.T) {
			app := &recorder{fail: c.fail}
			srv := listen(t, newServer(t, app, nil, firehose.Config{}))
			row := request{status: c.status, message: c.message}
			req := row.build(t, srv.URL)
			req.Header.Del("X-Amz-Firehose-Request-Id") // the body's id must be known by then
			row.check(t, send(t, srv.Client(), req))
			app.fail = nil
			if g := send(t, srv.Client(), row.build(t, srv.URL)); g.status != 200 {
				t.Errorf("afterwards %d %s", g.status, g.text)
			}
		})
	}
}

// TestErrorMessage is cut to the protocol's limit.
func TestErrorMessage(t *testing.T) {
	app := &recorder{fail: func(*limnograph.Batch) error {
		return &limnograph.Error{Code: limnograph.CodeUnavailable, Message: strings.Repeat("€", 10_000)}
	}}
	g := send(t, http.DefaultClient, delivery(t, listen(t, newServer(t, app, nil, firehose.Config{})).URL, envelope("")))
	http.DefaultClient.CloseIdleConnections()
	if n := len(g.message()); n < 8190 || n > 8192 || !strings.HasSuffix(g.message(), "€") {
		t.Errorf("%d bytes, ending in %q", n, g.message()[n-3:])
	}
}

// TestPanicIsLogged with its stack, and kept from the sender.
func TestPanicIsLogged(t *testing.T) {
	var log strings.Builder
	app := &recorder{fail: func(*limnograph.Batch) error { panic("boom") }}
	s := newServer(t, app, nil, firehose.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, delivery(t, "", envelope("")))
	conforming(t, http.MethodPost, w.Result(), w.Body.Bytes())
	if !strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "server_test.go") || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("log %q\nanswer %q", log.String(), w.Body)
	}
	if strings.Contains(log.String(), goodKey) {
		t.Error("the log holds the access key")
	}
}

// TestKeysChangeWithoutRestart follows a rotation: old, both, new, none.
func TestKeysChangeWithoutRestart(t *testing.T) {
	var keys atomic.Pointer[[]string]
	srv := listen(t, newServer(t, &recorder{}, func() []firehose.AccessKey {
		return []firehose.AccessKey{{Name: "prod", Keys: *keys.Load()}}
	}, firehose.Config{}))
	try := func(key string) int {
		req := delivery(t, srv.URL, envelope(""))
		req.Header.Set("X-Amz-Firehose-Access-Key", key)
		return send(t, srv.Client(), req).status
	}
	for _, step := range []struct {
		valid     []string
		old, next int
	}{
		{[]string{"old"}, 200, 401}, {[]string{"old", "new"}, 200, 200}, {[]string{"new"}, 401, 200}, {[]string{""}, 503, 503}, {nil, 503, 503},
	} {
		keys.Store(&step.valid)
		if o, n := try("old"), try("new"); o != step.old || n != step.next {
			t.Errorf("keys %q: old %d, new %d", step.valid, o, n)
		}
	}
}

// TestNoKeyConfigured tells the operator what to do.
func TestNoKeyConfigured(t *testing.T) {
	srv := listen(t, newServer(t, &recorder{}, func() []firehose.AccessKey { return nil }, firehose.Config{}))
	g := send(t, srv.Client(), delivery(t, srv.URL, envelope("")))
	const want = "no access key is configured on this server, so nobody may deliver: set LIMNO_FIREHOSE_ACCESS_KEY or firehose.access_keys there"
	if g.status != 503 || g.message() != want {
		t.Errorf("%d %q", g.status, g.message())
	}
}

// TestAccounts quarantines what a bound key may not deliver.
func TestAccounts(t *testing.T) {
	app := &recorder{}
	srv := listen(t, newServer(t, app, func() []firehose.AccessKey {
		return []firehose.AccessKey{
			{Name: "free", Keys: []string{"free"}},
			{Name: "bound", Keys: []string{"bound"}, Accounts: []string{"111122223333", "444455556666"}},
		}
	}, firehose.Config{}))
	body := envelope(line("111122223333", 1)+line("999999999999", 2), line("444455556666", 3))
	for i, c := range []struct {
		key             string
		points, rejects int
	}{{"bound", 2, 1}, {"free", 3, 0}, {"bound", 2, 1}} {
		req := delivery(t, srv.URL, body)
		req.Header.Set("X-Amz-Firehose-Access-Key", c.key)
		g := send(t, srv.Client(), req)
		b := app.all()[i]
		if g.status != 200 || points(b) != c.points || len(b.Rejects) != c.rejects || b.Sender != c.key {
			t.Errorf("%s: status %d, sender %s, %d points, %+v", c.key, g.status, b.Sender, points(b), b.Rejects)
		}
		for _, r := range b.Rejects {
			if r.Reason != "foreign_account" {
				t.Errorf("reason %q", r.Reason)
			}
		}
	}
}

// TestRejectsAreInRecordOrder mixes those of the envelope and those of the lines.
func TestRejectsAreInRecordOrder(t *testing.T) {
	app := &recorder{}
	srv := listen(t, newServer(t, app, nil, firehose.Config{}))
	send(t, srv.Client(), delivery(t, srv.URL, []byte(wrap(`aGVsbG8="},{"data":"?"},{"data":"aGVsbG8="},{"data":"!`))))
	var have []string
	for _, r := range app.all()[0].Rejects {
		have = append(have, r.Reason+" "+string(r.Raw))
	}
	want := []string{"invalid_json hello", "invalid_base64 ?", "invalid_json hello", "invalid_base64 !"}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestInFlightLimit holds deliveries inside Append until the limit is reached.
func TestInFlightLimit(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	app := &recorder{fail: func(*limnograph.Batch) error { return nil }}
	gate := appenderFunc(func(ctx context.Context, b *limnograph.Batch) error {
		entered <- struct{}{}
		<-leave
		return app.Append(ctx, b)
	})
	reg := prometheus.NewRegistry()
	const size = 1 << 20
	srv := listen(t, newServer(t, gate, nil, firehose.Config{MaxBody: size, MaxInFlight: 4*size + size/2, Registerer: reg}))
	body := []byte(exactBody(size))
	var held sync.WaitGroup
	for range 2 {
		held.Go(func() {
			if g := send(t, srv.Client(), delivery(t, srv.URL, body)); g.status != 200 {
				t.Errorf("held delivery: %d %s", g.status, g.text)
			}
		})
		<-entered
	}
	g := send(t, srv.Client(), delivery(t, srv.URL, body))
	if g.status != 503 || g.header.Get("Retry-After") == "" || g.message() != "too many bytes are in flight on this server: send it again later" {
		t.Errorf("%d %v %q", g.status, g.header, g.message())
	}
	close(leave)
	held.Wait()
	go func() { <-entered }()
	if g := send(t, srv.Client(), delivery(t, srv.URL, body)); g.status != 200 {
		t.Errorf("afterwards %d %s", g.status, g.text)
	}
	if v := gather(t, reg)["limno_firehose_in_flight_bytes"]; v != 0 {
		t.Errorf("%v bytes are still in flight", v)
	}
}

type appenderFunc func(context.Context, *limnograph.Batch) error

func (f appenderFunc) Append(ctx context.Context, b *limnograph.Batch) error { return f(ctx, b) }

// TestBombIsCheap refuses a bomb without the memory it asks for.
func TestBombIsCheap(t *testing.T) {
	s := newServer(t, &recorder{}, nil, firehose.Config{MaxBody: 1 << 20})
	bomb := gzipped(t, make([]byte, 64<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := httptest.NewRecorder()
	req := delivery(t, "", nil)
	zipped(bomb)(req)
	s.ServeHTTP(w, req)
	runtime.ReadMemStats(&after)
	if w.Code != 413 || after.TotalAlloc-before.TotalAlloc > 8<<20 {
		t.Errorf("status %d, %d bytes allocated", w.Code, after.TotalAlloc-before.TotalAlloc)
	}
}

// TestConcurrentDeliveries shares workspaces between many senders.
func TestConcurrentDeliveries(t *testing.T) {
	app := &recorder{}
	srv := listen(t, newServer(t, app, nil, firehose.Config{}))
	var all sync.WaitGroup
	for sender := range 8 {
		all.Go(func() {
			for i := range 20 {
				req := delivery(t, srv.URL, glueBody(1+(sender*20+i)%97))
				if g := send(t, srv.Client(), req); g.status != 200 {
					t.Errorf("%d %s", g.status, g.text)
				}
			}
		})
	}
	all.Wait()
	want := 0
	for i := range 160 {
		want += 1 + i%97
	}
	if n := points(app.all()...); n != want {
		t.Errorf("%d datapoints, want %d", n, want)
	}
}

// TestMetrics checks names and counts.
func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	srv := listen(t, newServer(t, &recorder{}, nil, firehose.Config{Registerer: reg}))
	body := envelope("hello\n" + line("111122223333", 1) + line("111122223333", 2))
	send(t, srv.Client(), delivery(t, srv.URL, body))
	send(t, srv.Client(), delivery(t, srv.URL, []byte(wrap("?"))))
	send(t, srv.Client(), delivery(t, srv.URL, []byte("?")))
	want := map[string]float64{
		"limno_firehose_datapoints_total":                    2,
		"limno_firehose_body_bytes_total":                    float64(len(body) + len(wrap("?"))),
		"limno_firehose_in_flight_bytes":                     0,
		"limno_firehose_request_seconds":                     3,
		"limno_firehose_requests_total code=200":             2,
		"limno_firehose_requests_total code=400":             1,
		"limno_firehose_rejects_total reason=invalid_base64": 1,
		"limno_firehose_rejects_total reason=invalid_json":   1,
	}
	if d := cmp.Diff(want, gather(t, reg)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// gather returns the metrics by name and labels; a histogram by its count.
func gather(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

// TestNewRefusesConfig that could never work.
func TestNewRefusesConfig(t *testing.T) {
	reg := prometheus.NewRegistry()
	newServer(t, &recorder{}, nil, firehose.Config{Registerer: reg})
	for name, cfg := range map[string]firehose.Config{
		"ErrNegative":       {MaxBody: -1},
		"ErrInFlightTooLow": {MaxBody: 1 << 20, MaxInFlight: 1 << 20},
		"ErrRegistered":     {Registerer: reg},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := firehose.New(&recorder{}, oneKey, tableOf, cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestDefaults are those of the documentation.
func TestDefaults(t *testing.T) {
	s, err := firehose.New(&recorder{}, oneKey, tableOf, firehose.Config{})
	if err != nil {
		t.Fatal(err)
	}
	req := delivery(t, "", nil)
	req.Header.Del("X-Amz-Firehose-Request-Id")
	req.Header.Del("X-Amz-Firehose-Access-Key")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	var answer struct {
		RequestID string `json:"requestId"`
		Timestamp int64  `json:"timestamp"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 401 {
		t.Errorf("%d %s: %v", w.Code, w.Body, err)
	}
	if age := time.Since(time.UnixMilli(answer.Timestamp)); len(answer.RequestID) != 36 || age < 0 || age > time.Hour {
		t.Errorf("%+v", answer)
	}
}
