package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// benchTarget is a server to be measured.
type benchTarget struct {
	url, endpoint    string
	accessKey, token string
	client           *http.Client
}

func newBenchTarget(base, stream, accessKey, token string, concurrency int) benchTarget {
	base = strings.TrimRight(base, "/")
	transport := &http.Transport{
		MaxIdleConnsPerHost: concurrency + 1, DisableCompression: true, WriteBufferSize: 256 << 10, TLSHandshakeTimeout: 10 * time.Second,
	}
	return benchTarget{
		url: base, endpoint: base + "/firehose/v1/" + url.PathEscape(stream), accessKey: accessKey, token: token,
		client: &http.Client{Transport: transport, Timeout: 3 * time.Minute}, // Firehose's own limit
	}
}

// benchResult is what the sender saw.
type benchResult struct {
	started   time.Time
	took      time.Duration
	latencies []time.Duration // of acknowledged attempts, ascending
	retries   int64
}

// drive delivers all bodies, so many at a time.
func drive(ctx context.Context, t benchTarget, bodies []benchBody, concurrency int) (benchResult, error) {
	latencies := make([]time.Duration, len(bodies))
	var next, retries atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range concurrency {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(bodies); i = int(next.Add(1)) - 1 {
				took, again, err := t.deliver(ctx, bodies[i])
				if err != nil {
					return err
				}
				latencies[i] = took
				retries.Add(again)
			}
			return nil
		})
	}
	err := g.Wait()
	took := time.Since(began)
	slices.Sort(latencies)
	return benchResult{started: began, took: took, latencies: latencies, retries: retries.Load()}, err
}

// deliver sends one body until it is acknowledged. A busy server (503) is asked again, like Firehose does.
func (t benchTarget) deliver(ctx context.Context, b benchBody) (took time.Duration, retries int64, err error) {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		began := time.Now()
		status, err := t.attempt(ctx, b)
		if status != http.StatusServiceUnavailable {
			return time.Since(began), retries, err
		}
		if retries++; retries > maxBenchRetries {
			return 0, retries, fmt.Errorf("%s is still busy after %d attempts: %w", t.endpoint, retries, err)
		}
		select {
		case <-ctx.Done():
			return 0, retries, ctx.Err()
		case <-time.After(wait):
		}
	}
}

const maxBenchRetries = 30

// attempt sends one body once; status is 0 without an answer.
func (t benchTarget) attempt(ctx context.Context, b benchBody) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint, bytes.NewReader(b.text))
	if err != nil {
		return 0, err
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("X-Amz-Firehose-Protocol-Version", "1.0")
	h.Set("X-Amz-Firehose-Request-Id", b.requestID)
	h.Set("X-Amz-Firehose-Access-Key", t.accessKey)
	if len(b.text) != b.inflated {
		h.Set("Content-Encoding", "gzip")
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, acknowledged(resp, b.requestID)
}

// acknowledged checks an answer as strictly as Firehose does.
func acknowledged(resp *http.Response, requestID string) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	var answer struct {
		RequestID    string `json:"requestId"`
		Timestamp    int64  `json:"timestamp"`
		ErrorMessage string `json:"errorMessage"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("the answer (%s) is no JSON of the delivery protocol: %w", resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK || answer.RequestID != requestID || answer.Timestamp == 0 {
		return fmt.Errorf("the delivery was refused: %s: %s", resp.Status, answer.ErrorMessage)
	}
	return nil
}
