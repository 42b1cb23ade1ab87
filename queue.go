package limnograph

import (
	"context"
	"time"
)

// Message is a message taken from a queue. It stays in the queue, unseen by other receivers, until it is deleted or
// its visibility timeout ends.
type Message struct {
	ID       string    // of the message; the same each time it is received
	Receipt  string    // of this reception; Delete and Release want the newest one
	Body     string    // text, at most 1 MiB
	Received int       // how often it has been received, this time included; 0: the server does not say
	Sent     time.Time // UTC; zero: the server does not say
}

// QueueReader takes messages from a queue that delivers at least once and in any order.
type QueueReader interface {
	// Receive waits for the first message, for at most wait, and returns up to limit messages (limits over 10 are cut
	// to what the server gives at once). No message is no error. Errors: CodeUnavailable, CodeNotFound (queue).
	Receive(ctx context.Context, limit int, wait time.Duration) ([]Message, error)
	// Delete removes messages for good: they have been dealt with. One that is gone already is no error. Errors:
	// CodeUnavailable; the others were deleted all the same.
	Delete(ctx context.Context, messages []Message) error
	// Release lets messages be received again after a delay of 0 s to 12 h. One that was received too often goes to
	// the queue's dead-letter queue instead. Errors: as Delete, CodeInvalid (delay out of bounds).
	Release(ctx context.Context, messages []Message, after time.Duration) error
}

// QueueWriter puts messages into a queue.
type QueueWriter interface {
	// Send stores bodies, durable when it returns. On an error some may have been stored. Errors: CodeInvalid (a body
	// that is empty or no text), CodeTooLarge (a body over the server's limit), CodeUnavailable, CodeNotFound (queue).
	Send(ctx context.Context, bodies []string) error
}

// Queue is a message queue: memory, or Amazon SQS.
type Queue interface {
	QueueReader
	QueueWriter
}
