package collector

import (
	"math"
	"time"
)

// class is how urgent a call is. What is less urgent leaves more of the budget to the rest.
type class uint8

const (
	direct  class = iota // somebody waits for the answer: it is always made
	final                // about a run that is said to have ended
	extra                // about a run that may have ended, or that just began
	sweep                // the newest runs of a job
	listing              // jobs and tags
	history              // runs of the past
)

// reserve is the share of an hour's calls that a class leaves to those before it.
func (c class) reserve() float64 {
	switch c {
	case extra:
		return 0.05
	case sweep:
		return 0.1
	case listing:
		return 0.2
	case history:
		return 0.3
	}
	return 0
}

// What runs may cost: each one that ends earns perRun calls of GetJobRun, of which one is for its end. What is left may be
// spent on asking early or again; a target begins with some to spend, and saves up to a limit.
const (
	perRun     = 1.25
	firstCalls = 20
	mostSaved  = 200
	keepForEnd = 10 // what asking early leaves to asking again
)

// budget says which calls to one target may be made now. It is guarded by the target's mutex.
type budget struct {
	cfg    Config
	jobs   int     // known of the target
	credit float64 // calls that may be spent on runs beside the one for the end of each

	perSecond float64 // the rate of now: halved by throttling
	tokens    float64 // calls that the rate allows at once; direct ones may overdraw it
	at        time.Time

	hour           time.Time // begin of the window of an hour
	used, usedPast int       // calls in it; those for the past are counted apart
	ended          int       // runs that ended in it
	endedBefore    int       // and in the one before
}

func newBudget(cfg Config, now time.Time) *budget {
	return &budget{cfg: cfg, credit: firstCalls, perSecond: cfg.CallsPerSecond, tokens: cfg.Burst, at: now, hour: now}
}

// refill brings the budget to a time.
func (b *budget) refill(now time.Time) {
	const recovery = 300 // seconds in which the whole rate comes back
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.perSecond = min(b.cfg.CallsPerSecond, b.perSecond+b.cfg.CallsPerSecond*passed/recovery)
		b.tokens = min(b.cfg.Burst, b.tokens+passed*b.perSecond)
		b.at = now
	}
	if hours := now.Sub(b.hour) / time.Hour; hours > 0 {
		if b.endedBefore = b.ended; hours > 1 {
			b.endedBefore = 0
		}
		b.used, b.usedPast, b.ended = 0, 0, 0
		b.hour = b.hour.Add(hours * time.Hour)
	}
}

// perHour returns how many calls an hour may have, and how many of them history.
func (b *budget) perHour() (all, past int) {
	if b.cfg.CallsPerHour > 0 {
		return b.cfg.CallsPerHour, min(b.cfg.CallsPerHour, b.cfg.BackfillPerHour)
	}
	const least = 1000
	return least + 2*(b.jobs+b.ended+b.endedBefore) + b.cfg.BackfillPerHour, b.cfg.BackfillPerHour
}

// take takes a call from the budget. When there is none, it tells how long to wait for one.
func (b *budget) take(now time.Time, c class) (wait time.Duration, ok bool) {
	b.refill(now)
	if wait := max(b.waitForRate(c), b.waitForHour(now, c)); wait > 0 {
		return wait, false
	}
	b.tokens--
	b.spend(c, 1)
	return 0, true
}

// overdraft is how many bursts direct calls may be ahead of the rate.
const overdraft = 10

func (b *budget) waitForRate(c class) time.Duration {
	need := 1.0
	switch c {
	case direct:
		need = -overdraft * b.cfg.Burst
	case history:
		need = max(1, b.cfg.Burst/2)
	}
	if b.tokens >= need {
		return 0
	}
	return time.Duration(math.Ceil((need - b.tokens) / b.perSecond * float64(time.Second)))
}

func (b *budget) waitForHour(now time.Time, c class) time.Duration {
	all, past := b.perHour()
	used := b.used + b.usedPast
	if c == history && b.usedPast >= past || c != direct && float64(used)+1 > float64(all)*(1-c.reserve()) {
		return b.hour.Add(time.Hour).Sub(now)
	}
	return 0
}

// spend counts requests; a call may take more than one, or be repeated by who makes it.
func (b *budget) spend(c class, requests int) {
	if c == history {
		b.usedPast += requests
	} else {
		b.used += requests
	}
	if c == direct || c == final || c == extra {
		b.credit -= float64(requests)
	}
}

// hasCredit reports whether a call about a run may be made that is not the one for its end.
func (b *budget) hasCredit(early bool) bool {
	if early {
		return b.credit >= keepForEnd
	}
	return b.credit >= 1
}

// runEnded earns what a run may cost.
func (b *budget) runEnded() {
	b.ended++
	b.credit = min(mostSaved, b.credit+perRun)
}

// throttled slows down: at once to nothing, then to half of the rate.
func (b *budget) throttled(now time.Time) {
	const slowest = 50 // of the configured rate
	b.refill(now)
	b.perSecond = max(b.cfg.CallsPerSecond/slowest, b.perSecond/2)
	b.tokens = min(b.tokens, 0)
}
