package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"limnograph"
)

// outcome is nil when the stack has come to the state that the change was to lead to.
func (c *change) outcome(stack Stack, gone bool) error {
	if stack.Status == c.good || gone && c.good == deleted {
		return nil
	}
	message := fmt.Sprintf("stack %s ended as %s", c.name, stack.Status)
	if gone {
		message = fmt.Sprintf("stack %s is gone", c.name)
	}
	if why := c.firstFailures(); why != "" {
		message += ": " + why
	} else {
		message += because(stack.Reason)
	}
	return &limnograph.Error{Code: limnograph.CodeConflict, Op: c.op, Message: message, Hint: hintFor(stack)}
}

// maxFailures are told; what fails after the first ones mostly follows from them.
const maxFailures = 3

// firstFailures says which resources failed first, and why.
func (c *change) firstFailures() string {
	var told []string
	for _, e := range c.events {
		if e.Failed() && !consequence(e.Reason) && e.ID != c.name && len(told) < maxFailures {
			told = append(told, fmt.Sprintf("%s (%s): %s", e.ID, e.Type, strings.TrimSuffix(e.Reason, ".")))
		}
	}
	return strings.Join(told, "; ")
}

// consequence recognizes what CloudFormation says of resources that failed only because another one did.
func consequence(reason string) bool {
	return reason == "" || strings.Contains(reason, "cancelled") || strings.HasPrefix(reason, "The following resource(s) failed")
}

func hintFor(s Stack) string {
	switch s.Status {
	case "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED":
		return "remove the cause and the stack, then deploy again"
	case "UPDATE_ROLLBACK_COMPLETE":
		return "the stack is as it was before: remove the cause, then deploy again"
	case "UPDATE_ROLLBACK_FAILED":
		return "remove the cause, then `aws cloudformation continue-update-rollback --stack-name " + s.Name + "`"
	case "DELETE_FAILED":
		return "remove the cause, then try again"
	}
	return ""
}

// interrupted says that the change goes on without anybody watching.
func (c *change) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return &limnograph.Error{
		Code: limnograph.CodeTimeout, Op: c.op, Message: "CloudFormation goes on with stack " + c.name + " by itself", Err: ctx.Err(),
		Hint: "run the same command again to see how it ended",
	}
}
