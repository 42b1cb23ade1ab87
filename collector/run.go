package collector

import (
	"context"
	"errors"
	"sync"
	"time"

	"limnograph"
)

// Tick does all that is due now and that the budget allows: it looks for runs to ask about, asks, sweeps, lists jobs,
// reads history and publishes. What Glue refuses stands in Status; one target or job never stops another one. Errors:
// those of Open, of landing and of the checkpoint, after everything else was done.
func (c *Collector) Tick(ctx context.Context) error {
	err := c.look(ctx)
	if err != nil && !c.isLoaded() {
		return err
	}
	err = errors.Join(err, c.stepAll(ctx))
	if ctx.Err() != nil { // its time is up, and what was done is to be saved
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
		defer cancel()
	}
	return errors.Join(err, c.save(ctx, c.cfg.Patience > 0))
}

func (c *Collector) stepAll(ctx context.Context) (err error) {
	for _, t := range c.targets {
		err = errors.Join(err, t.step(ctx))
	}
	return err
}

// saveWithin bounds the last save of a stopping process.
const saveWithin = 5 * time.Second

// Run does what Tick does, as long as ctx lasts, each target for itself. It returns nil when ctx has ended.
func (c *Collector) Run(ctx context.Context) error {
	var targets sync.WaitGroup
	defer c.saveLast(ctx)
	defer targets.Wait()
	started := false
	for {
		c.complain(ctx, "looking for open runs failed", c.look(ctx))
		if c.isLoaded() && !started {
			started = true
			for _, t := range c.targets {
				targets.Go(func() { t.run(ctx) })
			}
		}
		c.complain(ctx, "saving the checkpoint of the collector failed", c.save(ctx, false))
		if c.cfg.Sleep(ctx, c.cfg.TickEvery) != nil {
			return nil
		}
	}
}

func (t *target) run(ctx context.Context) {
	for {
		t.c.complain(ctx, "collecting job runs failed", t.step(ctx))
		if t.c.cfg.Sleep(ctx, t.c.cfg.TickEvery) != nil {
			return
		}
	}
}

func (c *Collector) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
	defer cancel()
	if c.isLoaded() {
		c.complain(ctx, "saving the checkpoint of the collector failed", c.save(ctx, true))
	}
}

// complain logs an error of a step; the next one tries again.
func (c *Collector) complain(ctx context.Context, message string, err error) {
	if err != nil && ctx.Err() == nil {
		c.cfg.Logger.Warn(message, "code", limnograph.ErrorCode(err), "err", err)
	}
}

// The pause after landing failed: it doubles with each failure.
const (
	troublePause  = 5 * time.Second
	troubleAtMost = time.Minute
)

// step does what is due for one target. Beside another step it does nothing.
func (t *target) step(ctx context.Context) error {
	if !t.stepping.TryLock() {
		return nil
	}
	defer t.stepping.Unlock()
	now := t.c.cfg.Now()
	if t.isPaused(now) {
		return nil
	}
	t.publish(ctx)
	err := t.work(ctx, now.Add(t.c.cfg.Patience))
	if err == nil {
		err = t.landChangedJobs(ctx)
	}
	t.publish(ctx)
	t.noteLanding(err)
	return err
}

func (t *target) isPaused(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Before(t.pause)
}

// noteLanding holds the target back while nothing can be landed: the answers would be asked for again and again.
func (t *target) noteLanding(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.trouble = 0
		return
	}
	t.trouble++
	t.pause = t.c.cfg.Now().Add(min(troubleAtMost, troublePause<<min(t.trouble-1, 8)))
}

// unit is one call that is due.
type unit struct {
	class class
	do    func(ctx context.Context) error // its error is one of landing
}

// work makes the calls that are due, the most urgent one first, as far as the budget allows until a time.
func (t *target) work(ctx context.Context, until time.Time) error {
	for ctx.Err() == nil {
		u, ok := t.next(t.c.cfg.Now())
		if !ok || !t.admit(ctx, u.class, until) {
			return nil
		}
		if err := u.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) next(now time.Time) (unit, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pick := range []func(time.Time) (unit, bool){t.nextAsk, t.nextSweep, t.nextListing, t.nextTags, t.nextHistory} {
		if u, ok := pick(now); ok {
			return u, true
		}
	}
	return unit{}, false
}
