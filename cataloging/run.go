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

// Run catalogues events at once, re-ensures the schemas when they change, reconciles the newest arrival hours, and does
// what Replace asks for.
// While catalogue or store are unavailable it tries again. It returns nil when ctx is cancelled, after cataloguing
// what was queued; another error says that catalogue or store are broken. Beside it unknown bounds are filled in.
func (w *Worker) Run(ctx context.Context) error {
	defer w.startFilling(ctx)()
	newest, full, poll := time.NewTicker(w.cfg.ReconcileEvery), time.NewTicker(w.cfg.FullEvery), time.NewTicker(w.cfg.PollEvery)
	defer newest.Stop()
	defer full.Stop()
	defer poll.Stop()
	for {
		var step func(context.Context) error
		select {
		case <-ctx.Done():
			return w.drain(ctx)
		case r := <-w.replacements:
			r.done <- w.replace(ctx, r)
			continue
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
	switch limnograph.ErrorCode(err) {
	case limnograph.CodeUnavailable, limnograph.CodeTimeout, limnograph.CodeForbidden, limnograph.CodeUnauthorized:
	default:
		return fmt.Errorf("catalogue landing: %w", err)
	}
	w.cfg.Logger.Warn("catalogue unavailable, will retry", "err", err)
	sleep(ctx, w.cfg.RetryAfter)
	w.wakeUp()
	return nil
}

// catalogueQueued publishes everything that was notified.
func (w *Worker) catalogueQueued(ctx context.Context) error {
	if err := w.addQueued(ctx); err != nil {
		return err
	}
	if w.hasDropped() {
		return w.reconcileAll(ctx)
	}
	return nil
}

// addQueued empties the queue into the catalogue; on an error what it held stays queued.
func (w *Worker) addQueued(ctx context.Context) error {
	notices := w.take()
	files := make([]limnograph.File, 0, len(notices))
	for _, n := range notices {
		if !n.bounds || w.lacksBounds(n.file.Key) {
			files = append(files, n.file)
		}
	}
	changed, err := w.add(ctx, files)
	w.publishIf(changed)
	if err != nil {
		w.putBack(notices)
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
