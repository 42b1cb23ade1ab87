package config

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// bucket spreads calls over time: a second's worth of them may go at once, the others wait in turn.
type bucket struct {
	every time.Duration // between two calls
	burst time.Duration // how far the calls may be ahead
	now   func() time.Time
	wait  func(context.Context, time.Duration) error

	mu   sync.Mutex
	next time.Time // when the next call would go if there were no burst
}

func newBucket(c Config) *bucket {
	every := max(time.Duration(float64(time.Second)/c.RatePerSecond), 1)
	return &bucket{every: every, burst: max(time.Second-every, 0), now: c.Now, wait: c.Wait}
}

// take waits for this call's turn.
func (b *bucket) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d := b.reserve(); d > 0 {
		if err := b.wait(ctx, d); err != nil {
			b.giveBack()
			return err
		}
	}
	return nil
}

// reserve takes the next turn and returns how long it is until then.
func (b *bucket) reserve() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if earliest := now.Add(-b.burst); b.next.Before(earliest) {
		b.next = earliest
	}
	d := b.next.Sub(now)
	b.next = b.next.Add(b.every)
	return d
}

func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = b.next.Add(-b.every)
}

// addTo puts the limit behind the retries, so that each attempt counts, and before the signature, which has a time in it.
func (b *bucket) addTo(stack *middleware.Stack) error {
	limit := middleware.FinalizeMiddlewareFunc("LimnoRateLimit", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if err := b.take(ctx); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, &aws.RequestCanceledError{Err: err}
		}
		return next.HandleFinalize(ctx, in)
	})
	if _, retries := stack.Finalize.Get("Retry"); !retries {
		return stack.Finalize.Add(limit, middleware.Before)
	}
	return stack.Finalize.Insert(limit, "Retry", middleware.After)
}
