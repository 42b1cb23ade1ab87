package localdir

import (
	"context"
	"io"
	"os"

	"limnograph"
)

var _ limnograph.RandomReader = (*Store)(nil)

// fileAt is an open object.
type fileAt struct {
	*os.File
	size int64
}

func (f fileAt) Size() int64 { return f.size }

// OpenAt implements limnograph.RandomReader.
func (s *Store) OpenAt(ctx context.Context, key string) (limnograph.ObjectAt, error) {
	const op = "open object"
	if err := s.check(ctx, op, key); err != nil {
		return nil, err
	}
	f, info, err := openRegular(s.path(key))
	if err != nil {
		return nil, wrap(op, key, err)
	}
	return fileAt{f, info.Size()}, nil
}

// openRegular opens a file for reading. Anything else than a file does not exist.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
	}
	if err != nil {
		_ = f.Close() // err says more
		return nil, nil, err
	}
	return f, info, nil
}

var _ limnograph.SegmentFollower = (*Store)(nil)

// Follow implements limnograph.SegmentFollower: the file stays the same one when sealing gives it another name.
func (s *Store) Follow(ctx context.Context, name string) (io.ReadCloser, error) {
	const op = "follow segment"
	path, err := s.segmentPath(ctx, op, name)
	if err != nil {
		return nil, err
	}
	f, _, err := openRegular(path)
	if err != nil {
		return nil, wrap(op, name, err)
	}
	return f, nil
}
