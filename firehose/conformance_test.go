package firehose_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph/firehose"
)

// request is one row of the conformance table: a change to a delivery that would succeed, and its exact answer.
type request struct {
	name    string
	edit    func(*http.Request)
	body    string // empty: one record with one datapoint
	status  int
	message string // exact; empty for 200
	id      string // empty: requestID
	landed  landed // what the Appender got; nil for none
}

// landed is what a batch holds: datapoints and the reasons of its rejects.
type landed *outcome

type outcome struct {
	Points  int
	Reasons []string
}

func lands(points int, reasons ...string) landed { return &outcome{points, reasons} }

const testMaxBody = 1 << 20

// TestConformance sends every kind of request to a real server and compares status, message, request id and batch.
func TestConformance(t *testing.T) {
	app := &recorder{}
	srv := listen(t, newServer(t, app, twoNames, firehose.Config{MaxBody: testMaxBody}))
	for _, table := range [][]request{accepted(t), refusedHeads(), refusedBodies(), refusedForms(t)} {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				before := len(app.all())
				c.check(t, send(t, srv.Client(), c.build(t, srv.URL)))
				c.checkLanded(t, app, before)
			})
		}
	}
}

func twoNames() []firehose.AccessKey {
	return []firehose.AccessKey{
		{Name: "empty", Keys: []string{""}},
		{Name: "prod", Keys: []string{goodKey, "the next key"}},
		{Name: "long", Keys: []string{strings.Repeat("k", 4096)}},
	}
}

func (c request) build(t *testing.T, url string) *http.Request {
	body := []byte(c.body)
	if c.body == "" {
		body = envelope(line("111122223333", 1))
	}
	req := delivery(t, url, body)
	if c.edit != nil {
		c.edit(req)
	}
	return req
}

func (c request) check(t *testing.T, g got) {
	t.Helper()
	if g.status != c.status || g.message() != c.message {
		t.Errorf("status %d, message %q\n    want %d, %q", g.status, g.message(), c.status, c.message)
	}
	want := c.id
	if want == "" {
		want = requestID
	}
	if g.body.RequestID != want && g.text != "" {
		t.Errorf("request id %q, want %q", g.body.RequestID, want)
	}
	if retry := g.header.Get("Retry-After"); (retry != "") != (g.status == http.StatusServiceUnavailable) {
		t.Errorf("Retry-After %q with status %d", retry, g.status)
	}
	if allow := g.header.Get("Allow"); (allow == http.MethodPost) != (g.status == http.StatusMethodNotAllowed) {
		t.Errorf("Allow %q with status %d", allow, g.status)
	}
}

func (c request) checkLanded(t *testing.T, app *recorder, before int) {
	t.Helper()
	batches := app.all()[before:]
	if c.landed == nil {
		if len(batches) != 0 {
			t.Errorf("landed %d batches, want none", len(batches))
		}
		return
	}
	if len(batches) != 1 {
		t.Fatalf("landed %d batches, want 1", len(batches))
	}
	have := outcome{Points: points(batches[0])}
	for _, r := range batches[0].Rejects {
		have.Reasons = append(have.Reasons, r.Reason)
	}
	if d := cmp.Diff(*c.landed, have); d != "" {
		t.Errorf("landed (-want +got):\n%s", d)
	}
}

// header sets a header, or takes it away when there is no value, or repeats it.
func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
}

func method(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }

func path(p string) func(*http.Request) {
	return func(r *http.Request) { r.URL.Opaque = "//" + r.URL.Host + p }
}

// chunked hides the length of the body from the client, which then sends chunks.
func chunked(r *http.Request) {
	r.ContentLength = -1
	r.Body = io.NopCloser(struct{ io.Reader }{r.Body})
}

func both(edits ...func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		for _, e := range edits {
			e(r)
		}
	}
}

// raw replaces the body by bytes.
func raw(b []byte) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	}
}
