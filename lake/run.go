package lake

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"limnograph"
)

// The pause after a round that failed: it doubles with each one, since a round after a failure begins with a listing.
const (
	retryAfter  = 2 * time.Second
	retryAtMost = 15 * time.Second
)

// pace says how often the loops look for work. What they do is bounded by the settings; looking costs next to nothing.
type pace struct{ round, tend, expire, sweep time.Duration }

func (c Config) pace() pace {
	return pace{
		round:  min(c.CommitEvery/4, 250*time.Millisecond), // whether a commit is due
		tend:   c.Compaction.Every / 15,                    // whether files are to be merged
		expire: c.Compaction.Every / 3, sweep: 2 * c.Compaction.Every,
	}
}

// Run curates every table until ctx ends, and compacts, expires and sweeps beside it. Tables whose schema appears later
// are taken in. When ctx has ended, what landed before is still curated: call it after landing has stopped.
func (l *Lake) Run(ctx context.Context) error {
	var tables sync.WaitGroup
	started := make(map[string]bool)
	ticks := time.NewTicker(l.cfg.pace().round)
	defer ticks.Stop()
	for {
		_ = l.each(func(t *table) error { // a schema without a table has told so at Open
			if !started[t.name] {
				started[t.name] = true
				tables.Go(func() { t.run(ctx) })
			}
			return nil
		})
		select {
		case <-ctx.Done():
			tables.Wait()
			return nil
		case <-ticks.C:
		}
	}
}

// run works on one table until ctx ends, and then curates what is left.
func (t *table) run(ctx context.Context) {
	var tending sync.WaitGroup
	tending.Go(func() { t.tend(ctx) })
	if t.name == limnograph.RunsTable {
		tending.Go(func() { t.rollUpWhenDue(ctx) })
	}
	t.curateWhenDue(ctx)
	tending.Wait()
	t.finish(context.WithoutCancel(ctx))
}

func (t *table) curateWhenDue(ctx context.Context) {
	due, look, pause := t.lake.cfg.Now(), t.lake.cfg.pace().round, retryAfter
	for wait(ctx, look) {
		waiting := t.lake.feed.Waiting(t.name)
		if t.lake.cfg.Now().Before(due) && (waiting < t.lake.cfg.RoundLines/2 || pause > retryAfter) {
			continue
		}
		began := t.lake.cfg.Now()
		more, err := t.healAndCurate(ctx)
		switch {
		case err != nil:
			t.complain(ctx, "curating a table failed and will be tried again", err)
			due, pause = t.lake.cfg.Now().Add(pause), min(2*pause, retryAtMost)
		case more:
			due, pause = t.lake.cfg.Now(), retryAfter
		default:
			pause = retryAfter
			due = began.Add(t.commitEvery() - look)
		}
	}
}

// recordsEvery is how often record tables look for work, at least: what is behind them has waited for its own commit.
const recordsEvery = 2 * time.Second

func (t *table) commitEvery() time.Duration {
	if t.isRecords() {
		return min(t.lake.cfg.CommitEvery, recordsEvery)
	}
	return t.lake.cfg.CommitEvery
}

func (t *table) healAndCurate(ctx context.Context) (more bool, err error) {
	if err := t.heal(ctx); err != nil {
		return false, err
	}
	return t.curate(ctx)
}

// lastRounds bounds how long a stopping process begins rounds; the next start goes on from there.
const lastRounds = 5 * time.Second

// finish curates what is left.
func (t *table) finish(ctx context.Context) {
	for end := t.lake.cfg.Now().Add(lastRounds); t.lake.cfg.Now().Before(end); {
		more, err := t.curate(ctx)
		if err != nil {
			t.complain(ctx, "the last datapoints were not curated; the next start does it", err)
		}
		if err != nil || !more {
			return
		}
	}
}

// CatchUp curates everything that has landed until now, in every table.
func (l *Lake) CatchUp(ctx context.Context) error {
	return l.each(func(t *table) error { return t.catchUp(ctx) })
}

// tend compacts, expires and sweeps.
func (t *table) tend(ctx context.Context) {
	every := t.lake.cfg.pace()
	expire, sweep := t.lake.cfg.Now().Add(every.expire), t.lake.cfg.Now().Add(every.sweep)
	for wait(ctx, every.tend) {
		_, err := t.lake.Compact(ctx, t.name)
		t.complain(ctx, "compacting a table failed and will be tried again", err)
		if t.lake.cfg.Now().After(expire) {
			expire = t.lake.cfg.Now().Add(every.expire)
			err = errors.Join(t.lake.Retain(ctx, t.name), t.lake.Expire(ctx, t.name))
			t.complain(ctx, "expiring snapshots failed and will be tried again", err)
		}
		if t.lake.cfg.Now().After(sweep) {
			sweep = t.lake.cfg.Now().Add(every.sweep)
			_, err = t.lake.Sweep(ctx, t.name)
			t.complain(ctx, "deleting files that nobody needs failed and will be tried again", err)
		}
	}
}

// complain logs an error that is not the end of the context.
func (t *table) complain(ctx context.Context, message string, err error) {
	if err == nil || ctx.Err() != nil && (limnograph.ErrorCode(err) == limnograph.CodeTimeout || errors.Is(err, context.Canceled)) {
		return
	}
	t.lake.cfg.Logger.Warn(message, slog.String("table", t.name), slog.Any("error", err))
}

// wait returns false when ctx ends first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
