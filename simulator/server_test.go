package simulator_test

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"limnograph/simulator"
)

// endpoint is an HTTP server that speaks the delivery protocol and remembers what it acknowledged.
type endpoint struct {
	*httptest.Server
	// fail decides about request n (from 1) before it is read: 0 takes it, else the status to answer.
	fail func(n int) int

	mu       sync.Mutex
	requests int
	acked    map[string]int // acknowledged deliveries by request id
	order    []string       // request ids as acknowledged
	lines    map[string]int // acknowledged lines
	headers  http.Header
	biggest  int
}

func newEndpoint(t *testing.T, fail func(n int) int) *endpoint {
	t.Helper()
	e := &endpoint{fail: fail, acked: map[string]int{}, lines: map[string]int{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests++
	status := 0
	if e.fail != nil {
		status = e.fail(e.requests)
	}
	if status != 0 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"requestId":%q,"timestamp":1,"errorMessage":"made to fail"}`, r.Header.Get("X-Amz-Firehose-Request-Id"))
		return
	}
	id, err := e.take(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"requestId":%q,"timestamp":1700000000000}`, id)
}

func (e *endpoint) take(r *http.Request) (string, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return "", err
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	var request struct {
		RequestID string `json:"requestId"`
		Timestamp int64  `json:"timestamp"`
		Records   []struct {
			Data string `json:"data"`
		} `json:"records"`
	}
	if err := json.Unmarshal(text, &request); err != nil {
		return "", err
	}
	if request.RequestID != r.Header.Get("X-Amz-Firehose-Request-Id") || len(request.Records) == 0 {
		return "", fmt.Errorf("request %q with %d records", request.RequestID, len(request.Records))
	}
	for _, record := range request.Records {
		data, err := base64.StdEncoding.DecodeString(record.Data)
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(data)) {
			e.lines[line]++
		}
	}
	e.acked[request.RequestID]++
	e.order = append(e.order, request.RequestID)
	e.headers, e.biggest = r.Header.Clone(), max(e.biggest, len(text))
	return request.RequestID, nil
}

func (e *endpoint) target(t *testing.T) *simulator.HTTPTarget {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	target := simulator.NewHTTPTarget(e.URL+"/firehose/v1/limno-demo", "key", client)
	target.Sleep = noSleep
	return target
}
