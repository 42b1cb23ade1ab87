package sqs

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Facts are what a queue is set to and how full it is. The counts are estimates of the server, up to a minute old.
type Facts struct {
	ARN           string
	Waiting       int           // messages that can be received
	InFlight      int           // messages that somebody has received and not deleted
	Delayed       int           // messages that cannot be received yet
	Visibility    time.Duration // how long a received message stays unseen
	Retention     time.Duration // how long a message is kept
	DeadLetterARN string        // empty: there is no dead-letter queue
	MaxReceives   int           // receptions after which a message goes there
}

// Facts asks the server. Errors: CodeNotFound, CodeForbidden, CodeUnavailable.
func (q *Queue) Facts(ctx context.Context) (Facts, error) {
	answer, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return Facts{}, wrap(ctx, q.call("describe queue", "GetQueueAttributes"), err)
	}
	return facts(answer.Attributes), nil
}

// facts leaves out what the server does not tell.
func facts(attributes map[string]string) Facts {
	number := func(name types.QueueAttributeName) int {
		n, err := strconv.Atoi(attributes[string(name)])
		if err != nil {
			return 0
		}
		return n
	}
	f := Facts{
		ARN:        attributes[string(types.QueueAttributeNameQueueArn)],
		Waiting:    number(types.QueueAttributeNameApproximateNumberOfMessages),
		InFlight:   number(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		Delayed:    number(types.QueueAttributeNameApproximateNumberOfMessagesDelayed),
		Visibility: time.Duration(number(types.QueueAttributeNameVisibilityTimeout)) * time.Second,
		Retention:  time.Duration(number(types.QueueAttributeNameMessageRetentionPeriod)) * time.Second,
	}
	f.DeadLetterARN, f.MaxReceives = redrive(attributes[string(types.QueueAttributeNameRedrivePolicy)])
	return f
}

// redrive reads a redrive policy. Servers write the count as a number or as a text.
func redrive(policy string) (arn string, maxReceives int) {
	var p struct {
		Target string          `json:"deadLetterTargetArn"`
		Count  json.RawMessage `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return "", 0
	}
	text := string(p.Count)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	count, err := strconv.Atoi(text)
	if err != nil {
		return p.Target, 0
	}
	return p.Target, count
}
