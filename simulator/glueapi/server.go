package glueapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// Config says what a server knows and how it fails. The zero value knows the last 90 days up to now, and never fails.
type Config struct {
	Now  func() time.Time // nil: time.Now
	From time.Time        // runs started before are unknown; zero: 90 days before now, whenever that is
	Seed uint64           // of faults, request ids and ids of runs; 0: 1

	Faults Faults // zero: none

	Account     string // of access keys that name none; empty: the fleet's monitoring account
	RequireRole bool   // only AssumeRole leads into another account; false: the access key AKIA<account> does too
	RoleName    string // the only role that may be assumed; empty: any
	ExternalID  string // that AssumeRole must give; empty: none

	EndState   limnograph.RunState // of runs from outside without --end_state; empty: SUCCEEDED
	RunSeconds float64             // how long they work without --run_seconds; 0: 2
	Patience   time.Duration       // when they end though nobody asked while they were RUNNING; 0: 2 minutes after their time

	// OnEvent gets the event of each run from outside that ends, as EventBridge hands it to a target; nil: nobody does. It is
	// called by whoever notices the end: a request, or Run.
	OnEvent func(body []byte)

	Sleep func(context.Context, time.Duration) error // nil: real time
}

// Server answers the API. Build it with New. It is safe for concurrent use.
type Server struct {
	fleet   *simulator.Fleet
	cfg     Config
	history history

	mu      sync.Mutex
	random  *rand.Rand
	calls   map[string]int
	changed map[limnograph.JobKey]*ownJob // made, changed or deleted by clients
	runs    map[limnograph.JobKey][]*ownRun
	roster  roster
}

var _ http.Handler = (*Server)(nil)

// New builds a server over a fleet. Errors: CodeInvalid.
func New(f *simulator.Fleet, cfg Config) (*Server, error) {
	cfg = cfg.withDefaults(f)
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Server{
		fleet: f, cfg: cfg, history: history{fleet: f},
		random: rand.New(rand.NewPCG(cfg.Seed, 0)), calls: map[string]int{},
		changed: map[limnograph.JobKey]*ownJob{}, runs: map[limnograph.JobKey][]*ownRun{},
	}, nil
}

func (c Config) withDefaults(f *simulator.Fleet) Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Account == "" {
		c.Account = f.HubAccount()
	}
	if c.EndState == "" {
		c.EndState = limnograph.RunSucceeded
	}
	if c.RunSeconds == 0 {
		c.RunSeconds = 2
	}
	if c.Patience == 0 {
		c.Patience = 2 * time.Minute
	}
	if c.OnEvent == nil {
		c.OnEvent = func([]byte) {}
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return c
}

func (c *Config) check() error {
	bad := func(format string, args ...any) error {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "serve glue", Message: fmt.Sprintf(format, args...)}
	}
	for _, share := range []float64{c.Faults.Throttled, c.Faults.Failed, c.Faults.Cut} {
		if share < 0 || share > 1 {
			return bad("shares of faults go from 0 to 1, not %g", share)
		}
	}
	if !c.EndState.IsTerminal() {
		return bad("a run cannot end in state %s", c.EndState)
	}
	if c.RunSeconds < 0 || c.Patience < 0 || c.Faults.SlowPages < 0 {
		return bad("durations must not be negative")
	}
	return nil
}

// from is when the history begins.
func (s *Server) from(now time.Time) time.Time {
	if s.cfg.From.IsZero() {
		return now.AddDate(0, 0, -90)
	}
	return s.cfg.From
}

// Calls returns how many requests have come for each operation, such as GetJobRuns or AssumeRole, failed ones too.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Run ends the runs from outside whose time has come, whether anybody asks or not, until ctx ends; then it returns nil.
func (s *Server) Run(ctx context.Context) error {
	for s.cfg.Sleep(ctx, 200*time.Millisecond) == nil {
		s.advance()
	}
	return nil
}

const maxBody = 1 << 20

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, protocolJSON, refused(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the request is too large"))
		return
	}
	s.advance()
	protocol, op := s.operationOf(r, body)
	s.count(op)
	answer, err := s.answer(r, protocol, op, body)
	if err == nil {
		s.reply(w, protocol, answer)
		return
	}
	var refusal *refusal
	if !errors.As(err, &refusal) {
		panic(http.ErrAbortHandler) // the client is gone, or the connection is to be cut
	}
	s.refuse(w, protocol, refusal)
}

// answer runs one operation.
func (s *Server) answer(r *http.Request, protocol protocol, op string, body []byte) ([]byte, error) {
	who, err := s.callerOf(r)
	if err != nil {
		return nil, err
	}
	if protocol == protocolQuery {
		return s.sts(who, op, body)
	}
	run, ok := operations()[op]
	if !ok {
		return nil, refused(http.StatusBadRequest, "UnknownOperationException", "")
	}
	if err := s.fail(r.Context(), op); err != nil {
		return nil, err
	}
	return run(s, who, body)
}

func (s *Server) count(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[op]++
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
