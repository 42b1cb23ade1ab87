package landing_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var arrival = time.Date(2026, 11, 24, 5, 52, 2, 123_000_000, time.UTC)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// events gathers what a lander announces.
type events struct {
	mu  sync.Mutex
	all []limnograph.ObjectEvent
	c   chan limnograph.ObjectEvent
}

func newEvents() *events { return &events{c: make(chan limnograph.ObjectEvent, 1000)} }

func (e *events) add(ev limnograph.ObjectEvent) {
	e.mu.Lock()
	e.all = append(e.all, ev)
	e.mu.Unlock()
	e.c <- ev
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, want limnograph.Code) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
}

func newLander(t testing.TB, s *mem.Store, cfg landing.Config, sealed func(limnograph.ObjectEvent)) *landing.Lander {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = (&clock{now: arrival}).Now
	}
	l, err := landing.New(t.Context(), s, s, sealed, cfg)
	must(t, err)
	return l
}

// part makes a part of n lines, each with the given words in it.
func part(table, words string, n int) limnograph.Part {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"namespace":"Glue","metric_name":"%s","n":%d,"timestamp":%d}`+"\n", words, i, 1000+i)
	}
	return limnograph.Part{Table: table, Lines: []byte(b.String()), Count: n, MinTime: 1000, MaxTime: int64(1000 + n - 1)}
}

func batch(parts ...limnograph.Part) *limnograph.Batch {
	return &limnograph.Batch{Sender: "team-a", Stream: "glue-stream", RequestID: "r1", Arrival: arrival, Parts: parts}
}

func reject(raw string) limnograph.Reject {
	return limnograph.Reject{Reason: "invalid_json", Detail: "no object", Record: 1, Offset: 2, Raw: []byte(raw)}
}

// line is a landed line.
type line struct {
	Key      string
	Metric   string `json:"metric_name"`
	N        int    `json:"n"`
	Position int64  `json:"limno_position"`
}

func inflate(t testing.TB, s limnograph.ObjectReader, key string) io.Reader {
	t.Helper()
	r, err := s.Open(context.Background(), key)
	must(t, err)
	t.Cleanup(func() { r.Close() })
	z, err := gzip.NewReader(r)
	must(t, err)
	return z
}

// landed reads every sealed object of landing, and checks that positions increase within each and never repeat.
func landed(t testing.TB, s limnograph.ObjectReader) []line {
	t.Helper()
	all, err := landedAnyhow(t, s)
	must(t, err)
	seen, last := map[int64]bool{}, line{Position: -1}
	for _, l := range all {
		if seen[l.Position] || l.Key == last.Key && l.Position <= last.Position {
			t.Fatalf("%s: position %d after %d (seen before: %v)", l.Key, l.Position, last.Position, seen[l.Position])
		}
		seen[l.Position], last = true, l
	}
	return all
}

// landedAnyhow reads every sealed object of landing. An error is one of the content.
func landedAnyhow(t testing.TB, s limnograph.ObjectReader) (all []line, err error) {
	t.Helper()
	for _, prefix := range objectkey.LandedPrefixes() {
		for _, key := range keysOf(t, s, prefix) {
			lines := bufio.NewScanner(inflate(t, s, key))
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				l := line{Key: key}
				if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
					return nil, fmt.Errorf("%s: line %q: %w", key, lines.Bytes(), err)
				}
				all = append(all, l)
			}
			if err := lines.Err(); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return all, nil
}

// tally counts landed lines by metric name and number.
func tally(lines []line) map[string]int {
	got := map[string]int{}
	for _, l := range lines {
		got[fmt.Sprintf("%s/%d", l.Metric, l.N)]++
	}
	return got
}

func keysOf(t testing.TB, s limnograph.ObjectReader, prefix string) (keys []string) {
	t.Helper()
	for info, err := range s.List(context.Background(), prefix, "") {
		must(t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// running runs a lander until the test ends or stop is called.
func running(t testing.TB, l *landing.Lander) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// waitOpen waits until so many segments are open: the world hears of an object before its segment is forgotten.
func waitOpen(t testing.TB, l *landing.Lander, want int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); l.Stats().OpenSegments != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d segments are open, want %d", l.Stats().OpenSegments, want)
		}
	}
}
