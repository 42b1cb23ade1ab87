package lakesim_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"sync"

	"limnograph"
	"limnograph/mem"
)

// counts are how often each fault fired.
type counts map[string]int

func (c counts) add(other counts) {
	for name, n := range other {
		c[name] += n
	}
}

// gate stands between one life of the process and its stores. Every call passes it: there it may fail, before it has
// done anything or after, or wait while others go on. Behind the end of the life nothing passes.
//
// Whether a call fails depends on the seed and on how often that call was made, not on the order of calls: maps are
// walked in any order.
type gate struct {
	seed  uint64
	trace func(format string, args ...any)
	event chan struct{}

	mu     sync.Mutex
	fired  counts
	calls  map[string]uint64
	chance float64 // that a call fails
	dead   bool    // the process was killed
	off    bool    // a call met the power failure
	arm    int     // calls until one of them waits; negative: none does
	where  func(op string) bool
	parked []chan struct{}
	left   int // calls until the power goes; negative: it does not
}

// roll draws a number from 0 to 1 for a call, and another one for its kind of error.
func (g *gate) roll(call string) (chance float64, kind int) {
	g.calls[call]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", g.seed, call, g.calls[call])
	x := (h.Sum64() ^ h.Sum64()>>29) * 0x9E3779B97F4A7C15
	return float64(x>>20) / (1 << 44), int(x & 0xffff)
}

// failure is an injected error.
func failure(kind int, codes ...limnograph.Code) error {
	return &limnograph.Error{Code: codes[kind%len(codes)], Op: "inject", Message: "injected"}
}

// enter is what happens to a call before it does anything.
func (g *gate) enter(op, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.dead && g.arm >= 0 && g.where(op) {
		if g.arm--; g.arm < 0 {
			g.wait(op)
		}
	}
	if g.left == 0 && !g.off && !g.dead {
		g.off = true
		g.note("crash", op)
	}
	if g.left--; g.dead || g.off && g.left < 0 {
		return fmt.Errorf("%s: %w", op, mem.ErrPowerLost)
	}
	chance, kind := g.roll("before " + op + " " + name)
	if chance >= g.chance {
		return nil
	}
	g.note("error before", op)
	codes := []limnograph.Code{limnograph.CodeInternal, limnograph.CodeTimeout, limnograph.CodeUnavailable}
	if op == "commit" {
		codes = append(codes, limnograph.CodeConflict)
	}
	return failure(kind, codes...)
}

// wait lets others go on until the call is resumed. The caller holds mu.
func (g *gate) wait(op string) {
	g.note("delay", op)
	resume := make(chan struct{})
	g.parked = append(g.parked, resume)
	g.event <- struct{}{}
	g.mu.Unlock()
	<-resume
	g.mu.Lock()
}

// leave is what happens to a call that changes something, once it has returned.
func (g *gate) leave(op, name string, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if errors.Is(err, mem.ErrPowerLost) && !g.off && !g.dead {
		g.off = true
		g.note("crash", op)
	}
	chance, kind := g.roll("after " + op + " " + name)
	if err != nil || chance >= g.chance {
		return err
	}
	g.note("error after success", op)
	return failure(kind, limnograph.CodeInternal, limnograph.CodeTimeout)
}

// watch notes that a call without aftermath met the power failure.
func (g *gate) watch(op string, err error) error {
	if errors.Is(err, mem.ErrPowerLost) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.off && !g.dead {
			g.off = true
			g.note("crash", op)
		}
	}
	return err
}

func (g *gate) note(fault, op string) {
	name := fault
	if op != "" {
		name += ": " + op
	}
	g.fired[name]++
	g.trace("    %s", name)
}

// resume lets the calls that wait go on, and none wait any more.
func (g *gate) resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arm = -1
	for _, c := range g.parked {
		close(c)
	}
	g.parked = nil
}

// delay makes the call after n others wait, of those that where allows.
func (g *gate) delay(n int, where func(op string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.arm, g.where = n, where
}

// waiting returns how many calls wait.
func (g *gate) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.parked)
}

func (g *gate) end() {
	g.mu.Lock()
	g.dead = true
	g.mu.Unlock()
	g.resume()
}

// crashAfter turns the power off after some calls, for a ground that can't do it.
func (g *gate) crashAfter(calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = calls
}

// powerGone notes that somebody else met the power failure.
func (g *gate) powerGone() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.off = true
}

// calm ends the bad weather.
func (g *gate) calm() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.chance = 0
}

func (g *gate) lostPower() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.off
}
