package main

import (
	"context"
	"testing"
	"testing/synctest"
)

// The simulated Glue API runs before the server of the demo does: its first events wait for it.
func TestEventsWaitForTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, sent, got := newLateSender(), make(chan error, 1), ""
		go func() { sent <- events.send(t.Context(), []byte("event")) }()
		synctest.Wait()
		select {
		case err := <-sent:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		events.to(func(_ context.Context, body []byte) error { got = string(body); return nil })
		if err := <-sent; err != nil || got != "event" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestEventsThatNobodyTakesEndWithTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newLateSender().send(ctx, nil); err == nil {
		t.Error("sent to nobody")
	}
}
