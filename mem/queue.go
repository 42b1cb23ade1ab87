package mem

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
	"unicode/utf8"

	"limnograph"
)

const (
	batch             = 10 // most messages of one reception
	defaultVisibility = 30 * time.Second
	maxDelay          = 12 * time.Hour
	maxBytes          = 1 << 20 // of a body
)

// QueueConfig adjusts a Queue.
type QueueConfig struct {
	Visibility  time.Duration // how long a received message stays unseen; 0: 30 s
	DeadLetter  *Queue        // where messages go that were received MaxReceives times; nil: they stay
	MaxReceives int           // 0: without end

	Rand  *rand.Rand                           // shuffles what is received; nil: in the order of sending
	Now   func() time.Time                     // nil: the real clock
	After func(time.Duration) <-chan time.Time // nil: that of the real clock
}

// Queue is a message queue in memory. It is safe for concurrent use.
type Queue struct {
	cfg QueueConfig

	mu       sync.Mutex
	messages []*message
	count    int           // messages and receptions so far, for their names
	changed  chan struct{} // closed when a message comes or is released
}

type message struct {
	limnograph.Message
	visible time.Time
}

var _ limnograph.Queue = (*Queue)(nil)

// NewQueue returns an empty queue.
func NewQueue(cfg QueueConfig) *Queue {
	if cfg.Visibility == 0 {
		cfg.Visibility = defaultVisibility
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	return &Queue{cfg: cfg, changed: make(chan struct{})}
}

// Send implements limnograph.QueueWriter.
func (q *Queue) Send(ctx context.Context, bodies []string) error {
	const op = "send messages"
	if err := checkContext(ctx, op); err != nil {
		return err
	}
	for _, body := range bodies {
		if err := q.checkBody(op, body); err != nil {
			return err
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, body := range bodies {
		m := limnograph.Message{ID: q.name("m"), Body: body, Sent: q.cfg.Now().UTC()}
		q.messages = append(q.messages, &message{Message: m})
	}
	q.wake()
	return nil
}

// checkBody refuses what SQS refuses.
func (q *Queue) checkBody(op, body string) error {
	switch {
	case len(body) > maxBytes:
		return fail(limnograph.CodeTooLarge, op, fmt.Sprintf("a body of %d bytes", len(body)), nil)
	case body == "":
		return fail(limnograph.CodeInvalid, op, "a body without text", nil)
	case !utf8.ValidString(body):
		return fail(limnograph.CodeInvalid, op, "a body that is not UTF-8", nil)
	}
	for _, r := range body {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return fail(limnograph.CodeInvalid, op, fmt.Sprintf("a body with %U", r), nil)
		}
	}
	return nil
}

// Receive implements limnograph.QueueReader.
func (q *Queue) Receive(ctx context.Context, limit int, wait time.Duration) ([]limnograph.Message, error) {
	end := q.cfg.Now().Add(wait)
	for {
		if err := checkContext(ctx, "receive messages"); err != nil {
			return nil, err
		}
		got, changed, next := q.take(min(max(limit, 1), batch))
		left := end.Sub(q.cfg.Now())
		if len(got) > 0 || left <= 0 {
			return got, nil
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-q.cfg.After(min(left, next)):
		}
	}
}

// take receives what is visible. It also returns a channel that is closed when more comes, and how long it is until a
// message becomes visible by itself.
func (q *Queue) take(limit int) (got []limnograph.Message, changed <-chan struct{}, next time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cfg.Rand != nil {
		q.cfg.Rand.Shuffle(len(q.messages), func(i, j int) { q.messages[i], q.messages[j] = q.messages[j], q.messages[i] })
	}
	now, next := q.cfg.Now(), maxDelay
	var kept []*message
	for _, m := range q.messages {
		switch {
		case m.visible.After(now):
			next = min(next, m.visible.Sub(now))
		case q.isPoison(m):
			q.cfg.DeadLetter.adopt(m.Message)
			continue
		case len(got) < limit:
			m.Received++
			m.Receipt = q.name(m.ID + "-")
			m.visible = now.Add(q.cfg.Visibility)
			got = append(got, m.Message)
		}
		kept = append(kept, m)
	}
	q.messages = kept
	return got, q.changed, next
}

func (q *Queue) isPoison(m *message) bool {
	return q.cfg.DeadLetter != nil && q.cfg.MaxReceives > 0 && m.Received >= q.cfg.MaxReceives
}

// adopt takes a message from the queue that this is the dead-letter queue of.
func (q *Queue) adopt(m limnograph.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, &message{Message: m})
	q.wake()
}

// Delete implements limnograph.QueueReader. A receipt that is not the newest deletes nothing.
func (q *Queue) Delete(ctx context.Context, messages []limnograph.Message) error {
	if err := checkContext(ctx, "delete messages"); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	done := receipts(messages)
	var kept []*message
	for _, m := range q.messages {
		if !done[m.Receipt] {
			kept = append(kept, m)
		}
	}
	q.messages = kept
	return nil
}

// Release implements limnograph.QueueReader.
func (q *Queue) Release(ctx context.Context, messages []limnograph.Message, after time.Duration) error {
	const op = "release messages"
	if err := checkContext(ctx, op); err != nil {
		return err
	}
	if after < 0 || after > maxDelay {
		return fail(limnograph.CodeInvalid, op, "a delay of "+after.String(), nil)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	released, visible := receipts(messages), q.cfg.Now().Add(after)
	for _, m := range q.messages {
		if released[m.Receipt] {
			m.visible = visible
		}
	}
	q.wake()
	return nil
}

// receipts of messages that were never received are no receipts.
func receipts(messages []limnograph.Message) map[string]bool {
	set := make(map[string]bool)
	for _, m := range messages {
		set[m.Receipt] = m.Receipt != ""
	}
	return set
}

func (q *Queue) name(prefix string) string {
	q.count++
	return fmt.Sprint(prefix, q.count)
}

// wake lets those who wait look again.
func (q *Queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}
