package sqs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"limnograph"
)

// moveLook is the time between two looks at a running task.
const moveLook = 2 * time.Second

// Moved is how far a task has come. The counts are estimates of the server.
type Moved struct {
	Done  int64
	Total int64 // 0: not said
}

// MoveBack lets SQS move all messages of this dead-letter queue back to the queues that they came from, and waits until
// it has. seen is told how far it is; nil: nobody. When ctx ends, the task is cancelled: what was moved stays moved.
// Errors: CodeNotFound, CodeForbidden, CodeUnavailable, CodeConflict (a task is running already), CodeInvalid (no
// dead-letter queue), CodeInternal (the task failed).
func (q *Queue) MoveBack(ctx context.Context, seen func(Moved)) (Moved, error) {
	facts, err := q.Facts(ctx)
	if err != nil {
		return Moved{}, err
	}
	if err := q.notMoving(ctx, facts.ARN); err != nil {
		return Moved{}, err
	}
	started, err := q.client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &facts.ARN})
	if err != nil {
		return Moved{}, wrap(ctx, q.call("move messages back", "StartMessageMoveTask"), err)
	}
	moved, err := q.follow(ctx, facts.ARN, seen)
	if ctx.Err() != nil {
		err = errors.Join(err, q.cancelMove(context.WithoutCancel(ctx), aws.ToString(started.TaskHandle)))
	}
	return moved, err
}

// notMoving refuses a second task beside one that somebody else has started.
func (q *Queue) notMoving(ctx context.Context, arn string) error {
	task, err := q.newestMove(ctx, arn)
	if err != nil || aws.ToString(task.Status) != "RUNNING" {
		return err
	}
	return &limnograph.Error{
		Code: limnograph.CodeConflict, Op: "move messages back", Message: q.url + ": a task is moving messages already",
		Hint: "wait for its end, or cancel it with aws sqs cancel-message-move-task",
	}
}

// follow looks at the task until it ends.
func (q *Queue) follow(ctx context.Context, arn string, seen func(Moved)) (moved Moved, err error) {
	for {
		task, err := q.newestMove(ctx, arn)
		if err != nil {
			return moved, err
		}
		moved = Moved{Done: task.ApproximateNumberOfMessagesMoved, Total: aws.ToInt64(task.ApproximateNumberOfMessagesToMove)}
		if seen != nil {
			seen(moved)
		}
		if ended, err := moveEnded(q.url, task); ended {
			return moved, err
		}
		if err := q.cfg.Wait(ctx, moveLook); err != nil {
			return moved, ended("move messages back", err)
		}
	}
}

// moveEnded reports whether the task is over, and how it failed.
func moveEnded(url string, task types.ListMessageMoveTasksResultEntry) (bool, error) {
	switch status := aws.ToString(task.Status); status {
	case "COMPLETED":
		return true, nil
	case "FAILED", "CANCELLED":
		return true, &limnograph.Error{
			Code: limnograph.CodeInternal, Op: "move messages back", Message: fmt.Sprintf("%s: the task is %s: %s", url, status, aws.ToString(task.FailureReason)),
			Hint: "the messages that were not moved are still there: correct the reason and start again",
		}
	}
	return false, nil
}

// newestMove returns the task that was started last; a zero one when there was none.
func (q *Queue) newestMove(ctx context.Context, arn string) (types.ListMessageMoveTasksResultEntry, error) {
	answer, err := q.client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &arn, MaxResults: aws.Int32(1)})
	if err != nil {
		return types.ListMessageMoveTasksResultEntry{}, wrap(ctx, q.call("look at the move of messages", "ListMessageMoveTasks"), err)
	}
	if len(answer.Results) == 0 {
		return types.ListMessageMoveTasksResultEntry{}, nil
	}
	return answer.Results[0], nil
}

func (q *Queue) cancelMove(ctx context.Context, handle string) error {
	_, err := q.client.CancelMessageMoveTask(ctx, &sqs.CancelMessageMoveTaskInput{TaskHandle: &handle})
	return wrap(ctx, q.call("cancel the move of messages", "CancelMessageMoveTask"), err)
}
