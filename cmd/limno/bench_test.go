package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/firehose"
	"limnograph/metricstream"
)

// landedPoints is an Appender that decodes what it gets and remembers each datapoint.
type landedPoints struct {
	mu     sync.Mutex
	points map[string]int
}

func (l *landedPoints) Append(_ context.Context, b *limnograph.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(b.Rejects) > 0 {
		return fmt.Errorf("%s: %s", b.Rejects[0].Reason, b.Rejects[0].Raw)
	}
	d := metricstream.NewDecoder()
	for _, p := range b.Parts {
		d.Decode(p.Lines, func(dp *limnograph.Datapoint, _ []byte) {
			l.points[fmt.Sprint(dp.AccountID, dp.Namespace, dp.MetricName, dp.Dimensions, dp.Timestamp)]++
		}, func(limnograph.Reject) {})
	}
	return nil
}

// benchEndpoint is a real delivery endpoint over app.
func benchEndpoint(t *testing.T, app firehose.Appender) benchTarget {
	t.Helper()
	h, err := firehose.New(app, func() []firehose.AccessKey { return []firehose.AccessKey{{Name: "bench", Keys: []string{"key"}}} },
		func(string) string { return "glue_metrics" }, firehose.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	target := newBenchTarget(srv.URL+"/", "bench", "key", "", 2)
	t.Cleanup(target.client.CloseIdleConnections)
	return target
}

// TestBenchDelivers each datapoint of a load once, all of them good and distinct.
func TestBenchDelivers(t *testing.T) {
	for _, zip := range []bool{false, true} {
		t.Run(fmt.Sprintf("Gzip=%t", zip), func(t *testing.T) {
			app := &landedPoints{points: map[string]int{}}
			load := benchLoad{points: 20_001, batch: 1_000, gzip: zip, seed: 7}
			bodies, err := load.generate(time.Now(), func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			result, err := drive(t.Context(), benchEndpoint(t, app), bodies, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(app.points) != load.points || len(result.latencies) != 21 || result.latencies[0] <= 0 {
				t.Errorf("%d distinct datapoints, %d latencies", len(app.points), len(result.latencies))
			}
			for p, n := range app.points {
				if n != 1 {
					t.Fatalf("%s was delivered %d times", p, n)
				}
			}
		})
	}
}

// TestBenchLoadFollowsFromItsSeed and from nothing else.
func TestBenchLoadFollowsFromItsSeed(t *testing.T) {
	text := func(seed uint64) string {
		bodies, err := benchLoad{points: 500, batch: 200, seed: seed}.generate(time.Unix(1_800_000_000, 0), func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(bodies)
	}
	if text(1) != text(1) {
		t.Error("the same seed made two loads")
	}
	if text(1) == text(2) {
		t.Error("two seeds made one load")
	}
}

// TestBenchRetries a busy server, and nothing else.
func TestBenchRetries(t *testing.T) {
	var attempts atomic.Int64
	for name, c := range map[string]struct {
		fail    error
		retries int64
		refused string
	}{
		"OKBusyTwice": {&limnograph.Error{Code: limnograph.CodeUnavailable, Message: "full"}, 2, ""},
		"ErrInternal": {fmt.Errorf("broken"), 0, "the delivery was refused: 500 Internal Server Error: "},
	} {
		t.Run(name, func(t *testing.T) {
			attempts.Store(0)
			target := benchEndpoint(t, appendFunc(func() error {
				if attempts.Add(1) <= 2 {
					return c.fail
				}
				return nil
			}))
			bodies, err := benchLoad{points: 1, batch: 1}.generate(time.Now(), func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			result, err := drive(t.Context(), target, bodies, 1)
			if c.refused != "" && (err == nil || !strings.HasPrefix(err.Error(), c.refused)) || c.refused == "" && err != nil {
				t.Errorf("error %v", err)
			}
			if result.retries != c.retries {
				t.Errorf("%d retries", result.retries)
			}
		})
	}
}

type appendFunc func() error

func (f appendFunc) Append(context.Context, *limnograph.Batch) error { return f() }

// TestBenchRefusesAnswers that Firehose would take for failures.
func TestBenchRefusesAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"ErrAnotherRequestID": `{"requestId":"other","timestamp":1}`,
		"ErrTimestampString":  `{"requestId":"id","timestamp":"1"}`,
		"ErrNoTimestamp":      `{"requestId":"id"}`,
		"ErrNoJSON":           `ok`,
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			_, _ = rec.WriteString(answer)
			resp := rec.Result()
			defer resp.Body.Close()
			if err := acknowledged(resp, "id"); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// TestBenchWatchesTheServer by its metrics.
func TestBenchWatchesTheServer(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		n := min(calls.Add(1), 2)
		fmt.Fprintf(w, "# HELP x y\nprocess_cpu_seconds_total %d\nprocess_resident_memory_bytes 1e+08\n"+
			"limno_firehose_datapoints_total %d\nlimno_landing_bytes_total{table=\"a b\"} %d\nlimno_landing_bytes_total{table=\"c\"} %d\n", n, n*1000, n*100, n*300)
	}))
	defer srv.Close()
	target := newBenchTarget(srv.URL, "bench", "key", "secret", 1)
	w, err := watchServer(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	figures, err := w.finish(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := &serverFigures{
		CPUSeconds: 1, CPUSecondsPerMillion: 1000, PointsPerCPUSecond: 1000, MemoryBefore: 1e8, MemoryPeak: 1e8, LandedBytes: 400, BytesPerPoint: .4,
	}
	if d := cmp.Diff(want, figures); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	t.Run("ErrPointsMissing", func(t *testing.T) {
		calls.Store(0)
		w, err := watchServer(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.finish(t.Context(), 1001); err == nil || err.Error() != "the server counts 1000 datapoints, but 1001 were acknowledged" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("ErrToken", func(t *testing.T) {
		target.token = "wrong"
		if _, err := watchServer(t.Context(), target); err == nil || !strings.Contains(err.Error(), "--token") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("OKNoToken", func(t *testing.T) {
		target.token = ""
		if w, err := watchServer(t.Context(), target); w != nil || err != nil {
			t.Errorf("%v, error %v", w, err)
		}
	})
	target.client.CloseIdleConnections()
}

// TestQuantile picks the nearest rank.
func TestQuantile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1)*time.Millisecond)
	}
	for _, c := range []struct {
		of   []time.Duration
		q    float64
		want float64
	}{
		{nil, .5, 0},
		{hundred[:1], .5, 1},
		{hundred[:1], 1, 1},
		{hundred[:3], .5, 2},
		{hundred[:4], .5, 2},
		{hundred, .5, 50},
		{hundred, .9, 90},
		{hundred, .99, 99},
		{hundred, 1, 100},
	} {
		if have := quantile(c.of, c.q); have != c.want {
			t.Errorf("quantile %v of %d: %v, want %v", c.q, len(c.of), have, c.want)
		}
	}
}

// TestBenchFlags refuses what makes no sense, before any work.
func TestBenchFlags(t *testing.T) {
	t.Setenv("LIMNO_FIREHOSE_ACCESS_KEY", "")
	for args, want := range map[string]string{
		"--points 0":                       "must be at least 1",
		"--batch 100001":                   "64 MiB",
		"--url http://x":                   "--access-key is needed",
		"--url x --cores 1 --access-key k": "leave them out",
	} {
		t.Run(args, func(t *testing.T) {
			cmd := newBenchCommand()
			cmd.SetArgs(strings.Fields(args))
			cmd.SilenceUsage, cmd.SilenceErrors = true, true
			if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestBenchReport keeps its JSON names, and prints without a token too.
func TestBenchReport(t *testing.T) {
	f := &benchFlags{load: benchLoad{points: 10, batch: 10}, concurrency: 1}
	r := newBenchReport(f, []benchBody{{inflated: 100}}, benchResult{took: time.Second, latencies: []time.Duration{time.Second}}, nil)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"points_per_second":10`, `"ack_ms":{"p50":1000,"p90":1000,"p99":1000,"max":1000}`, `"own_server":true`, `"machine":{"cores":`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s lacks %s", text, part)
		}
	}
	var out strings.Builder
	if err := r.print(&out); err != nil || !strings.Contains(out.String(), "give --token") {
		t.Errorf("%v: %s", err, &out)
	}
	r.Server = &serverFigures{CPUSecondsPerMillion: 1.5}
	out.Reset()
	if err := r.print(&out); err != nil || !strings.Contains(out.String(), "1.50 s per million points") {
		t.Errorf("%v: %s", err, &out)
	}
}
