package mem

import (
	"bytes"
	"context"
	"errors"
	"io"

	"limnograph"
	"limnograph/objectkey"
)

var _ limnograph.Segment = (*segment)(nil)

// segment is a handle on an open segment.
type segment struct {
	store *Store
	name  string
	file  *file
	epoch int
	done  bool // sealed or closed
	moved bool // Seal has given the object its name
}

// Create implements limnograph.SegmentStore.
func (s *Store) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	const op = "create segment"
	if err := s.checkSegment(ctx, op, name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.take(OpCreate); err != nil {
		return nil, wrap(op, name, err)
	}
	if err := s.faults.needSpace(op, name); err != nil {
		return nil, err
	}
	if _, taken := s.segments.now[name]; taken {
		return nil, fail(limnograph.CodeExists, op, name, nil)
	}
	f := &file{modified: s.cfg.Now()}
	s.segments.now[name] = f
	return &segment{store: s, name: name, file: f, epoch: s.epoch}, nil
}

// Recover implements limnograph.SegmentStore.
func (s *Store) Recover(ctx context.Context, name string) (limnograph.Segment, io.ReadCloser, error) {
	const op = "recover segment"
	if err := s.checkSegment(ctx, op, name); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.step(); err != nil {
		return nil, nil, wrap(op, name, err)
	}
	f, ok := s.segments.now[name]
	if !ok {
		return nil, nil, fail(limnograph.CodeNotFound, op, name, nil)
	}
	return &segment{store: s, name: name, file: f, epoch: s.epoch}, io.NopCloser(bytes.NewReader(f.data)), nil
}

// Remove implements limnograph.SegmentStore.
func (s *Store) Remove(ctx context.Context, name string) error {
	const op = "remove segment"
	if err := s.checkSegment(ctx, op, name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.take(OpRemove); err != nil {
		return wrap(op, name, err)
	}
	delete(s.segments.now, name)
	return s.syncName(OpRemove, s.segments, op, name)
}

// Names implements limnograph.SegmentStore.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	if err := checkContext(ctx, "list segments"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.step(); err != nil {
		return nil, wrap("list segments", "", err)
	}
	return sortedKeys(s.segments.now), nil
}

func (s *Store) checkSegment(ctx context.Context, op, name string) error {
	if err := checkContext(ctx, op); err != nil {
		return err
	}
	return objectkey.CheckName(op, name)
}

func (g *segment) Write(p []byte) (int, error) {
	const op = "write segment"
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	if err := g.usable(op); err != nil {
		return 0, err
	}
	err := g.store.faults.take(OpWrite)
	if err == nil {
		err = g.store.faults.needSpace(op, g.name)
	}
	if err != nil {
		n := len(p) / 2
		g.file.data = append(g.file.data, p[:n]...)
		return n, wrap(op, g.name, err)
	}
	g.file.data = append(g.file.data, p...)
	return len(p), nil
}

func (g *segment) Sync() error {
	const op = "sync segment"
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	if err := g.usable(op); err != nil {
		return err
	}
	if err := g.syncContent(op); err != nil {
		return err
	}
	return g.store.syncName(OpSync, g.store.segments, op, g.name)
}

func (g *segment) syncContent(op string) error {
	if err := g.store.faults.take(OpSync); err != nil {
		return wrap(op, g.name, err)
	}
	if !g.store.faults.lies[OpSync] {
		g.file.sync()
	}
	return nil
}

func (g *segment) Truncate(size int64) error {
	const op = "truncate segment"
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	if err := g.usable(op); err != nil {
		return err
	}
	if err := g.store.faults.step(); err != nil {
		return wrap(op, g.name, err)
	}
	if size < 0 || size > int64(len(g.file.data)) {
		return fail(limnograph.CodeInvalid, op, g.name, errors.New("size out of range"))
	}
	g.file.truncate(size)
	return nil
}

// Seal may be called again after an error: it goes on where it stopped.
func (g *segment) Seal(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	const op = "seal segment"
	if err := checkContext(ctx, op); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	if err := objectkey.Check(op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	if err := g.usable(op); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	if err := g.move(op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	g.done = true
	return describe(key, g.file), nil
}

// move has the steps of localdir: content, new name, its directory, old name, its directory.
func (g *segment) move(op, key string) error {
	s := g.store
	if !g.moved {
		if _, taken := s.objects.now[key]; taken {
			return fail(limnograph.CodeExists, op, key, nil)
		}
		if err := g.syncContent(op); err != nil {
			return err
		}
		if err := s.faults.take(OpSeal); err != nil {
			return wrap(op, key, err)
		}
		g.file.modified = s.cfg.Now()
		s.objects.now[key] = g.file
		g.moved = true
	}
	if err := s.syncName(OpSeal, s.objects, op, key); err != nil {
		return err
	}
	delete(s.segments.now, g.name)
	return s.syncName(OpSeal, s.segments, op, g.name)
}

func (g *segment) Close() error {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	g.done = true
	return nil
}

func (g *segment) usable(op string) error {
	if g.epoch != g.store.epoch {
		return fail(limnograph.CodeInternal, op, g.name, ErrPowerLost)
	}
	if g.done {
		return fail(limnograph.CodeInternal, op, g.name, errors.New("the segment is closed"))
	}
	return nil
}

// wrap keeps the code of an injected error.
func wrap(op, name string, err error) error {
	var done *limnograph.Error
	if errors.As(err, &done) {
		return err
	}
	return fail(limnograph.CodeInternal, op, name, err)
}
