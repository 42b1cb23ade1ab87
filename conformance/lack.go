package conformance

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Lack is a check that an implementation is known not to pass: not a thing of ours, but a server that stands in for the real
// one. The suite fails when it passes after all, so that a table of what servers lack stays true.
type Lack struct {
	Outcome string // name of the check
	Instead string // what the server does, for the reader
	// Sometimes is set where the server fails by chance, so that passing proves nothing.
	Sometimes bool
}

// Check is one thing that an implementation must do.
type Check struct {
	Outcome string // in words, without spaces: the name of the subtest
	Run     func(t testing.TB)
}

// Run runs checks that belong to no suite here, such as those of one kind of server.
func Run(t *testing.T, checks []Check, lacks ...Lack) {
	s := newSuite(lacks)
	for _, c := range checks {
		s.run(t, c.Outcome, func(*testing.T) func(testing.TB) { return c.Run })
	}
	s.finish(t)
}

// suite runs checks, and turns those that are known to fail around.
type suite struct {
	lacks map[string]Lack
	seen  map[string]bool
}

func newSuite(lacks []Lack) *suite {
	s := &suite{lacks: make(map[string]Lack), seen: make(map[string]bool)}
	for _, l := range lacks {
		s.lacks[l.Outcome] = l
	}
	return s
}

// run runs one check. What begin does is no part of it: it may fail in no case.
func (s *suite) run(t *testing.T, outcome string, begin func(t *testing.T) (check func(testing.TB))) {
	s.seen[outcome] = true
	lack, known := s.lacks[outcome]
	if !known {
		t.Run(outcome, func(t *testing.T) { begin(t)(t) })
		return
	}
	t.Run(outcome, func(t *testing.T) {
		told := failuresOf(t, begin(t))
		if len(told) == 0 && !lack.Sometimes {
			t.Errorf("the check passes: take it off the list, where it says %q", lack.Instead)
		}
		t.Logf("lacking, as listed (%s): %s", lack.Instead, strings.Join(told, "; "))
	})
}

// finish fails for listed checks that there are none of.
func (s *suite) finish(t *testing.T) {
	t.Helper()
	for outcome := range s.lacks {
		if !s.seen[outcome] {
			t.Errorf("the list of what is lacking names %s, which is no check", outcome)
		}
	}
}

// failuresOf runs a check that may fail and returns what it told.
func failuresOf(t *testing.T, check func(testing.TB)) []string {
	r := &recorder{TB: t}
	var wg sync.WaitGroup
	wg.Go(func() { check(r) }) // a goroutine of its own, because a fatal failure ends it
	wg.Wait()
	return r.told
}

// recorder is a test that keeps what went wrong to itself.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	told []string
}

func (r *recorder) tell(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, strings.TrimSpace(message))
}

func (r *recorder) Helper()                           {}
func (r *recorder) Error(args ...any)                 { r.tell(fmt.Sprintln(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.tell(fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.tell("failed") }
func (r *recorder) FailNow()                          { r.end("failed") }
func (r *recorder) Fatal(args ...any)                 { r.end(fmt.Sprintln(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.end(fmt.Sprintf(format, args...)) }

func (r *recorder) end(message string) {
	r.tell(message)
	runtime.Goexit()
}

// Failed implements testing.TB.
func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.told) > 0
}
