package cataloging_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/cataloging"
)

// inbox is a queue in which messages stay until they are deleted, each seen again after half a minute.
type inbox struct {
	mu       sync.Mutex
	messages []limnograph.Message
	hidden   map[string]time.Time
	down     error
}

func (q *inbox) send(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range bodies {
		q.messages = append(q.messages, limnograph.Message{ID: b, Receipt: b, Body: b})
	}
}

func (q *inbox) Receive(ctx context.Context, limit int, wait time.Duration) ([]limnograph.Message, error) {
	until := time.Now().Add(wait)
	for {
		q.mu.Lock()
		if q.down != nil {
			defer q.mu.Unlock()
			return nil, q.down
		}
		var found []limnograph.Message
		for i := range q.messages {
			if m := &q.messages[i]; len(found) < limit && time.Now().After(q.hidden[m.ID]) {
				m.Received++
				q.hidden[m.ID] = time.Now().Add(30 * time.Second)
				found = append(found, *m)
			}
		}
		q.mu.Unlock()
		if len(found) > 0 || !time.Now().Before(until) {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (q *inbox) Delete(_ context.Context, messages []limnograph.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m limnograph.Message) bool {
		return slices.ContainsFunc(messages, func(d limnograph.Message) bool { return d.ID == m.ID })
	})
	return nil
}

func (q *inbox) Release(context.Context, []limnograph.Message, time.Duration) error { return nil }

func (q *inbox) left() (ids []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		ids = append(ids, fmt.Sprintf("%s*%d", m.ID, m.Received))
	}
	return ids
}

// cataloguer fails the messages that tell of an object called bad.
type cataloguer struct {
	mu         sync.Mutex
	keys       []string
	reconciled int
}

func (c *cataloguer) Catalogue(_ context.Context, messages [][]limnograph.ObjectEvent) ([]error, cataloging.Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	errs := make([]error, len(messages))
	for i, objects := range messages {
		for _, o := range objects {
			c.keys = append(c.keys, o.Key)
			if o.Key == "bad" {
				errs[i] = errors.New("no definition")
			}
		}
	}
	return errs, cataloging.Counts{Messages: len(messages)}
}

func (c *cataloguer) Reconcile(context.Context) (cataloging.Counts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reconciled++
	return cataloging.Counts{Lists: 1}, errors.New("not all")
}

// keysIn decodes a body that is a list of keys.
func keysIn(body string) (objects []limnograph.ObjectEvent, err error) {
	if body == "poison" {
		return nil, errors.New("unreadable")
	}
	for _, key := range strings.Fields(body) {
		objects = append(objects, limnograph.ObjectEvent{Key: key})
	}
	return objects, nil
}

func TestConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, to := &inbox{hidden: map[string]time.Time{}}, &cataloguer{}
		var mu sync.Mutex
		var notified []string
		var log strings.Builder
		messages := 0
		c := cataloging.NewConsumer(q, keysIn, to, cataloging.ConsumerConfig{
			Notify: func(ev limnograph.ObjectEvent) {
				mu.Lock()
				defer mu.Unlock()
				notified = append(notified, ev.Key)
			},
			Logger:  slog.New(slog.NewTextHandler(&log, nil)),
			Counted: func(c cataloging.Counts) { messages += c.Messages },
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		q.send("a b", "poison", "bad", "a", " ")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := q.left(); !slices.Equal(got, []string{"poison*1", "bad*1"}) {
			t.Errorf("left in the queue: %v", got)
		}
		mu.Lock()
		if !slices.Equal(notified, []string{"a", "b", "a"}) {
			t.Errorf("notified of %v", notified)
		}
		mu.Unlock()
		q.mu.Lock()
		q.down = &limnograph.Error{Code: limnograph.CodeUnavailable}
		q.mu.Unlock()
		time.Sleep(time.Minute)
		q.mu.Lock()
		q.down = nil
		q.mu.Unlock()
		q.send("late")
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := q.left(); len(got) != 2 || strings.HasSuffix(got[0], "*1") {
			t.Errorf("left in the queue: %v", got)
		}
		if to.reconciled != 2 || !slices.Contains(to.keys, "late") || messages < 6 {
			t.Errorf("reconciled %d times, %d messages, %v", to.reconciled, messages, to.keys)
		}
		for _, want := range []string{"unreadable", "no definition", "does not answer", "not all"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q", want)
			}
		}
	})
}
