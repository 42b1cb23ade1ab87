package sqs

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"limnograph"
)

// Receive implements limnograph.QueueReader. SQS counts the wait in whole seconds: what is left of a second is not waited
// for. A wait of less than a second asks once: SQS may then overlook messages, and waits itself if the queue is set so.
func (q *Queue) Receive(ctx context.Context, limit int, wait time.Duration) ([]limnograph.Message, error) {
	c := q.call("receive messages", "ReceiveMessage")
	end := q.cfg.Now().Add(wait)
	for poll := wait; ; poll = end.Sub(q.cfg.Now()) {
		if err := ctx.Err(); err != nil {
			return nil, ended(c.op, err)
		}
		seconds := int32(max(min(poll, maxPoll), 0) / time.Second)
		answer, err := q.client.ReceiveMessage(ctx, q.reception(min(max(limit, 1), maxEntries), seconds))
		if err != nil {
			return nil, wrap(ctx, c, err)
		}
		if len(answer.Messages) > 0 || end.Sub(q.cfg.Now()) < time.Second {
			return messages(answer.Messages), nil
		}
	}
}

func (q *Queue) reception(limit int, seconds int32) *sqs.ReceiveMessageInput {
	return &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: int32(limit), WaitTimeSeconds: seconds, VisibilityTimeout: wholeSeconds(q.cfg.Visibility),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	}
}

// wholeSeconds rounds up: a message shall not come earlier than was asked.
func wholeSeconds(d time.Duration) int32 { return int32((d + time.Second - 1) / time.Second) }

func messages(received []types.Message) []limnograph.Message {
	var list []limnograph.Message
	for _, m := range received {
		list = append(list, limnograph.Message{
			ID: aws.ToString(m.MessageId), Receipt: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body),
			Received: count(m.Attributes), Sent: sent(m.Attributes),
		})
	}
	return list
}

// count returns 0, which stands for unknown, for what is no number.
func count(attributes map[string]string) int {
	n, err := strconv.Atoi(attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return 0
	}
	return max(n, 0)
}

func sent(attributes map[string]string) time.Time {
	ms, err := strconv.ParseInt(attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
