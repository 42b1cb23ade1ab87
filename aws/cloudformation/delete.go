package cloudformation

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"limnograph"
)

const deleted = "DELETE_COMPLETE"

// Delete removes a stack, waits until it is gone, and returns what CloudFormation left standing, as the template asks.
// Errors: CodeNotFound, CodeConflict (a resource could not be removed, or the stack is being changed), and as Deploy.
func (s *Stacks) Delete(ctx context.Context, name string) (kept []Resource, err error) {
	stack, err := s.Stack(ctx, name)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(stack.Status, "_IN_PROGRESS") && stack.Status != "DELETE_IN_PROGRESS" && stack.Status != "REVIEW_IN_PROGRESS" {
		return nil, &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "delete stack", Message: "stack " + name + " is in state " + stack.Status,
			Hint: "somebody changes it just now: wait until that is done",
		}
	}
	before, err := s.Resources(ctx, stack.ID)
	if err != nil {
		return nil, err
	}
	last, err := s.lastEvent(ctx, stack.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name}); err != nil {
		return nil, explain(ctx, "delete stack", name, err)
	}
	c := change{op: "delete stack", name: name, id: stack.ID, seen: last, good: deleted}
	if err := s.follow(ctx, c); err != nil {
		return nil, err
	}
	return s.skipped(ctx, stack.ID, before, last), nil
}

// skipped lists the resources that were there before and that CloudFormation says it has left.
func (s *Stacks) skipped(ctx context.Context, id string, before []Resource, since string) (kept []Resource) {
	events, _, err := s.newEvents(ctx, id, since)
	if err != nil {
		return nil // the stack is gone all the same
	}
	for _, r := range before {
		for _, e := range events {
			if e.ID == r.ID && e.Status == "DELETE_SKIPPED" {
				kept = append(kept, r)
			}
		}
	}
	return kept
}
