package sqs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"limnograph"
)

// Delete implements limnograph.QueueReader.
func (q *Queue) Delete(ctx context.Context, messages []limnograph.Message) error {
	c := q.call("delete messages", "DeleteMessage")
	if err := ctx.Err(); err != nil {
		return ended(c.op, err)
	}
	do := func(ctx context.Context, indexes []int) (undone, error) { return q.remove(ctx, messages, indexes) }
	return batch{call: c, queue: q, do: do}.run(ctx, len(messages))
}

func (q *Queue) remove(ctx context.Context, messages []limnograph.Message, indexes []int) (undone, error) {
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &q.url}
	for _, i := range indexes {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(name(i)), ReceiptHandle: &messages[i].Receipt})
	}
	answer, err := q.client.DeleteMessageBatch(ctx, in)
	if err != nil {
		return nil, err
	}
	done := names(answer.Successful, func(e types.DeleteMessageBatchResultEntry) *string { return e.Id })
	return withoutGone(answered(indexes, done, answer.Failed)), nil
}

// Release implements limnograph.QueueReader. A delay is rounded up to whole seconds; CodeInvalid for one that is negative or
// over 12 h.
func (q *Queue) Release(ctx context.Context, messages []limnograph.Message, after time.Duration) error {
	c := q.call("release messages", "ChangeMessageVisibility")
	if err := ctx.Err(); err != nil {
		return ended(c.op, err)
	}
	if after < 0 || after > maxDelay {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: c.op, Message: "a delay of " + after.String(), Hint: "use 0 s to 12 h"}
	}
	do := func(ctx context.Context, indexes []int) (undone, error) {
		return q.release(ctx, messages, indexes, after)
	}
	return batch{call: c, queue: q, do: do}.run(ctx, len(messages))
}

func (q *Queue) release(ctx context.Context, messages []limnograph.Message, indexes []int, after time.Duration) (undone, error) {
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url}
	for _, i := range indexes {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(name(i)), ReceiptHandle: &messages[i].Receipt, VisibilityTimeout: wholeSeconds(after),
		})
	}
	answer, err := q.client.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		return nil, err
	}
	done := names(answer.Successful, func(e types.ChangeMessageVisibilityBatchResultEntry) *string { return e.Id })
	return withoutGone(answered(indexes, done, answer.Failed)), nil
}

// withoutGone drops entries of messages that are gone or visible already: there is nothing left to do. Should a receipt be
// wrong for another reason, its message comes again, which the contract allows.
func withoutGone(left undone) undone {
	for i, entry := range left {
		if isGone(entry) {
			delete(left, i)
		}
	}
	return left
}
