package mem

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"limnograph"
)

var (
	_ limnograph.RandomReader    = (*Store)(nil)
	_ limnograph.SegmentFollower = (*Store)(nil)
)

// OpenAt implements limnograph.RandomReader.
func (s *Store) OpenAt(ctx context.Context, key string) (limnograph.ObjectAt, error) {
	f, err := s.find(ctx, "open object", key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return objectAt{bytes.NewReader(f.data)}, nil
}

// objectAt is an open object: the bytes that it had when it was opened.
type objectAt struct{ *bytes.Reader }

func (objectAt) Close() error { return nil }

// Follow implements limnograph.SegmentFollower.
func (s *Store) Follow(ctx context.Context, name string) (io.ReadCloser, error) {
	const op = "follow segment"
	if err := s.checkSegment(ctx, op, name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.off {
		return nil, fail(limnograph.CodeInternal, op, name, ErrPowerLost)
	}
	f, ok := s.segments.now[name]
	if !ok {
		return nil, fail(limnograph.CodeNotFound, op, name, nil)
	}
	return &follower{store: s, name: name, file: f, epoch: s.epoch}, nil
}

// follower reads a file as it is at each Read.
type follower struct {
	store *Store
	name  string
	file  *file
	epoch int

	mu     sync.Mutex
	offset int
	closed bool
}

func (r *follower) Read(p []byte) (int, error) {
	const op = "read segment"
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	switch {
	case r.closed:
		return 0, fail(limnograph.CodeInternal, op, r.name, errors.New("the reader is closed"))
	case r.epoch != r.store.epoch || r.store.faults.off:
		return 0, fail(limnograph.CodeInternal, op, r.name, ErrPowerLost)
	case len(p) == 0:
		return 0, nil
	case r.offset >= len(r.file.data):
		return 0, io.EOF
	}
	n := copy(p, r.file.data[r.offset:])
	r.offset += n
	return n, nil
}

func (r *follower) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}
