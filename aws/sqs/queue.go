package sqs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithytime "github.com/aws/smithy-go/time"

	"limnograph"
)

var _ limnograph.Queue = (*Queue)(nil)

// Limits of SQS.
const (
	maxEntries  = 10 // of one call
	maxPoll     = 20 * time.Second
	maxDelay    = 12 * time.Hour
	classicSize = 256 << 10 // bytes of a call, which every server takes
	newSize     = 1 << 20   // bytes of a call and of a body since 2025
)

// Config adjusts a Queue.
type Config struct {
	Visibility time.Duration // how long a received message stays unseen, in whole seconds; 0: as the queue is set
	BatchBytes int           // most bytes of the bodies of one call; a larger body goes alone; 0: 256 KiB, which all servers take
	MaxBytes   int           // most bytes of one body; 0: 1 MiB; the server may take less, and then says so
	Attempts   int           // for entries of a batch that the server could not do; 0: 4

	Now  func() time.Time                           // nil: the real clock
	Wait func(context.Context, time.Duration) error // waits, or returns the context's error; nil: the real clock's
}

func (c Config) withDefaults() Config {
	if c.BatchBytes == 0 {
		c.BatchBytes = classicSize
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = newSize
	}
	if c.Attempts == 0 {
		c.Attempts = 4
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = smithytime.SleepWithContext
	}
	return c
}

// Queue is one queue. It is safe for concurrent use, by any number of processes.
type Queue struct {
	client *sqs.Client
	url    string
	cfg    Config
}

// New returns the queue with that address. It calls nothing: a queue that does not exist shows with the first operation.
func New(cfg aws.Config, queueURL string, opt Config) *Queue {
	return &Queue{client: sqs.NewFromConfig(cfg), url: queueURL, cfg: opt.withDefaults()}
}

// URL asks for the address of a queue of the account by its name. Errors: CodeNotFound, CodeForbidden, CodeUnavailable.
func URL(ctx context.Context, cfg aws.Config, name string) (string, error) {
	answer, err := sqs.NewFromConfig(cfg).GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return "", wrap(ctx, call{"find queue", "GetQueueUrl", name}, err)
	}
	if url := aws.ToString(answer.QueueUrl); url != "" {
		return url, nil
	}
	return "", &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: "find queue", Message: name + ": the answer names no address", Hint: "check the endpoint",
	}
}

func (q *Queue) call(op, action string) call { return call{op, action, q.url} }
