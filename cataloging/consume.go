package cataloging

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"limnograph"
)

// The pace of a Consumer.
const (
	consumeBatch   = 10               // messages taken at a time
	consumeWait    = 20 * time.Second // for the first of them
	consumeAgain   = 5 * time.Second  // after the queue did not answer
	reconcileAfter = 5 * time.Minute  // the newest hours are looked through for lost messages
)

// ConsumerConfig holds what is optional; the zero value works.
type ConsumerConfig struct {
	Notify  func(limnograph.ObjectEvent) // hears of every object that is catalogued; nil: nobody
	Logger  *slog.Logger                 // nil: nothing is logged
	Counted func(Counts)                 // hears what each step did; nil: nobody
	Now     func() time.Time             // nil: time.Now
}

func (c ConsumerConfig) withDefaults() ConsumerConfig {
	if c.Notify == nil {
		c.Notify = func(limnograph.ObjectEvent) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Counted == nil {
		c.Counted = func(Counts) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Cataloguer does what messages tell of; a Handler is one.
type Cataloguer interface {
	// Catalogue returns one error for each message; see Handler.
	Catalogue(ctx context.Context, messages [][]limnograph.ObjectEvent) ([]error, Counts)
	// Reconcile finds what lost messages would have told; see Handler.
	Reconcile(ctx context.Context) (Counts, error)
}

// Consumer takes the notifications of a store from a queue and has them catalogued: where no function is triggered by
// the queue, a server runs one. What is dealt with is deleted; a message that fails, or can't be read, comes again when
// its visibility timeout ends, and in the end goes where the queue puts such messages.
type Consumer struct {
	queue  limnograph.QueueReader
	decode func(body string) ([]limnograph.ObjectEvent, error)
	to     Cataloguer
	cfg    ConsumerConfig
}

// NewConsumer returns a consumer. decode reads the body of a message: the objects of the store that are there, by their
// keys.
func NewConsumer(queue limnograph.QueueReader, decode func(body string) ([]limnograph.ObjectEvent, error), to Cataloguer, cfg ConsumerConfig) *Consumer {
	return &Consumer{queue: queue, decode: decode, to: to, cfg: cfg.withDefaults()}
}

// Run consumes until ctx ends; then it returns nil. What goes wrong is logged and tried again.
func (c *Consumer) Run(ctx context.Context) error {
	next := c.cfg.Now().Add(reconcileAfter)
	for ctx.Err() == nil {
		if err := c.step(ctx); err != nil && ctx.Err() == nil {
			c.cfg.Logger.Error("queue of notifications does not answer, will retry", "err", err)
			sleep(ctx, consumeAgain)
		}
		if ctx.Err() == nil && !c.cfg.Now().Before(next) {
			c.reconcile(ctx)
			next = c.cfg.Now().Add(reconcileAfter)
		}
	}
	return nil
}

// step takes one batch of messages, if there are any. Those that it leaves undone when ctx ends come again.
func (c *Consumer) step(ctx context.Context) error {
	messages, err := c.queue.Receive(ctx, consumeBatch, consumeWait)
	if err != nil || len(messages) == 0 {
		return err
	}
	objects := make([][]limnograph.ObjectEvent, len(messages))
	unread := make([]error, len(messages))
	for i, m := range messages {
		objects[i], unread[i] = c.decode(m.Body)
	}
	errs, counts := c.to.Catalogue(ctx, objects)
	c.cfg.Counted(counts)
	var done []limnograph.Message
	for i, m := range messages {
		err := cmp.Or(unread[i], errs[i])
		if err != nil {
			c.cfg.Logger.Warn("notification failed, it comes again", "message", m.ID, "received", m.Received, "err", err)
			continue
		}
		done = append(done, m)
		for _, o := range objects[i] {
			c.cfg.Notify(o)
		}
	}
	if len(done) == 0 {
		return nil
	}
	return c.queue.Delete(ctx, done)
}

func (c *Consumer) reconcile(ctx context.Context) {
	counts, err := c.to.Reconcile(ctx)
	if err != nil && ctx.Err() == nil {
		c.cfg.Logger.Warn("newest hours could not all be looked through, will retry", "err", err)
	}
	c.cfg.Counted(counts)
}
