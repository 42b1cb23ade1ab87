package simulator_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/simulator"
)

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// testClock is a clock that moves only when somebody sleeps.
type testClock struct{ at atomic.Int64 }

func newClock(at time.Time) *testClock {
	c := &testClock{}
	c.at.Store(at.UnixNano())
	return c
}

func (c *testClock) now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

func (c *testClock) sleep(ctx context.Context, d time.Duration) error {
	c.at.Add(int64(d))
	return ctx.Err()
}

func play(t *testing.T, f *simulator.Fleet, target simulator.Target, cfg simulator.PlayerConfig) (*simulator.Player, error) {
	t.Helper()
	p, err := simulator.NewPlayer(f, target, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Run(t.Context())
}

func between(from time.Time, d time.Duration) simulator.PlayerConfig {
	return simulator.PlayerConfig{From: from, Until: from.Add(d)}
}

// once is every line of the ranges with how often it is expected: once.
func once(f *simulator.Fleet, ranges ...limnograph.TimeRange) map[string]int {
	out := map[string]int{}
	for _, r := range ranges {
		for line := range f.Generator().Lines(r) {
			out[string(line)]++
		}
	}
	return out
}

func TestHistoryArrivesOnce(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 12})
	for name, change := range map[string]func(*simulator.PlayerConfig, *simulator.HTTPTarget){
		"OldestFirst": func(*simulator.PlayerConfig, *simulator.HTTPTarget) {},
		"NewestFirst": func(c *simulator.PlayerConfig, _ *simulator.HTTPTarget) { c.Order = simulator.NewestFirst },
		"ByArrival":   func(c *simulator.PlayerConfig, _ *simulator.HTTPTarget) { c.Order = simulator.ByArrival },
		"Compressed":  func(_ *simulator.PlayerConfig, h *simulator.HTTPTarget) { h.Gzip = true },
		"Delayed": func(c *simulator.PlayerConfig, _ *simulator.HTTPTarget) {
			c.Order, c.Faults = simulator.ByArrival, simulator.Faults{Delays: 0.3}
		},
		"Replayed": func(c *simulator.PlayerConfig, _ *simulator.HTTPTarget) {
			clock := newClock(monday())
			c.Speed, c.Now, c.Sleep = 120, clock.now, clock.sleep
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, nil)
			cfg, target := between(monday(), 3*time.Hour), e.target(t)
			change(&cfg, target)
			p, err := play(t, f, target, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(e.lines, once(f, hoursOf(monday(), 3))) {
				t.Errorf("%d lines arrived, some missing, foreign, or twice", len(e.lines))
			}
			if got := p.Progress(); got.Done != 1 || got.Detail != "3 of 3 hours" {
				t.Errorf("progress at the end: %+v", got)
			}
		})
	}
}

func TestRequestsFollowTheProtocol(t *testing.T) {
	e := newEndpoint(t, nil)
	f := newFleet(t, simulator.Config{Jobs: 300})
	if _, err := play(t, f, e.target(t), between(monday(), 20*time.Minute)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"X-Amz-Firehose-Protocol-Version": "1.0", "X-Amz-Firehose-Access-Key": "key", "Content-Type": "application/json",
		"X-Amz-Firehose-Source-Arn": f.SourceARN(),
	}
	got := map[string]string{}
	for name := range want {
		got[name] = e.headers.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if e.biggest > 4<<20 || e.biggest < 1<<20 {
		t.Errorf("the biggest body has %d bytes", e.biggest)
	}
}

func TestDuplicatesKeepTheirRequestID(t *testing.T) {
	e := newEndpoint(t, nil)
	cfg := between(monday(), 6*time.Hour)
	cfg.Faults.Duplicates = 0.4
	if _, err := play(t, newFleet(t, simulator.Config{Jobs: 9}), e.target(t), cfg); err != nil {
		t.Fatal(err)
	}
	twice := 0
	for id, n := range e.acked {
		if n == 2 {
			twice++
		} else if n != 1 {
			t.Errorf("request %s came %d times", id, n)
		}
	}
	if share := float64(twice) / float64(len(e.acked)); share < 0.1 || share > 0.8 {
		t.Errorf("%d of %d requests came twice", twice, len(e.acked))
	}
}

// Whatever the endpoint refuses is sent again, and the ledger of the delivered minutes counts it once.
func TestFailingEndpointGetsEverything(t *testing.T) {
	e := newEndpoint(t, func(n int) int { return []int{0, 503, 500, 0, 429, 401}[n%6] })
	f := newFleet(t, simulator.Config{Jobs: 12})
	var last []limnograph.TimeRange
	cfg := between(monday(), 4*time.Hour)
	cfg.Ledger = func(delivered []limnograph.TimeRange) error {
		last = delivered
		return nil
	}
	cfg.Concurrency = 1
	if _, err := play(t, f, e.target(t), cfg); err != nil {
		t.Fatal(err)
	}
	want := once(f, hoursOf(monday(), 4))
	if !maps.Equal(e.lines, want) {
		t.Errorf("%d lines arrived of %d", len(e.lines), len(want))
	}
	total := int64(0)
	for _, row := range f.Ledger(last) {
		total += row.Datapoints + row.DatapointsTotal
	}
	if total != int64(len(want)) {
		t.Errorf("the ledger has %d datapoints of %d", total, len(want))
	}
}

func TestTargetGivesUp(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 3})
	for name, x := range map[string]struct {
		status   int
		failFast bool
		want     limnograph.Code
	}{
		"TooLarge":       {http.StatusRequestEntityTooLarge, false, limnograph.CodeTooLarge},
		"WrongKey":       {http.StatusUnauthorized, true, limnograph.CodeUnauthorized},
		"WrongAddress":   {http.StatusNotFound, true, limnograph.CodeInvalid},
		"BusyForTooLong": {http.StatusServiceUnavailable, false, limnograph.CodeUnavailable},
		"CreatedIsNoOK":  {http.StatusCreated, false, limnograph.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, func(int) int { return x.status })
			target, clock := e.target(t), newClock(monday())
			target.FailFast, target.Now, target.Sleep = x.failFast, clock.now, clock.sleep
			_, err := play(t, f, target, between(monday(), time.Hour))
			if limnograph.ErrorCode(err) != x.want || !strings.Contains(err.Error(), "made to fail") {
				t.Errorf("error %v, want %s with the server's words", err, x.want)
			}
		})
	}
}

// A second player goes on where the first was interrupted: nothing is missing, and nothing acknowledged is sent again
// but for what was on its way.
func TestSecondStartGoesOn(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 12})
	for _, order := range []simulator.Order{simulator.OldestFirst, simulator.NewestFirst, simulator.ByArrival} {
		e := newEndpoint(t, func(n int) int { return []int{0, 0, 0, 503}[n%4] })
		target := e.target(t)
		cfg := between(monday(), 3*time.Hour)
		cfg.Grace = time.Hour // what is on its way ends well, however slow the machine
		cfg.Order, cfg.Checkpoint = order, simulator.NewFileCheckpoint(filepath.Join(t.TempDir(), "state", "checkpoint.json"))
		starts := 0
		for done := false; !done; starts++ {
			ctx, cancel := context.WithCancel(t.Context())
			stopping := &stoppingTarget{Target: target, after: 3, stop: cancel}
			p, err := simulator.NewPlayer(f, stopping, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(ctx); err != nil {
				t.Fatal(err)
			}
			done = len(p.Delivered()) == 1 && p.Delivered()[0] == hoursOf(monday(), 3)
			cancel()
		}
		if starts < 3 {
			t.Errorf("order %d: done after %d starts: nothing was interrupted", order, starts)
		}
		if !maps.Equal(e.lines, once(f, hoursOf(monday(), 3))) {
			t.Errorf("order %d: %d lines, some missing, foreign, or twice", order, len(e.lines))
		}
	}
}

// stoppingTarget ends the context during a delivery, which then succeeds.
type stoppingTarget struct {
	simulator.Target
	after int64
	n     atomic.Int64
	stop  func()
}

func (t *stoppingTarget) Deliver(ctx context.Context, d simulator.Delivery) error {
	if t.n.Add(1) == t.after {
		t.stop()
	}
	return t.Target.Deliver(ctx, d)
}

// crashingTarget fails for good after some requests: the player stops in the middle of a batch.
type crashingTarget struct {
	simulator.Target
	left int
}

var errCrash = errors.New("crash")

func (t *crashingTarget) Deliver(ctx context.Context, d simulator.Delivery) error {
	if t.left--; t.left < 0 {
		return errCrash
	}
	return t.Target.Deliver(ctx, d)
}

// A batch of several requests that was acknowledged in part goes on with the next request.
func TestBatchGoesOnInTheMiddle(t *testing.T) {
	f := newFleet(t, simulator.Config{Jobs: 1500})
	e := newEndpoint(t, nil)
	cfg := between(monday().Add(12*time.Hour+15*time.Minute), 2*time.Minute)
	cfg.Concurrency, cfg.Checkpoint = 1, simulator.NewFileCheckpoint(filepath.Join(t.TempDir(), "c"))
	starts := 0
	for err := errCrash; err != nil; starts++ {
		if _, err = play(t, f, &crashingTarget{e.target(t), 1}, cfg); err != nil && !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
	}
	if starts < 4 || len(e.order) != len(e.acked) {
		t.Errorf("%d starts, %d requests, %d different ones", starts, len(e.order), len(e.acked))
	}
	if !maps.Equal(e.lines, once(f, limnograph.TimeRange{From: cfg.From, To: cfg.Until})) {
		t.Error("some lines are missing, foreign, or twice")
	}
}

// The gap while nothing ran is delivered, then live minutes follow 2 to 4 minutes after their end.
func TestGapThenLive(t *testing.T) {
	f, e := newFleet(t, simulator.Config{Jobs: 12}), newEndpoint(t, nil)
	keep := simulator.NewFileCheckpoint(filepath.Join(t.TempDir(), "c"))
	for _, start := range []time.Duration{0, 3 * time.Hour} { // the second process starts three hours later
		clock := newClock(monday().Add(24*time.Hour + start))
		end := clock.now().Add(30 * time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		cfg := simulator.PlayerConfig{
			From: clock.now().Add(-2 * time.Hour), Live: true, Order: simulator.NewestFirst, Checkpoint: keep, Now: clock.now,
			Sleep: func(ctx context.Context, d time.Duration) error {
				if clock.now().Add(d).After(end) {
					cancel()
				}
				return clock.sleep(ctx, d)
			},
		}
		p, err := simulator.NewPlayer(f, e.target(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(ctx); err != nil {
			t.Fatal(err)
		}
		checkLive(t, f, e, p, monday().Add(22*time.Hour), end)
	}
}

func checkLive(t *testing.T, f *simulator.Fleet, e *endpoint, p *simulator.Player, from, end time.Time) {
	t.Helper()
	delivered := p.Delivered()
	if delivered[0].From != from {
		t.Errorf("delivery begins at %v, want %v", delivered[0].From, from)
	}
	if lag := end.Sub(delivered[len(delivered)-1].To); lag < 2*time.Minute || lag > 5*time.Minute {
		t.Errorf("the newest minute ended %v before the end", lag)
	}
	if lag := end.Sub(delivered[0].To); lag > 6*time.Minute {
		t.Errorf("a minute is missing %v before the end", lag)
	}
	if !maps.Equal(e.lines, once(f, delivered...)) {
		t.Error("what arrived is not what was noted as delivered, once")
	}
	if got := p.Progress(); got.Label != "live" || got.Done != 1 || !strings.HasPrefix(got.Detail, "up to 2026-11-2") {
		t.Errorf("progress %+v", got)
	}
}

func TestCheckpointOfAnotherFleetIsRefused(t *testing.T) {
	keep := simulator.NewFileCheckpoint(filepath.Join(t.TempDir(), "c"))
	cfg := between(monday(), time.Hour)
	cfg.Checkpoint = keep
	e := newEndpoint(t, nil)
	if _, err := play(t, newFleet(t, simulator.Config{Jobs: 3}), e.target(t), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := play(t, newFleet(t, simulator.Config{Jobs: 6}), e.target(t), cfg); limnograph.ErrorCode(err) != limnograph.CodeConflict {
		t.Errorf("another fleet: %v, want %s", err, limnograph.CodeConflict)
	}
	if err := keep.Save([]byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := play(t, newFleet(t, simulator.Config{Jobs: 3}), e.target(t), cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("damaged checkpoint: %v, want %s", err, limnograph.CodeInvalid)
	}
}

func TestImpossiblePlayers(t *testing.T) {
	f := newFleet(t, simulator.Config{})
	for name, cfg := range map[string]simulator.PlayerConfig{
		"EndBeforeStart": between(monday(), -time.Hour),
		"LiveWithEnd":    {Live: true, Until: monday()},
		"NegativeSpeed":  {Speed: -1},
		"TooManyFaults":  {Faults: simulator.Faults{Duplicates: 1.5}},
	} {
		if _, err := simulator.NewPlayer(f, nil, cfg); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v, want %s", name, err, limnograph.CodeInvalid)
		}
	}
}
