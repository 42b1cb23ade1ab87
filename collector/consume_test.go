package collector_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/mem"
)

func TestConsume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.cfg.Now, w.glue.now = bubbleTime, bubbleTime })
		w.glue.addRun("orders", "jr_1", bubbleTime().Add(-10*time.Minute), 8*time.Minute)
		queue := mem.NewQueue(mem.QueueConfig{})
		event := string(eventOf(account, "orders", "jr_1", limnograph.RunSucceeded, bubbleTime()))
		if err := queue.Send(t.Context(), []string{event, event, `{"detail-type":"Scheduled Event"}`, "no event"}); err != nil {
			t.Fatal(err)
		}
		w.land.fails = errors.New("disk is full")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.c.Consume(ctx, queue) }()
		time.Sleep(time.Second)
		w.land.mu.Lock()
		w.land.fails = nil
		w.land.mu.Unlock()
		time.Sleep(time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left, err := queue.Receive(t.Context(), 10, 0); err != nil || len(left) != 0 {
			t.Errorf("left are %v, %v", left, err)
		}
		if w.land.run("jr_1")["execution_s"] != "480" || w.glue.count("GetJobRun") != 1 {
			t.Errorf("row is %v after %d calls", w.land.run("jr_1"), w.glue.count("GetJobRun"))
		}
	})
}
