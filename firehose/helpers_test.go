package firehose_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"limnograph"
	"limnograph/firehose"
)

const (
	goodKey   = "correct horse battery staple"
	requestID = "11111111-2222-3333-4444-555555555555"
	madeID    = "made-by-the-server"
)

// now is the clock of all tests.
var now = time.Date(2026, 11, 24, 5, 52, 2, 123e6, time.UTC)

// recorder is an Appender that keeps copies of what it got, or fails.
type recorder struct {
	mu      sync.Mutex
	batches []*limnograph.Batch
	fail    func(*limnograph.Batch) error
}

func (r *recorder) Append(_ context.Context, b *limnograph.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(b); err != nil {
			return err
		}
	}
	r.batches = append(r.batches, clone(b))
	return nil
}

func (r *recorder) all() []*limnograph.Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.batches)
}

// clone copies a batch deeply, as it may not be kept otherwise.
func clone(b *limnograph.Batch) *limnograph.Batch {
	c := *b
	c.Attributes = maps.Clone(b.Attributes)
	c.Parts = slices.Clone(b.Parts)
	for i := range c.Parts {
		c.Parts[i].Lines = bytes.Clone(c.Parts[i].Lines)
	}
	c.Rejects = slices.Clone(b.Rejects)
	for i := range c.Rejects {
		c.Rejects[i].Raw = bytes.Clone(c.Rejects[i].Raw)
	}
	return &c
}

func points(batches ...*limnograph.Batch) (n int) {
	for _, b := range batches {
		for _, p := range b.Parts {
			n += p.Count
		}
	}
	return n
}

func tableOf(namespace string) string {
	switch namespace {
	case "Glue":
		return "glue_metrics"
	case "AWS/EBS":
		return "ebs_metrics"
	}
	return limnograph.OtherTable
}

func oneKey() []firehose.AccessKey {
	return []firehose.AccessKey{{Name: "prod", Keys: []string{goodKey}}}
}

// newServer returns a server with the tests' clock and ids, over app and one good key unless keys is given.
func newServer(tb testing.TB, app firehose.Appender, keys func() []firehose.AccessKey, cfg firehose.Config) *firehose.Server {
	tb.Helper()
	if keys == nil {
		keys = oneKey
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return now }
	}
	cfg.NewID = func() string { return madeID }
	s, err := firehose.New(app, keys, tableOf, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// listen serves h on loopback.
func listen(tb testing.TB, h http.Handler) *httptest.Server {
	tb.Helper()
	srv := httptest.NewServer(h)
	tb.Cleanup(func() {
		srv.Client().CloseIdleConnections()
		srv.Close()
	})
	return srv
}

// delivery builds a request that succeeds unless it is changed.
func delivery(tb testing.TB, url string, body []byte) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url+"/firehose/v1/metrics", bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("X-Amz-Firehose-Protocol-Version", "1.0")
	req.Header.Set("X-Amz-Firehose-Request-Id", requestID)
	req.Header.Set("X-Amz-Firehose-Access-Key", goodKey)
	req.Header.Set("Content-Type", "application/json")
	return req
}

// got is an answer as the sender sees it.
type got struct {
	status int
	header http.Header
	text   string
	body   struct {
		RequestID    string  `json:"requestId"`
		Timestamp    int64   `json:"timestamp"`
		ErrorMessage *string `json:"errorMessage"`
	}
}

func (g got) message() string {
	if g.body.ErrorMessage == nil {
		return ""
	}
	return *g.body.ErrorMessage
}

// send sends req and checks that the answer has the protocol's form.
func send(tb testing.TB, client *http.Client, req *http.Request) got {
	tb.Helper()
	res, err := client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return conforming(tb, req.Method, res, text)
}

// conforming checks an answer against the protocol.
func conforming(tb testing.TB, method string, res *http.Response, text []byte) got {
	tb.Helper()
	g := got{status: res.StatusCode, header: res.Header, text: string(text)}
	if ct := res.Header.Get("Content-Type"); ct != "application/json" {
		tb.Errorf("content type %q", ct)
	}
	if ce := res.Header.Get("Content-Encoding"); ce != "" {
		tb.Errorf("content encoding %q", ce)
	}
	if method == http.MethodHead {
		return g
	}
	if res.ContentLength != int64(len(text)) {
		tb.Errorf("content length %d, body %d", res.ContentLength, len(text))
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&g.body); err != nil {
		tb.Errorf("answer %q: %v", text, err)
	}
	if g.body.RequestID == "" || g.body.Timestamp != now.UnixMilli() || len(g.message()) > 8192 {
		tb.Errorf("answer %q", text)
	}
	if (g.status == http.StatusOK) != (g.body.ErrorMessage == nil) {
		tb.Errorf("status %d with answer %q", g.status, text)
	}
	return g
}

// envelope wraps records the way Firehose does.
func envelope(records ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"requestId":%q,"timestamp":1578090901599,"records":[`, requestID)
	for i, r := range records {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"data":%q}`, base64.StdEncoding.EncodeToString([]byte(r)))
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// line is one good datapoint line of an account.
func line(account string, i int) string {
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":%q,"region":"eu-west-1","namespace":"Glue","metric_name":"glue.driver.aggregate.recordsRead",`+
		`"dimensions":{"JobName":"orders-raw-to-staged","JobRunId":"jr_%064d","Type":"count"},"timestamp":%d,"value":{"max":5.0,"min":1.0,"sum":6.0,"count":2.0},"unit":"Count"}`+"\n",
		account, i, now.UnixMilli()-60_000)
}

// glueBody is a delivery of n Glue-like datapoints in records of about 300.
func glueBody(n int) []byte {
	var records []string
	var b strings.Builder
	for i := range n {
		b.WriteString(line("111122223333", i%500))
		if (i+1)%300 == 0 || i == n-1 {
			records = append(records, b.String())
			b.Reset()
		}
	}
	return envelope(records...)
}

func gzipped(tb testing.TB, text []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
