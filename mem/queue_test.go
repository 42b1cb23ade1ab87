package mem_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"limnograph/conformance"
	"limnograph/mem"
)

func TestQueue(t *testing.T) {
	defer goleak.VerifyNone(t)
	conformance.Queue(t, func(t *testing.T) conformance.QueueFixture {
		c := &clock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)}
		dead := mem.NewQueue(mem.QueueConfig{Now: c.Now, After: c.After})
		return conformance.QueueFixture{
			Queue: mem.NewQueue(mem.QueueConfig{
				Visibility: time.Minute, DeadLetter: dead, MaxReceives: 3, Rand: rand.New(rand.NewPCG(1, 2)), Now: c.Now, After: c.After,
			}),
			DeadLetter: dead, Visibility: time.Minute, MaxReceives: 3, Pass: c.Pass,
		}
	})
}

// A reception that waits ends when a message becomes visible by itself, and when its time is over.
func TestReceiveWaitsByTheClock(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC), runs: true}
	q := mem.NewQueue(mem.QueueConfig{Visibility: time.Minute, Now: c.Now, After: c.After})
	if err := q.Send(t.Context(), []string{"x"}); err != nil {
		t.Fatal(err)
	}
	for want := 1; want <= 3; want++ {
		got, err := q.Receive(t.Context(), 10, time.Hour)
		if err != nil || len(got) != 1 || got[0].Received != want {
			t.Fatalf("received %+v, %v", got, err)
		}
	}
	start := c.Now()
	if got, err := q.Receive(t.Context(), 10, 30*time.Second); err != nil || len(got) != 0 || c.Now().Sub(start) != 30*time.Second {
		t.Errorf("received %+v, %v after %v", got, err, c.Now().Sub(start))
	}
}

// clock is moved by hand. One that runs moves by itself, to the moment that somebody waits for.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	runs  bool
	waits []waiter
}

type waiter struct {
	until time.Time
	c     chan time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	w := waiter{until: c.Now().Add(d), c: make(chan time.Time, 1)}
	c.mu.Lock()
	c.waits = append(c.waits, w)
	c.mu.Unlock()
	if c.runs {
		c.Pass(d)
	}
	return w.c
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	var left []waiter
	for _, w := range c.waits {
		if w.until.After(c.now) {
			left = append(left, w)
			continue
		}
		w.c <- c.now
	}
	c.waits = left
}
