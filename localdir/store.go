package localdir

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"limnograph"
	"limnograph/objectkey"
)

var (
	_ limnograph.ObjectStore  = (*Store)(nil)
	_ limnograph.SegmentStore = (*Store)(nil)
)

// Store keeps objects and segments below one directory. It is safe for concurrent use. Several processes may read it
// at the same time; only the holder of its Lock may write.
type Store struct {
	root string
	disk disk
	dirs *dirs
}

// Open returns the store in dir and makes dir if it is missing. Errors: CodeInvalid (dir is a file), CodeUnavailable
// (no space), CodeInternal.
func Open(dir string) (*Store, error) { return openOn(osDisk{}, dir) }

func openOn(disk disk, dir string) (*Store, error) {
	const op = "open data directory"
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, wrap(op, dir, err)
	}
	if err := makeRoot(disk, root); err != nil {
		return nil, wrap(op, dir, err)
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: quote(dir) + " is not a directory", Err: err, Hint: "name a directory, or a path that does not exist yet"}
	}
	return &Store{root: root, disk: disk, dirs: &dirs{disk: disk, root: root, durable: map[string]bool{}}}, nil
}

// Path returns the file that holds the object key, whether it exists or not. A bad key gives an empty path.
func (s *Store) Path(key string) string {
	if objectkey.Check("locate object", key) != nil {
		return ""
	}
	return s.path(key)
}

func (s *Store) path(key string) string { return filepath.Join(s.root, filepath.FromSlash(key)) }

// Open implements limnograph.ObjectReader.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	const op = "open object"
	if err := s.check(ctx, op, key); err != nil {
		return nil, err
	}
	f, _, err := openRegular(s.path(key))
	if err != nil {
		return nil, wrap(op, key, err)
	}
	return f, nil
}

// Stat implements limnograph.ObjectReader.
func (s *Store) Stat(ctx context.Context, key string) (limnograph.ObjectInfo, error) {
	const op = "stat object"
	if err := s.check(ctx, op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	info, err := os.Lstat(s.path(key))
	if err != nil {
		return limnograph.ObjectInfo{}, wrap(op, key, err)
	}
	if !info.Mode().IsRegular() {
		return limnograph.ObjectInfo{}, &limnograph.Error{Code: limnograph.CodeNotFound, Op: op, Message: quote(key) + " is no object"}
	}
	return describe(key, info), nil
}

// Delete implements limnograph.ObjectWriter.
func (s *Store) Delete(ctx context.Context, key string) error {
	const op = "delete object"
	if err := s.check(ctx, op, key); err != nil {
		return err
	}
	return wrap(op, key, s.removeDurably(s.path(key)))
}

// removeDurably removes a file. It syncs the directory also when the file is gone, since an earlier removal may have
// been cut off before that.
func (s *Store) removeDurably(path string) error {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return nil // no object: os.Remove would remove an empty directory
	}
	if err := s.disk.remove(path); err != nil && !os.IsNotExist(err) && codeOf(err) != limnograph.CodeNotFound {
		return err
	}
	err := s.disk.syncDir(filepath.Dir(path))
	if err != nil && codeOf(err) == limnograph.CodeNotFound {
		return nil
	}
	return err
}

func (s *Store) check(ctx context.Context, op, key string) error {
	if err := ctx.Err(); err != nil {
		return wrapContext(op, err)
	}
	return objectkey.Check(op, key)
}

// wrapContext reports a cancelled call; errors.Is finds the context's own error.
func wrapContext(op string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeTimeout, Op: op, Err: err}
}

func describe(key string, info os.FileInfo) limnograph.ObjectInfo {
	return limnograph.ObjectInfo{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}
}
