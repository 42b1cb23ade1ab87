package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
)

// together runs works next to each other until all have ended; an error of one ends the others.
func together(ctx context.Context, works ...func(context.Context) error) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, work := range works {
		g.Go(func() error { return work(gctx) })
	}
	return g.Wait()
}

// every calls look again and again until ctx ends.
func every(ctx context.Context, pause time.Duration, look func()) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			look()
		}
	}
}

// sayOnce logs a lasting problem when it appears or changes, not each time somebody looks.
type sayOnce struct {
	log     *slog.Logger
	message string
	last    string
}

// report takes the outcome of one look; nil ends the problem.
func (s *sayOnce) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != s.last {
		s.log.Error(s.message, "err", text)
	}
	s.last = text
}
