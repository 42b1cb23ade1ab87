package lambdaevent

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"limnograph"
)

// Message is one message of a batch, with its body read.
type Message struct {
	ID       string   // of the message
	Received int      // how often it has been received, this time included; 0: unknown
	Objects  []Object // what it tells of; may be empty
	Err      error    // why its body could not be read (CodeInvalid); the message fails whatever the handler says
}

// SQS makes a Lambda handler for a trigger of SQS with ReportBatchItemFailures. handle gets all messages of a batch and
// returns one error for each, nil for those that may leave the queue. The others come again, and in the end go to the
// dead-letter queue. Only when nothing can be said about single messages does the whole batch fail: the event is not of
// SQS (CodeInvalid), a failed message has no id, or handle is defective (CodeInternal).
func SQS(handle func(ctx context.Context, messages []Message) []error) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
		messages, err := read(event)
		if err != nil {
			return events.SQSEventResponse{}, err
		}
		errs := handle(ctx, messages)
		if len(errs) != len(messages) {
			return events.SQSEventResponse{}, failure(limnograph.CodeInternal,
				fmt.Sprintf("%d answers for %d messages", len(errs), len(messages)), "report this as a defect; the messages come again")
		}
		return answer(messages, errs)
	}
}

func read(event events.SQSEvent) ([]Message, error) {
	if event.Records == nil {
		return nil, notSQS("it has no Records")
	}
	messages := make([]Message, len(event.Records))
	for i, r := range event.Records {
		if r.MessageId == "" && r.Body == "" {
			return nil, notSQS(fmt.Sprintf("record %d has neither messageId nor body", i+1))
		}
		received, _ := strconv.Atoi(r.Attributes["ApproximateReceiveCount"]) //nolint:errcheck // 0 means unknown
		objects, err := Decode(r.Body)
		messages[i] = Message{ID: r.MessageId, Received: received, Objects: objects, Err: err}
	}
	return messages, nil
}

func notSQS(why string) error {
	return failure(limnograph.CodeInvalid, "the event is no batch of SQS messages: "+why,
		"invoke this function through an SQS event source mapping")
}

// answer lists each failed message once. The list is never null: AWS reads an empty list as "all of them are done", and
// an empty id as "none of them".
func answer(messages []Message, errs []error) (events.SQSEventResponse, error) {
	failed := make([]events.SQSBatchItemFailure, 0)
	listed := make(map[string]bool)
	for i, m := range messages {
		switch {
		case m.Err == nil && errs[i] == nil, listed[m.ID]:
		case m.ID == "":
			return events.SQSEventResponse{}, failure(limnograph.CodeInvalid, fmt.Sprintf("record %d failed and has no messageId", i+1),
				"invoke this function through an SQS event source mapping")
		default:
			listed[m.ID] = true
			failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: m.ID})
		}
	}
	return events.SQSEventResponse{BatchItemFailures: failed}, nil
}

func failure(code limnograph.Code, message, hint string) error {
	return &limnograph.Error{Code: code, Op: "answer SQS", Message: message, Hint: hint}
}
