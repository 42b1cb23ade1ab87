package mem

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"limnograph"
	"limnograph/objectkey"
)

// Open implements limnograph.ObjectReader.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	f, err := s.find(ctx, "open object", key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return io.NopCloser(bytes.NewReader(f.data)), nil
}

// Stat implements limnograph.ObjectReader.
func (s *Store) Stat(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	f, err := s.find(ctx, "stat object", key)
	if err != nil {
		return limnograph.ObjectInfo{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return describe(key, f), nil
}

func (s *Store) find(ctx context.Context, op, key string) (*file, error) {
	if err := checkContext(ctx, op); err != nil {
		return nil, err
	}
	if err := objectkey.Check(op, key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.off {
		return nil, fail(limnograph.CodeInternal, op, key, ErrPowerLost)
	}
	f, ok := s.objects.now[key]
	if !ok {
		return nil, fail(limnograph.CodeNotFound, op, key, nil)
	}
	return f, nil
}

// List implements limnograph.ObjectReader. It lists what was there when it began.
func (s *Store) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		for _, info := range s.matching(prefix, after) {
			if err := checkContext(ctx, "list objects"); err != nil {
				yield(limnograph.ObjectInfo{}, err)
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

func (s *Store) matching(prefix, after string) []limnograph.ObjectInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !objectkey.CanBegin(prefix) {
		return nil
	}
	var found []limnograph.ObjectInfo
	for key, f := range s.objects.now {
		if strings.HasPrefix(key, prefix) && key > after {
			found = append(found, describe(key, f))
		}
	}
	slices.SortFunc(found, func(a, b limnograph.ObjectInfo) int { return strings.Compare(a.Key, b.Key) })
	return found
}

// Put implements limnograph.ObjectWriter.
func (s *Store) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	const op = "put object"
	if err := checkContext(ctx, op); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	if err := objectkey.Check(op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return limnograph.ObjectInfo{}, fail(limnograph.CodeInternal, op, key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &file{data: data, modified: s.cfg.Now()}
	if err := s.put(op, key, f, opt); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	return describe(key, f), nil
}

func (s *Store) put(op, key string, f *file, opt limnograph.PutOptions) error {
	if err := s.faults.take(OpPut); err != nil {
		return wrap(op, key, err)
	}
	if err := s.faults.needSpace(op, key); err != nil {
		return err
	}
	if _, taken := s.objects.now[key]; taken && opt.IfAbsent {
		return fail(limnograph.CodeExists, op, key, nil)
	}
	f.sync()
	s.objects.now[key] = f
	return s.lastName(OpPut, s.objects, op, key)
}

// Delete implements limnograph.ObjectWriter.
func (s *Store) Delete(ctx context.Context, key string) error {
	const op = "delete object"
	if err := checkContext(ctx, op); err != nil {
		return err
	}
	if err := objectkey.Check(op, key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.faults.take(OpDelete); err != nil {
		return wrap(op, key, err)
	}
	delete(s.objects.now, key)
	return s.lastName(OpDelete, s.objects, op, key)
}

// syncName is the step that syncs a directory.
func (s *Store) syncName(kind Op, sp space, op, name string) error {
	if err := s.faults.step(); err != nil {
		return wrap(op, name, err)
	}
	if !s.faults.lies[kind] {
		sp.sync(name)
	}
	return nil
}

// lastName is syncName as the last step of an operation.
func (s *Store) lastName(kind Op, sp space, op, name string) error {
	if err := s.syncName(kind, sp, op, name); err != nil {
		return err
	}
	if err := s.faults.takeLate(kind); err != nil {
		return wrap(op, name, err)
	}
	return nil
}

func describe(key string, f *file) limnograph.ObjectInfo {
	return limnograph.ObjectInfo{Key: key, Size: int64(len(f.data)), Modified: f.modified}
}
