package simulator

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"limnograph"
)

// EventPumpConfig says which events are sent and how. The zero value sends, from now on, what happens.
type EventPumpConfig struct {
	From   time.Time   // arrivals from then on are sent, those of the past at once; zero: now
	Faults EventFaults // zero: none
	Tries  int         // how often an event is tried before it is dropped, as a rule without a dead-letter queue does; 0: 4

	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: real time
}

// EventPump sends the events of a fleet when they arrive. Build it with NewEventPump.
type EventPump struct {
	fleet   *Fleet
	send    func(ctx context.Context, body []byte) error
	cfg     EventPumpConfig
	sent    atomic.Int64
	dropped atomic.Int64
}

// NewEventPump prepares a pump. Send hands one event to its target; an error makes the pump try again. Errors: CodeInvalid.
func NewEventPump(f *Fleet, send func(ctx context.Context, body []byte) error, cfg EventPumpConfig) (*EventPump, error) {
	for _, share := range []float64{cfg.Faults.Lost, cfg.Faults.Late, cfg.Faults.Duplicated, cfg.Faults.Reordered} {
		if share < 0 || share > 1 {
			return nil, &limnograph.Error{
				Code: limnograph.CodeInvalid, Op: "prepare events", Message: fmt.Sprintf("shares of faults go from 0 to 1, not %g", share),
			}
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.From.IsZero() {
		cfg.From = cfg.Now()
	}
	if cfg.Tries == 0 {
		cfg.Tries = 4
	}
	return &EventPump{fleet: f, send: send, cfg: cfg}, nil
}

// Sent returns how many events the target has taken, and how many were dropped because it took them at no try.
func (p *EventPump) Sent() (sent, dropped int64) { return p.sent.Load(), p.dropped.Load() }

// pumpAhead is how much of the future is made at a time.
const pumpAhead = 10 * time.Minute

// Run sends until ctx ends, and returns nil then.
func (p *EventPump) Run(ctx context.Context) error {
	for from := p.cfg.From; p.waited(ctx, from); from = from.Add(pumpAhead) {
		for _, e := range p.arrivals(from, from.Add(pumpAhead)) {
			if !p.waited(ctx, e.At) {
				return nil
			}
			p.deliver(ctx, e.Body)
		}
	}
	return nil
}

// arrivals lists the deliveries that arrive in [from, until).
func (p *EventPump) arrivals(from, until time.Time) []Event {
	all := p.fleet.Events(from.Add(-longestDelay), until, p.cfg.Faults)
	due := all[:0]
	for _, e := range all {
		if !e.At.Before(from) && e.At.Before(until) {
			due = append(due, e)
		}
	}
	return due
}

// waited waits for a moment, and reports whether it has come before ctx ended.
func (p *EventPump) waited(ctx context.Context, at time.Time) bool {
	if left := at.Sub(p.cfg.Now()); left > 0 {
		return p.cfg.Sleep(ctx, left) == nil
	}
	return ctx.Err() == nil
}

// deliver tries until the target has taken the event, waiting twice as long each time.
func (p *EventPump) deliver(ctx context.Context, body []byte) {
	pause := time.Second
	for try := 1; ; try++ {
		if p.send(ctx, body) == nil {
			p.sent.Add(1)
			return
		}
		if try >= p.cfg.Tries || p.cfg.Sleep(ctx, pause) != nil {
			p.dropped.Add(1)
			return
		}
		pause *= 2
	}
}
