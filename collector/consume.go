package collector

import (
	"context"
	"time"

	"limnograph"
)

// The pace of Consume.
const (
	consumeBatch = 10               // messages taken at a time
	consumeWait  = 20 * time.Second // for the first of them
	consumeAgain = 5 * time.Second  // after the queue did not answer
)

// Consume takes events from a queue that a rule of EventBridge writes to, until ctx ends; then it returns nil. What was
// landed, and what is no event about a run, is deleted; everything else comes again, and in the end goes where the queue
// puts such messages.
func (c *Collector) Consume(ctx context.Context, queue limnograph.QueueReader) error {
	for ctx.Err() == nil {
		if err := c.consume(ctx, queue); err != nil && ctx.Err() == nil {
			c.cfg.Logger.Error("the queue of events does not answer, will retry", "err", err)
			_ = c.cfg.Sleep(ctx, consumeAgain) //nolint:errcheck // the loop looks at ctx
		}
	}
	return nil
}

func (c *Collector) consume(ctx context.Context, queue limnograph.QueueReader) error {
	messages, err := queue.Receive(ctx, consumeBatch, consumeWait)
	if err != nil {
		return err
	}
	var done []limnograph.Message
	for _, m := range messages {
		_, err := c.Event(ctx, []byte(m.Body))
		switch limnograph.ErrorCode(err) {
		case "":
		case limnograph.CodeInvalid, limnograph.CodeTooLarge: // it will never be an event
			c.cfg.Logger.Warn("a message of the queue of events is no event about a run", "message", m.ID)
		default:
			continue
		}
		done = append(done, m)
	}
	if len(done) == 0 {
		return nil
	}
	return queue.Delete(ctx, done)
}
