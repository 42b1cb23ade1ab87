package simulator

import (
	"context"
	"time"
)

// clock is the time that a replay lives in.
type clock interface {
	now() time.Time
	// wait returns at t of this clock, or with the error of ctx.
	wait(ctx context.Context, t time.Time) error
}

// steppedClock jumps to whatever is waited for.
type steppedClock struct{ at time.Time }

func (c *steppedClock) now() time.Time { return c.at }

func (c *steppedClock) wait(ctx context.Context, t time.Time) error {
	c.at = t
	return ctx.Err()
}

// scaledClock starts at from when the real clock reads origin, and runs speed times as fast. With capped it never
// passes the real clock and follows it from there on.
type scaledClock struct {
	real   func() time.Time
	sleep  func(context.Context, time.Duration) error
	origin time.Time
	from   time.Time
	speed  float64
	capped bool
}

func (c *scaledClock) now() time.Time {
	real := c.real()
	at := c.from.Add(time.Duration(float64(real.Sub(c.origin)) * c.speed))
	if c.capped && at.After(real) {
		return real
	}
	return at
}

func (c *scaledClock) wait(ctx context.Context, t time.Time) error {
	for left := t.Sub(c.now()); left > 0; left = t.Sub(c.now()) {
		pace := 1.0
		if !c.capped || c.now().Before(c.real()) {
			pace = c.speed
		}
		if err := c.sleep(ctx, max(time.Duration(float64(left)/pace), time.Millisecond)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sleep waits d of real time, or until ctx is done.
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
