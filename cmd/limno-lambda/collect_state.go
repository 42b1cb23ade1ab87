package main

import (
	"bytes"
	"context"
	"io"
	"sync"

	"limnograph"
	"limnograph/collector"
)

// stateKey is where the state of the searches rests.
const stateKey = "state/collector.json"

// mostState bounds what is read as a state.
const mostState = 64 << 20

// stateObject keeps the state of a collector as one object. It remembers whether the last save failed, which is all that
// matters of a search that ran out of time.
type stateObject struct {
	store limnograph.ObjectStore

	mu   sync.Mutex
	last error
}

var _ collector.Checkpoint = (*stateObject)(nil)

// Load implements collector.Checkpoint.
func (s *stateObject) Load(ctx context.Context) ([]byte, error) {
	s.keep(nil)
	r, err := s.store.Open(ctx, stateKey)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, mostState))
}

// Save implements collector.Checkpoint. The time that the search had may be over by now.
func (s *stateObject) Save(ctx context.Context, state []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
	defer cancel()
	_, err := s.store.Put(ctx, stateKey, bytes.NewReader(state), limnograph.PutOptions{})
	s.keep(err)
	return err
}

func (s *stateObject) keep(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = err
}

// failure returns the error of the last save.
func (s *stateObject) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}
