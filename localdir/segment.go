package localdir

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"limnograph"
	"limnograph/objectkey"
)

var _ limnograph.Segment = (*segment)(nil)

// segment is an open file below segments/.
type segment struct {
	store *Store
	name  string
	path  string
	file  handle
	named bool // its name is durable
	moved bool // Seal has moved it; only syncing the directories may be missing
}

// Create implements limnograph.SegmentStore.
func (s *Store) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	const op = "create segment"
	path, err := s.segmentPath(ctx, op, name)
	if err != nil {
		return nil, err
	}
	var f handle
	err = s.dirs.withDir(filepath.Dir(path), func() (err error) {
		f, err = s.disk.create(path)
		return err
	})
	if err != nil {
		return nil, wrap(op, name, err)
	}
	return &segment{store: s, name: name, path: path, file: f}, nil
}

// Recover implements limnograph.SegmentStore.
func (s *Store) Recover(ctx context.Context, name string) (limnograph.Segment, io.ReadCloser, error) {
	const op = "recover segment"
	path, err := s.segmentPath(ctx, op, name)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.disk.openAppend(path)
	if err != nil {
		return nil, nil, wrap(op, name, err)
	}
	content, err := os.Open(path)
	if err != nil {
		f.Close()
		return nil, nil, wrap(op, name, err)
	}
	return &segment{store: s, name: name, path: path, file: f}, content, nil
}

// Remove implements limnograph.SegmentStore.
func (s *Store) Remove(ctx context.Context, name string) error {
	const op = "remove segment"
	path, err := s.segmentPath(ctx, op, name)
	if err != nil {
		return err
	}
	return wrap(op, name, s.removeDurably(path))
}

// Names implements limnograph.SegmentStore.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	const op = "list segments"
	root := filepath.Join(s.root, objectkey.SegmentsName)
	var names []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return ignoreMissing(err)
		}
		rel, err := filepath.Rel(root, path)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	if err == nil {
		err = ctx.Err()
	}
	slices.Sort(names)
	return names, wrap(op, objectkey.SegmentsName, err)
}

func ignoreMissing(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func (s *Store) segmentPath(ctx context.Context, op, name string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", wrapContext(op, err)
	}
	if err := objectkey.CheckName(op, name); err != nil {
		return "", err
	}
	return filepath.Join(s.root, objectkey.SegmentsName, filepath.FromSlash(name)), nil
}

func (g *segment) Write(p []byte) (int, error) {
	n, err := g.file.Write(p)
	return n, wrap("write segment", g.name, err)
}

func (g *segment) Sync() error {
	const op = "sync segment"
	if err := g.file.Sync(); err != nil {
		return wrap(op, g.name, err)
	}
	if g.named {
		return nil
	}
	if err := g.store.disk.syncDir(filepath.Dir(g.path)); err != nil {
		return wrap(op, g.name, err)
	}
	g.named = true
	return nil
}

func (g *segment) Truncate(size int64) error {
	return wrap("truncate segment", g.name, g.file.Truncate(size))
}

// Seal may be called again after an error: it goes on where it stopped.
func (g *segment) Seal(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	const op = "seal segment"
	if err := g.store.check(ctx, op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	if err := g.move(g.store.path(key)); err != nil {
		return limnograph.ObjectInfo{}, wrap(op, key, err)
	}
	info, err := g.file.Stat()
	if err != nil {
		return limnograph.ObjectInfo{}, wrap(op, key, err)
	}
	_ = g.file.Close() // the object is durable: a failure here takes nothing from it, and could not be tried again
	return describe(key, info), nil
}

// move makes the content durable under its final name, and only then removes the old one: at every moment one of the
// two is durable.
func (g *segment) move(to string) error {
	if !g.moved {
		if err := g.file.Sync(); err != nil {
			return err
		}
		if err := g.store.dirs.withDir(filepath.Dir(to), func() error { return g.store.disk.link(g.path, to) }); err != nil {
			return err
		}
		g.moved = true
	}
	if err := g.store.disk.syncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return g.store.removeDurably(g.path)
}

func (g *segment) Close() error { return wrap("close segment", g.name, g.file.Close()) }
