package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
)

// QueueFixture is an empty queue with its dead-letter queue, which is empty, too.
type QueueFixture struct {
	Queue       limnograph.Queue
	DeadLetter  limnograph.Queue
	Visibility  time.Duration         // of Queue: long enough for a few calls
	MaxReceives int                   // receptions after which a message goes to DeadLetter; at least 3
	Pass        func(d time.Duration) // lets time pass: a server's by waiting, a twin's by its clock
}

// Queue checks that an implementation keeps the contract of limnograph.Queue.
func Queue(t *testing.T, open func(t *testing.T) QueueFixture, lacks ...Lack) {
	suite := newSuite(lacks)
	for _, c := range []struct {
		outcome string
		check   func(t testing.TB, f QueueFixture)
	}{
		{"WhatIsSentIsReceived", queueSent},
		{"NothingToReceiveIsNoError", queueEmpty},
		{"BatchesOverTenAreSplit", queueSplit},
		{"BatchesOverTheByteLimitAreSplit", queueLarge},
		{"ReceivedIsUnseenForAWhile", queueVisibility},
		{"ReleasedIsSeenAtOnce", queueRelease},
		{"ReleasedIsSeenAfterTheDelay", queueReleaseLater},
		{"ReceptionsAreCounted", queueCount},
		{"PoisonReachesTheDeadLetterQueue", queuePoison},
		{"DeletedIsGoneAndDeletingAgainIsNoError", queueDelete},
		{"UnknownReceiptsDoNotHinderTheOthers", queueUnknown},
		{"LongPollEndsWithAMessage", queueWakes},
		{"LongPollEndsWithItsContext", queueCancel},
		{"CancelledContextIsRefused", queueCancelled},
		{"BodiesThatNoQueueTakesAreInvalid", queueInvalid},
		{"BodiesOverTheLimitAreTooLarge", queueTooLarge},
		{"DelaysOutOfRangeAreInvalid", queueDelays},
	} {
		suite.run(t, c.outcome, func(t *testing.T) func(testing.TB) {
			f := open(t)
			return func(t testing.TB) { c.check(t, f) }
		})
	}
	suite.finish(t)
}

// poll is how long a reception waits for what must come.
const poll = 5 * time.Second

func sendAll(t testing.TB, q limnograph.QueueWriter, bodies ...string) {
	t.Helper()
	if err := q.Send(t.Context(), bodies); err != nil {
		t.Fatalf("send %d bodies: %v", len(bodies), err)
	}
}

// receive waits for n messages and fails when they do not come.
func receive(t testing.TB, q limnograph.QueueReader, n int) []limnograph.Message {
	t.Helper()
	var got []limnograph.Message
	for len(got) < n {
		more, err := q.Receive(t.Context(), n-len(got), poll)
		if err != nil || len(more) == 0 {
			t.Fatalf("received %d messages and no more, want %d: %v", len(got), n, err)
		}
		if len(more) > n-len(got) {
			t.Fatalf("received %d messages at once, want at most %d", len(more), n-len(got))
		}
		got = append(got, more...)
	}
	return got
}

// wantNone asks without waiting.
func wantNone(t testing.TB, q limnograph.QueueReader) {
	t.Helper()
	if got, err := q.Receive(t.Context(), 10, 0); err != nil || len(got) != 0 {
		t.Errorf("received %d messages, want none: %v", len(got), err)
	}
}

func bodiesOf(messages []limnograph.Message) []string {
	bodies := []string{}
	for _, m := range messages {
		bodies = append(bodies, m.Body)
	}
	slices.Sort(bodies)
	return bodies
}

func remove(t testing.TB, q limnograph.QueueReader, messages []limnograph.Message) {
	t.Helper()
	if err := q.Delete(t.Context(), messages); err != nil {
		t.Errorf("delete %d messages: %v", len(messages), err)
	}
}

func release(t testing.TB, q limnograph.QueueReader, messages []limnograph.Message, after time.Duration) {
	t.Helper()
	if err := q.Release(t.Context(), messages, after); err != nil {
		t.Errorf("release %d messages: %v", len(messages), err)
	}
}

func queueSent(t testing.TB, f QueueFixture) {
	want := []string{
		"x", "two\nlines\r\n\t", `{"Records":[{"s3":{"object":{"key":"a+b%3D1"}}}]}`, "ä Ω 湖 🐟 \U0010ffff", `<a href="b">&amp;</a>`, " ",
		strings.Repeat("limnology ", 1000), "\u2028\u00a0",
	}
	sendAll(t, f.Queue, want...)
	got := receive(t, f.Queue, len(want))
	slices.Sort(want)
	if diff := cmp.Diff(want, bodiesOf(got)); diff != "" {
		t.Error(diff)
	}
	ids := map[string]bool{}
	for _, m := range got {
		ids[m.ID] = true
		if m.ID == "" || m.Receipt == "" || m.Received != 1 || m.Sent.IsZero() || m.Sent.Location() != time.UTC {
			t.Errorf("received %+v", m)
		}
	}
	if len(ids) != len(want) {
		t.Errorf("%d messages have %d ids", len(want), len(ids))
	}
}

func queueEmpty(t testing.TB, f QueueFixture) {
	wantNone(t, f.Queue)
	sendAll(t, f.Queue)
	remove(t, f.Queue, nil)
	release(t, f.Queue, nil, 0)
	wantNone(t, f.Queue)
}

func queueSplit(t testing.TB, f QueueFixture) {
	want := []string{}
	for i := range 25 {
		want = append(want, fmt.Sprintf("message %02d", i))
	}
	sendAll(t, f.Queue, want...)
	got := receive(t, f.Queue, len(want))
	if diff := cmp.Diff(want, bodiesOf(got)); diff != "" {
		t.Error(diff)
	}
	release(t, f.Queue, got, 0)
	got = receive(t, f.Queue, len(want))
	remove(t, f.Queue, got)
	f.Pass(f.Visibility)
	wantNone(t, f.Queue)
}

func queueLarge(t testing.TB, f QueueFixture) {
	want := []string{}
	for _, size := range []int{1, 100_000, 150_000, 200_000, 262_144} {
		want = append(want, strings.Repeat("é", size/2)+strings.Repeat("x", size%2))
	}
	sendAll(t, f.Queue, want...)
	slices.Sort(want)
	if got := bodiesOf(receive(t, f.Queue, len(want))); !slices.Equal(got, want) {
		t.Errorf("received %d bodies that differ from the %d sent", len(got), len(want))
	}
}

func queueVisibility(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x")
	first := receive(t, f.Queue, 1)
	wantNone(t, f.Queue)
	f.Pass(f.Visibility)
	if second := receive(t, f.Queue, 1); second[0].ID != first[0].ID || second[0].Received != 2 {
		t.Errorf("received %+v, then %+v", first, second)
	}
}

func queueRelease(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x", "y")
	first := receive(t, f.Queue, 2)
	release(t, f.Queue, first, 0)
	if got := bodiesOf(receive(t, f.Queue, 2)); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("received %q", got)
	}
}

func queueReleaseLater(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x")
	release(t, f.Queue, receive(t, f.Queue, 1), 2*f.Visibility)
	f.Pass(f.Visibility)
	wantNone(t, f.Queue)
	f.Pass(f.Visibility)
	receive(t, f.Queue, 1)
}

func queueCount(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x")
	var first limnograph.Message
	for i := range f.MaxReceives {
		m := receive(t, f.Queue, 1)
		if i == 0 {
			first = m[0]
		}
		if m[0].Received != i+1 || m[0].ID != first.ID || !m[0].Sent.Equal(first.Sent) {
			t.Errorf("reception %d is %+v, the first one was %+v", i+1, m[0], first)
		}
		release(t, f.Queue, m, 0)
	}
}

func queuePoison(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "poison")
	for range f.MaxReceives {
		release(t, f.Queue, receive(t, f.Queue, 1), 0)
	}
	wantNone(t, f.Queue)
	dead := receive(t, f.DeadLetter, 1)
	if dead[0].Body != "poison" {
		t.Errorf("the dead letter is %+v", dead[0])
	}
	remove(t, f.DeadLetter, dead)
	f.Pass(f.Visibility)
	wantNone(t, f.Queue)
	wantNone(t, f.DeadLetter)
}

func queueDelete(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x", "y")
	got := receive(t, f.Queue, 2)
	remove(t, f.Queue, got[:1])
	remove(t, f.Queue, got[:1])
	remove(t, f.Queue, got)
	f.Pass(f.Visibility)
	wantNone(t, f.Queue)
}

func queueUnknown(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x", "y")
	got := receive(t, f.Queue, 2)
	remove(t, f.Queue, got[:1])
	mixed := []limnograph.Message{got[0], got[1]}
	release(t, f.Queue, mixed, 0)
	second := receive(t, f.Queue, 1)
	if second[0].ID != got[1].ID {
		t.Errorf("received %+v, want what was released", second)
	}
	remove(t, f.Queue, []limnograph.Message{got[0], second[0]})
	f.Pass(f.Visibility)
	wantNone(t, f.Queue)
}

// received is what a Receive on its way came to.
type received struct {
	messages []limnograph.Message
	err      error
}

// longPoll receives in the background.
func longPoll(ctx context.Context, q limnograph.QueueReader, wait time.Duration) <-chan received {
	done := make(chan received, 1)
	go func() {
		messages, err := q.Receive(ctx, 1, wait)
		done <- received{messages, err}
	}()
	return done
}

func queueWakes(t testing.TB, f QueueFixture) {
	done := longPoll(t.Context(), f.Queue, poll)
	sendAll(t, f.Queue, "x")
	if r := <-done; r.err != nil || len(r.messages) != 1 {
		t.Errorf("received %v, %v", r.messages, r.err)
	}
}

// queueCancel would wait for the whole poll if an implementation did not look at its context, and then see no error.
func queueCancel(t testing.TB, f QueueFixture) {
	ctx, cancel := context.WithCancel(t.Context())
	done := longPoll(ctx, f.Queue, 15*time.Second)
	wantNone(t, f.Queue)
	cancel()
	if r := <-done; !errors.Is(r.err, context.Canceled) {
		t.Errorf("received %v, %v", r.messages, r.err)
	}
}

func queueCancelled(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x")
	got := receive(t, f.Queue, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, receiveErr := f.Queue.Receive(ctx, 1, poll)
	for name, err := range map[string]error{
		"receive": receiveErr,
		"send":    f.Queue.Send(ctx, []string{"y"}),
		"delete":  f.Queue.Delete(ctx, got),
		"release": f.Queue.Release(ctx, got, 0),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Pass(f.Visibility)
	if again := receive(t, f.Queue, 1); again[0].Body != "x" {
		t.Errorf("received %+v", again)
	}
}

func queueInvalid(t testing.TB, f QueueFixture) {
	for _, body := range []string{"", "a\x00b", "\x1b[0m", "\xff", "a\xc3", "\ufffe", "\uffff"} {
		wantCode(t, f.Queue.Send(t.Context(), []string{"good", body}), limnograph.CodeInvalid)
	}
	wantNone(t, f.Queue)
}

func queueTooLarge(t testing.TB, f QueueFixture) {
	wantCode(t, f.Queue.Send(t.Context(), []string{strings.Repeat("x", 1<<20+1)}), limnograph.CodeTooLarge)
	wantNone(t, f.Queue)
}

func queueDelays(t testing.TB, f QueueFixture) {
	sendAll(t, f.Queue, "x")
	got := receive(t, f.Queue, 1)
	for _, delay := range []time.Duration{-time.Second, 12*time.Hour + time.Second} {
		wantCode(t, f.Queue.Release(t.Context(), got, delay), limnograph.CodeInvalid)
	}
}
