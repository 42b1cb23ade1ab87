package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	accessKey  = "an-access-key"
	adminToken = "an-admin-token"
)

// server is a running `limno serve`.
type server struct {
	*process
	dir string
	url string
}

// serverEnv are the settings of a test server that seals every second.
func serverEnv(dir string) []string {
	return []string{
		"LIMNO_DATA=" + dir, "LIMNO_LISTEN=127.0.0.1:0", "LIMNO_FIREHOSE_ACCESS_KEY=" + accessKey, "LIMNO_TOKEN=" + adminToken,
		"LIMNO_LANDING_SEAL_AFTER=1s", "LIMNO_LANDING_MIN_FREE=1MiB", "HOME=" + dir,
	}
}

// serve starts a server on dir and waits until it is ready.
func serve(t *testing.T, dir string, env ...string) *server {
	t.Helper()
	p := start(t, append(serverEnv(dir), env...), "serve")
	line := p.line(t, "page ", time.Minute)
	s := &server{process: p, dir: dir, url: strings.TrimRight(strings.Fields(line)[1], "/")}
	s.await(t, "ready", time.Minute, func() bool { return s.get(t, "/readyz", "").StatusCode == http.StatusOK })
	return s
}

// await asks again and again until ok, for things that happen within a stated time.
func (s *server) await(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not %s within %v; server printed:\n%s", what, within, s.output)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *server) get(t *testing.T, path, token string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}

// deliver posts one Firehose request body and returns status and answer.
func (s *server) deliver(t *testing.T, stream, key string, body []byte) (int, map[string]any) {
	t.Helper()
	status, answer, err := post(s.url+"/firehose/v1/"+stream, key, body)
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	return status, answer
}

func post(url, key string, body []byte) (int, map[string]any, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	var envelope struct{ RequestID string }
	_ = json.Unmarshal(body, &envelope) // a hostile body has no id
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Firehose-Protocol-Version", "1.0")
	req.Header.Set("X-Amz-Firehose-Request-Id", envelope.RequestID)
	req.Header.Set("X-Amz-Firehose-Access-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	var answer map[string]any
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, answer, err
}

// envelope wraps records as Firehose does.
func envelope(id string, records ...string) []byte {
	type record struct {
		Data string `json:"data"`
	}
	body := struct {
		RequestID string   `json:"requestId"`
		Timestamp int64    `json:"timestamp"`
		Records   []record `json:"records"`
	}{RequestID: id, Timestamp: 1700000000000}
	for _, r := range records {
		body.Records = append(body.Records, record{base64.StdEncoding.EncodeToString([]byte(r))})
	}
	out, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings always marshal
	}
	return out
}

// query asks through the command line and returns the rows without the header line.
func (s *server) query(t *testing.T, sql string) [][]string {
	t.Helper()
	return queryDir(t, s.dir, sql)
}

func queryDir(t *testing.T, dir, sql string) [][]string {
	t.Helper()
	out := limno(t, serverEnv(dir), "query", "--format", "csv", sql)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("query %s: %v in %q", sql, err, out)
	}
	return rows[1:]
}

func (s *server) number(t *testing.T, sql string) int {
	t.Helper()
	rows := s.query(t, sql)
	n, err := strconv.Atoi(rows[0][0])
	if err != nil {
		t.Fatalf("query %s: %v", sql, err)
	}
	return n
}

// awaitCount waits until sql, a count, has grown to n.
func (s *server) awaitCount(t *testing.T, n int, sql string) {
	t.Helper()
	var got int
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if got = s.number(t, sql); got >= n {
			break
		}
	}
	if got != n {
		t.Fatalf("%s = %d, want %d", sql, got, n)
	}
}

func capture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// size is how large a test that can run longer is: usual, or what the environment says.
func size(t *testing.T, variable string, usual int) int {
	t.Helper()
	text, ok := os.LookupEnv(variable)
	if !ok {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no size", variable, text)
	}
	return n
}

// withinOneDay waits for the next UTC day when this one ends within minutes: the flat view promises to remove repeats
// within an arrival day only, so a test of that must not run across midnight.
func withinOneDay(t *testing.T) {
	t.Helper()
	now := time.Now().UTC()
	midnight := now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	if left := midnight.Sub(now); left < 3*time.Minute {
		t.Logf("waiting %v for midnight to pass", left)
		time.Sleep(left + time.Second)
	}
}

// point is one metric-stream line of the namespace Glue.
func point(job, run, metric string, ts int64, sum float64) string {
	return fmt.Sprintf(`{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"Glue","metric_name":%q,`+
		`"dimensions":{"JobName":%q,"JobRunId":%q,"Type":"count"},"timestamp":%d,"value":{"max":%g,"min":%g,"sum":%g,"count":1.0},"unit":"Count"}`+"\n",
		metric, job, run, ts, sum, sum, sum)
}
