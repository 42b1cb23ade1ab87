package cloudformation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"limnograph"
)

// Event is one step of a change: a resource, or the stack itself, has got into a state.
type Event struct {
	Time     time.Time // UTC
	ID       string    // logical name in the template; the stack's name for the stack itself
	Type     string    // AWS::S3::Bucket, ...
	Physical string    // name, ARN or URL; empty before it exists
	Status   string    // CREATE_IN_PROGRESS, ...
	Reason   string    // may be empty
}

// Failed reports whether the step went wrong.
func (e Event) Failed() bool { return strings.HasSuffix(e.Status, "_FAILED") }

// change is a change of a stack that has been started.
type change struct {
	op, name string
	id       string // of the stack
	seen     string // newest event before the change
	good     string // the state that it should end in
	events   []Event
}

// follow tells events until the stack is at rest, and returns what went wrong.
func (s *Stacks) follow(ctx context.Context, c change) error {
	for {
		stack, err := s.Stack(ctx, c.id)
		gone := limnograph.ErrorCode(err) == limnograph.CodeNotFound
		if err != nil && !gone {
			return c.interrupted(ctx, err)
		}
		if err := s.tell(ctx, &c); err != nil {
			return c.interrupted(ctx, err)
		}
		if gone || !strings.HasSuffix(stack.Status, "_IN_PROGRESS") {
			return c.outcome(stack, gone)
		}
		if err := s.cfg.Wait(ctx, pollEvery); err != nil {
			return c.interrupted(ctx, err)
		}
	}
}

// tell reports the events that are new.
func (s *Stacks) tell(ctx context.Context, c *change) error {
	events, newest, err := s.newEvents(ctx, c.id, c.seen)
	if err != nil {
		return err
	}
	c.seen = newest
	c.events = append(c.events, events...)
	for _, e := range events {
		s.cfg.Progress(e)
	}
	return nil
}

// newEvents returns the events after the one called seen, the oldest first. CloudFormation gives the newest first.
func (s *Stacks) newEvents(ctx context.Context, id, seen string) (events []Event, newest string, err error) {
	newest = seen
	in := &cloudformation.DescribeStackEventsInput{StackName: &id}
	for {
		page, err := s.client.DescribeStackEvents(ctx, in)
		if missing(err) {
			return nil, seen, nil
		}
		if err != nil {
			return nil, seen, explain(ctx, "read events of stack", id, err)
		}
		for i, e := range page.StackEvents {
			if aws.ToString(e.EventId) == seen && seen != "" {
				slices.Reverse(events)
				return events, newest, nil
			}
			if i == 0 && in.NextToken == nil {
				newest = aws.ToString(e.EventId)
			}
			events = append(events, eventOf(e))
		}
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" {
			slices.Reverse(events)
			return events, newest, nil
		}
	}
}

func eventOf(e types.StackEvent) Event {
	return Event{
		Time: aws.ToTime(e.Timestamp).UTC(), ID: aws.ToString(e.LogicalResourceId), Type: aws.ToString(e.ResourceType),
		Physical: aws.ToString(e.PhysicalResourceId), Status: string(e.ResourceStatus), Reason: aws.ToString(e.ResourceStatusReason),
	}
}

// lastEvent names the newest event, so that those of a change can be told from earlier ones.
func (s *Stacks) lastEvent(ctx context.Context, id string) (string, error) {
	page, err := s.client.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &id})
	switch {
	case missing(err), err == nil && len(page.StackEvents) == 0:
		return "", nil
	case err != nil:
		return "", explain(ctx, "read events of stack", id, err)
	}
	return aws.ToString(page.StackEvents[0].EventId), nil
}
