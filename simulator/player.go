package simulator

import (
	"context"
	"errors"
	"sync"
	"time"

	"limnograph"
)

// Order is the order in which a Player delivers history.
type Order int

// The orders.
const (
	OldestFirst Order = iota // by datapoint time
	NewestFirst              // the newest hour first
	ByArrival                // one request after the other as the simulated clock passes their arrival
)

// PlayerConfig says what to deliver and how.
type PlayerConfig struct {
	From  time.Time // first datapoint time; zero: 24 hours before now
	Until time.Time // end of the datapoint time; zero: now
	// Live goes on after the history at the real clock, until the context ends; Until must be zero.
	Live  bool
	Order Order
	// Speed replays by a simulated clock that starts at From and runs so many times as fast as the real one; with
	// Live it catches up with it. 0: history as fast as the target takes it.
	Speed       float64
	Concurrency int           // requests at the same time while delivering history; 0: 2
	Faults      Faults        // zero: none
	Grace       time.Duration // how long a batch that is on its way may take after the context ended; 0: 3 s
	Checkpoint  Checkpoint    // nil: a second start delivers everything again
	// Ledger is called with the delivered minutes about every minute and at the end; nil: never.
	Ledger func(delivered []limnograph.TimeRange) error

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: real time
}

// Player delivers the datapoints of a fleet to a target: history, then live. Build it with NewPlayer.
type Player struct {
	fleet  *Fleet
	target Target
	cfg    PlayerConfig
	track  track

	mu       sync.Mutex
	progress Progress
	written  time.Time // when Ledger was called last
}

// NewPlayer prepares a player. Errors: CodeInvalid.
func NewPlayer(f *Fleet, t Target, cfg PlayerConfig) (*Player, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Faults.Duplicates > 0 {
		t = NewDuplicator(t, cfg.Faults.Duplicates, f.config.Seed)
	}
	p := &Player{fleet: f, target: t, cfg: cfg}
	p.track = track{fleet: f.Fingerprint(), keep: cfg.Checkpoint}
	p.progress = Progress{Label: "history"}
	return p, nil
}

func (c PlayerConfig) withDefaults() PlayerConfig {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.From.IsZero() {
		c.From = c.Now().Add(-24 * time.Hour)
	}
	if c.Concurrency == 0 {
		c.Concurrency = 2
	}
	if c.Grace == 0 {
		c.Grace = 3 * time.Second
	}
	return c
}

func (c *PlayerConfig) check() error {
	bad := func(message string) error {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "prepare player", Message: message}
	}
	switch {
	case c.Live && !c.Until.IsZero():
		return bad("live delivery has no end: leave out the end or the live delivery")
	case !c.Until.IsZero() && !c.From.Before(c.Until):
		return bad("the interval is empty: it must begin before it ends")
	case c.Speed < 0, c.Concurrency < 0:
		return bad("speed and concurrency must not be negative")
	case c.Faults.Duplicates < 0 || c.Faults.Duplicates > 1 || c.Faults.Delays < 0 || c.Faults.Delays > 1:
		return bad("shares of faults go from 0 to 1")
	}
	return nil
}

// Run delivers until everything is delivered, or, live, until ctx ends. When ctx ends, batches on their way have
// Grace to finish, so that the ledger is exact; then Run returns nil. It returns the target's error, and that of the
// checkpoint or the ledger. Run may be called once.
func (p *Player) Run(ctx context.Context) error {
	if err := p.track.load(minuteFrom(p.cfg.From)); err != nil {
		return err
	}
	lasting, release := outlive(ctx, p.cfg.Grace)
	defer release()
	err := p.play(ctx, lasting)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = nil
	}
	return errors.Join(err, p.writeLedger())
}

// outlive is a context that ends a grace after ctx.
func outlive(ctx context.Context, grace time.Duration) (context.Context, func()) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if sleep(lasting, grace) == nil {
			cancel()
		}
	})
	return lasting, func() {
		stop()
		cancel()
	}
}

// play finishes begun batches, then history, then live.
func (p *Player) play(ctx, lasting context.Context) error {
	now := p.cfg.Now()
	for _, u := range p.track.unfinished() {
		if err := p.deliver(lasting, p.fleet.Generator(), u.batch, u.acked, now); err != nil {
			return err
		}
	}
	whole := span{p.track.from, p.end(now)}
	if p.cfg.Speed > 0 {
		return p.replay(ctx, lasting, p.clock(now), whole)
	}
	if p.cfg.Order == ByArrival {
		return p.replay(ctx, lasting, &steppedClock{minuteTime(whole.from)}, whole)
	}
	history := whole
	if p.cfg.Live {
		history.until = max(history.from, settled(now))
	}
	if err := p.history(ctx, lasting, history); err != nil || !p.cfg.Live {
		return err
	}
	return p.replay(ctx, lasting, &scaledClock{
		real: p.cfg.Now, sleep: p.cfg.Sleep, origin: now, from: now, speed: 1, capped: true,
	}, span{history.until, whole.until})
}

const endless = 1 << 60 // minutes

func (p *Player) end(now time.Time) int64 {
	switch {
	case p.cfg.Live:
		return endless
	case p.cfg.Until.IsZero():
		return floorDiv(now.Unix(), secondsPerMinute)
	}
	return minuteFrom(p.cfg.Until)
}

func (p *Player) clock(now time.Time) clock {
	return &scaledClock{
		real: p.cfg.Now, sleep: p.cfg.Sleep, origin: now, from: p.cfg.From, speed: p.cfg.Speed, capped: p.cfg.Live,
	}
}

// deliver generates a batch and sends its requests after the first skip ones.
func (p *Player) deliver(ctx context.Context, g *Generator, b batch, skip int, arrival time.Time) error {
	requests := g.deliveries(b, arrival)
	if len(requests) <= skip {
		return p.acknowledged(b, 1, 1)
	}
	for i := skip; i < len(requests); i++ {
		if err := p.target.Deliver(ctx, requests[i]); err != nil {
			return err
		}
		if err := p.acknowledged(b, i+1, len(requests)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Player) acknowledged(b batch, acked, requests int) error {
	if err := p.track.acknowledge(b, acked, requests); err != nil {
		return err
	}
	return p.writeLedgerNowAndThen()
}

// Delivered lists the datapoint times whose datapoints were acknowledged, to the minute.
func (p *Player) Delivered() []limnograph.TimeRange { return p.track.delivered().ranges() }

func (p *Player) writeLedger() error {
	if p.cfg.Ledger == nil {
		return nil
	}
	return p.cfg.Ledger(p.Delivered())
}

// writeLedgerNowAndThen writes the ledger unless that was done within a minute; one caller at a time.
func (p *Player) writeLedgerNowAndThen() error {
	p.mu.Lock()
	now := p.cfg.Now()
	due := now.Sub(p.written) >= time.Minute
	if due {
		p.written = now
	}
	p.mu.Unlock()
	if !due {
		return nil
	}
	return p.writeLedger()
}
