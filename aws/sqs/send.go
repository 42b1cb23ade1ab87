package sqs

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"limnograph"
)

// Send implements limnograph.QueueWriter. It sends none of the bodies if one of them cannot be sent: CodeInvalid for one
// that is empty or has characters that XML has not, CodeTooLarge. After a lost answer a body may come twice.
func (q *Queue) Send(ctx context.Context, bodies []string) error {
	c := q.call("send messages", "SendMessage")
	if err := ctx.Err(); err != nil {
		return ended(c.op, err)
	}
	for i, body := range bodies {
		if err := q.checkBody(c.op, i, body); err != nil {
			return err
		}
	}
	do := func(ctx context.Context, indexes []int) (undone, error) { return q.send(ctx, bodies, indexes) }
	return batch{call: c, queue: q, do: do, size: func(i int) int { return len(bodies[i]) }}.run(ctx, len(bodies))
}

func (q *Queue) send(ctx context.Context, bodies []string, indexes []int) (undone, error) {
	in := &sqs.SendMessageBatchInput{QueueUrl: &q.url}
	for _, i := range indexes {
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(name(i)), MessageBody: &bodies[i]})
	}
	answer, err := q.client.SendMessageBatch(ctx, in)
	if err != nil {
		return nil, err
	}
	done := names(answer.Successful, func(e types.SendMessageBatchResultEntry) *string { return e.Id })
	return answered(indexes, done, answer.Failed), nil
}

func (q *Queue) checkBody(op string, index int, body string) error {
	if len(body) > q.cfg.MaxBytes {
		return &limnograph.Error{
			Code: limnograph.CodeTooLarge, Op: op, Message: fmt.Sprintf("body %d has %d bytes, more than %d", index, len(body), q.cfg.MaxBytes),
		}
	}
	if why := flaw(body); why != "" {
		return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: fmt.Sprintf("body %d %s", index, why)}
	}
	return nil
}

// flaw says why SQS would refuse a body, or change it.
func flaw(body string) string {
	if body == "" {
		return "is empty"
	}
	if !utf8.ValidString(body) {
		return "is not UTF-8"
	}
	for _, r := range body {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return fmt.Sprintf("holds %U", r)
		}
	}
	return ""
}
