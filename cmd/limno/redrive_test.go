package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/mem"
)

// drained lists the bodies that a queue holds, after everything is visible again.
func drained(t *testing.T, q *mem.Queue) (bodies []string) {
	t.Helper()
	time.Sleep(time.Hour)
	for {
		messages, err := q.Receive(t.Context(), 10, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) == 0 {
			slices.Sort(bodies)
			return bodies
		}
		bodies = append(bodies, bodiesOf(messages)...)
		if err := q.Delete(t.Context(), messages); err != nil {
			t.Fatal(err)
		}
	}
}

func sent(t *testing.T, n int) (q *mem.Queue, bodies []string) {
	t.Helper()
	q = mem.NewQueue(mem.QueueConfig{})
	for i := range n {
		bodies = append(bodies, fmt.Sprintf("message\n%02d", i))
	}
	if err := q.Send(t.Context(), bodies); err != nil {
		t.Fatal(err)
	}
	return q, bodies
}

func TestRedriveMoves(t *testing.T) {
	for name, tt := range map[string]struct{ have, limit, want int }{
		"All":        {25, 100, 25},
		"ToALimit":   {25, 12, 12},
		"Nothing":    {0, 100, 0},
		"JustAsMany": {20, 20, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, bodies := sent(t, tt.have)
				to := mem.NewQueue(mem.QueueConfig{})
				var out strings.Builder
				r := &redrive{from: from, to: to, limit: tt.limit, out: &out}
				if err := r.move(t.Context()); err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("moved %d messages\n", tt.want); !strings.HasPrefix(out.String(), want) {
					t.Errorf("said %q", out.String())
				}
				got, left := drained(t, to), drained(t, from)
				if len(got) != tt.want || len(left) != tt.have-tt.want {
					t.Errorf("moved %d, left %d", len(got), len(left))
				}
				all := slices.Sorted(slices.Values(append(got, left...)))
				if !slices.Equal(all, bodies) {
					t.Errorf("messages %q, want %q", all, bodies)
				}
			})
		})
	}
}

// A dry run shows each message once and leaves all of them.
func TestRedriveShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, bodies := sent(t, 23)
		to := mem.NewQueue(mem.QueueConfig{})
		var out strings.Builder
		r := &redrive{from: from, to: to, limit: 100, out: &out}
		if err := r.show(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n != 24 || !strings.Contains(out.String(), "23 messages would be moved") {
			t.Errorf("%d lines:\n%s", n, out.String())
		}
		at, err := from.Receive(t.Context(), 10, 0)
		if err != nil || len(at) == 0 {
			t.Errorf("the messages were not given back: %v, %v", at, err)
		}
		if got := drained(t, from); !slices.Equal(got, bodies) {
			t.Errorf("left %q", got)
		}
		if got := drained(t, to); len(got) > 0 {
			t.Errorf("moved %q", got)
		}
	})
}

// full refuses everything, or does what it is told and says that it failed.
type full struct {
	limnograph.QueueWriter
	lost bool
}

func (f full) Send(ctx context.Context, bodies []string) error {
	var err error
	if f.lost {
		err = f.QueueWriter.Send(ctx, bodies)
	}
	return errors.Join(&limnograph.Error{Code: limnograph.CodeUnavailable, Message: "no answer"}, err)
}

// What can't be sent stays, and what may have been sent is never lost.
func TestRedriveLosesNothing(t *testing.T) {
	for name, lost := range map[string]bool{"Refused": false, "AnswerLost": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, bodies := sent(t, 5)
				to := mem.NewQueue(mem.QueueConfig{})
				r := &redrive{from: from, to: full{to, lost}, limit: 100, out: &strings.Builder{}}
				if err := r.move(t.Context()); limnograph.ErrorCode(err) == "" {
					t.Error("no error")
				}
				if got := drained(t, from); !slices.Equal(got, bodies) {
					t.Errorf("left %q", got)
				}
			})
		})
	}
}
