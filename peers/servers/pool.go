package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Pool starts each server once, when it is first asked for, and shares it until it is closed. It is safe for concurrent
// use. Servers of one pool share a trap: what goes into it fails the tests that run.
type Pool struct {
	mu      sync.Mutex
	dir     string
	trap    *trap
	started map[string]*Server
	order   []*Server
}

// NewPool returns a pool without servers.
func NewPool() *Pool { return &Pool{started: map[string]*Server{}} }

// Run runs the tests of a binary with the servers' credentials in the environment, closes the pool, and returns the
// status to exit with.
func (p *Pool) Run(m interface{ Run() int }) int {
	for name, value := range login() {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, "servers:", err)
			return 1
		}
	}
	status := m.Run()
	if err := p.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		return max(status, 1)
	}
	return status
}

// Close stops the servers, the last one first, and says what was wrong with any of them.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for i := len(p.order) - 1; i >= 0; i-- {
		errs = append(errs, p.order[i].process.stop())
	}
	if p.trap != nil {
		errs = append(errs, p.trap.caught(), p.trap.close(), os.RemoveAll(p.dir))
	}
	p.order, p.started, p.trap = nil, map[string]*Server{}, nil
	return errors.Join(errs...)
}

// forTest returns a pool that ends with the test.
func forTest(t testing.TB) *Pool {
	t.Helper()
	p := NewPool()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// start returns a command that starts a server in a directory of its own, on a port that was free.
type start func(ctx context.Context, p place) (command, error)

// place is where a server may write, listen, and where what it sends elsewhere goes.
type place struct {
	dir  string
	port string
	trap *trap
}

func (p place) address() string { return "127.0.0.1:" + p.port }

// get returns the server of that key, which it starts if need be.
func (p *Pool) get(t testing.TB, key string, blank Server, begin start) *Server {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	p.trap.watch(t)
	if s, ok := p.started[key]; ok {
		if err := s.process.failure(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s, err := p.launch(t.Context(), blank, begin)
	if err != nil {
		t.Fatalf("start %s: %v", blank.Name, err)
	}
	p.started[key] = s
	p.order = append(p.order, s)
	return s
}

// open makes the directory and the trap when the first server needs them.
func (p *Pool) open() (err error) {
	if p.trap != nil {
		return nil
	}
	if p.dir, err = os.MkdirTemp("", "limno-servers-"); err != nil {
		return err
	}
	p.trap, err = newTrap()
	return err
}
