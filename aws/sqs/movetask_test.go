package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/aws/sqs"
)

const deadARN = "arn:aws:sqs:eu-west-1:123456789012:limno-dead"

// mover answers as SQS does for one dead-letter queue whose messages go back a few at a look.
type mover struct {
	left, moved int
	status      string // of the newest task; empty: there was none
	reason      string
	step        func(*mover) // what a look at a running task finds
}

func (m *mover) answer(action string, in input) (int, string) {
	switch action {
	case "GetQueueAttributes":
		return http.StatusOK, fmt.Sprintf(`{"Attributes":{"QueueArn":%q}}`, deadARN)
	case "StartMessageMoveTask":
		if in.SourceArn != deadARN {
			return http.StatusBadRequest, fault("ResourceNotFoundException")
		}
		m.status, m.moved = "RUNNING", 0
		return http.StatusOK, `{"TaskHandle":"handle"}`
	case "CancelMessageMoveTask":
		m.status = "CANCELLED"
		return http.StatusOK, fmt.Sprintf(`{"ApproximateNumberOfMessagesMoved":%d}`, m.moved)
	case "ListMessageMoveTasks":
		return http.StatusOK, m.list()
	}
	return http.StatusBadRequest, fault("InvalidAction")
}

func (m *mover) list() string {
	if m.status == "" {
		return `{"Results":[]}`
	}
	text := fmt.Sprintf(`{"Results":[{"Status":%q,"SourceArn":%q,"ApproximateNumberOfMessagesMoved":%d,"ApproximateNumberOfMessagesToMove":%d,"FailureReason":%q}]}`,
		m.status, deadARN, m.moved, m.left+m.moved, m.reason)
	if m.status == "RUNNING" {
		m.step(m)
	}
	return text
}

// moveTwo moves two messages at a look.
func moveTwo(m *mover) {
	n := min(2, m.left)
	m.left, m.moved = m.left-n, m.moved+n
	if m.left == 0 {
		m.status = "COMPLETED"
	}
}

func actions(s *server) (names []string) {
	for _, call := range s.asked() {
		names = append(names, call.Action)
	}
	return names
}

func TestMoveBackFollowsTheTask(t *testing.T) {
	m := &mover{left: 5, step: moveTwo, status: "COMPLETED"} // a task of an earlier day
	s, p := &server{answer: m.answer}, &patience{}
	var seen []sqs.Moved
	got, err := open(t, s, 1, sqs.Config{Wait: p.wait}).MoveBack(t.Context(), func(m sqs.Moved) { seen = append(seen, m) })
	if err != nil || got != (sqs.Moved{Done: 5, Total: 5}) {
		t.Errorf("moved %+v, %v", got, err)
	}
	if diff := cmp.Diff([]sqs.Moved{{Total: 5}, {2, 5}, {4, 5}, {5, 5}}, seen); diff != "" {
		t.Errorf("progress: %s", diff)
	}
	if len(p.waited) != 3 {
		t.Errorf("waited %v", p.waited)
	}
}

func TestMoveBackFails(t *testing.T) {
	for name, tt := range map[string]struct {
		mover mover
		want  limnograph.Code
		says  string
	}{
		"Failed": {
			mover{left: 1, step: func(m *mover) { m.status, m.reason = "FAILED", "AccessDenied" }}, limnograph.CodeInternal, "the task is FAILED: AccessDenied",
		},
		"CancelledByAnother": {mover{left: 1, step: func(m *mover) { m.status = "CANCELLED" }}, limnograph.CodeInternal, "the task is CANCELLED"},
		"AlreadyRunning":     {mover{status: "RUNNING", step: func(*mover) {}}, limnograph.CodeConflict, "wait for its end"},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := &server{answer: tt.mover.answer}, &patience{}
			_, err := open(t, s, 1, sqs.Config{Wait: p.wait}).MoveBack(t.Context(), nil)
			wantCode(t, err, tt.want, tt.says)
			if started := slices.Contains(actions(s), "StartMessageMoveTask"); started == (tt.want == limnograph.CodeConflict) {
				t.Errorf("started: %v", started)
			}
		})
	}
}

func TestMoveBackRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		action, code string
		want         limnograph.Code
		says         string
	}{
		"MayNotStart": {"StartMessageMoveTask", "AccessDenied", limnograph.CodeForbidden, "sqs:StartMessageMoveTask"},
		"MayNotLook":  {"ListMessageMoveTasks", "AccessDenied", limnograph.CodeForbidden, "sqs:ListMessageMoveTasks"},
		"NoQueue":     {"GetQueueAttributes", "QueueDoesNotExist", limnograph.CodeNotFound, queueURL},
		"NotServed":   {"StartMessageMoveTask", "InvalidAction", limnograph.CodeInvalid, "StartMessageMoveTask"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &mover{left: 1, step: moveTwo}
			s := &server{answer: func(action string, in input) (int, string) {
				if action == tt.action {
					return http.StatusBadRequest, fault(tt.code)
				}
				return m.answer(action, in)
			}}
			_, err := open(t, s, 1, sqs.Config{Wait: (&patience{}).wait}).MoveBack(t.Context(), nil)
			wantCode(t, err, tt.want, tt.says)
		})
	}
}

func TestMoveBackIsCancelledWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &mover{left: 100, step: moveTwo}
	s := &server{answer: m.answer}
	_, err := open(t, s, 1, sqs.Config{Wait: (&patience{}).wait}).MoveBack(ctx, func(m sqs.Moved) {
		if m.Done == 4 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || m.status != "CANCELLED" {
		t.Errorf("%v; the task is %s", err, m.status)
	}
}
