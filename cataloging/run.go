package cataloging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"limnograph"
)

// drainFor bounds the work after cancellation; reconciliation finds the rest at the next start.
const drainFor = 5 * time.Second

// Run catalogues events at once, re-ensures the schemas when they change, and reconciles the newest arrival hours.
// While catalogue or store are unavailable it tries again. It returns nil when ctx is cancelled, after cataloguing
// what was queued; another error says that catalogue or store are broken.
func (w *Worker) Run(ctx context.Context) error {
	newest, full, poll := time.NewTicker(w.cfg.ReconcileEvery), time.NewTicker(w.cfg.FullEvery), time.NewTicker(w.cfg.PollEvery)
	defer newest.Stop()
	defer full.Stop()
	defer poll.Stop()
	for {
		var step func(context.Context) error
		select {
		case <-ctx.Done():
			return w.drain(ctx)
		case <-w.wake:
			step = w.catalogueQueued
		case <-poll.C:
			step = w.registerChanged
		case <-newest.C:
			step = w.reconcileNewest
		case <-full.C:
			step = w.reconcileAll
		}
		if err := step(ctx); err != nil && ctx.Err() == nil {
			if err = w.tolerate(ctx, err); err != nil {
				return err
			}
		}
	}
}

// tolerate returns nil for an error that passes by itself, after waiting.
func (w *Worker) tolerate(ctx context.Context, err error) error {
	if limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		return fmt.Errorf("catalogue landing: %w", err)
	}
	w.cfg.Logger.Warn("catalogue unavailable, will retry", "err", err)
	sleep(ctx, w.cfg.RetryAfter)
	w.wakeUp()
	return nil
}

// catalogueQueued publishes everything that was notified.
func (w *Worker) catalogueQueued(ctx context.Context) error {
	events, dropped := w.take()
	files := make([]limnograph.File, 0, len(events))
	for _, ev := range events {
		files = append(files, limnograph.File(ev))
	}
	added, err := w.add(ctx, files)
	if added {
		w.publish()
	}
	if err == nil && dropped {
		events, err = nil, w.reconcileAll(ctx)
	}
	if err != nil {
		w.putBack(events, dropped)
	}
	return err
}

func (w *Worker) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	err := w.catalogueQueued(ctx)
	if errors.Is(err, context.DeadlineExceeded) || limnograph.ErrorCode(err) == limnograph.CodeUnavailable {
		return nil // the next start reconciles
	}
	return err
}
