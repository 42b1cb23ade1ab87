package localdir

import (
	"context"
	"io"
	"path/filepath"

	"limnograph"
	"limnograph/objectkey"
)

// Put implements limnograph.ObjectWriter.
func (s *Store) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	const op = "put object"
	if err := s.check(ctx, op, key); err != nil {
		return limnograph.ObjectInfo{}, err
	}
	staged, err := s.stage(body)
	if err != nil {
		return limnograph.ObjectInfo{}, wrap(op, key, err)
	}
	defer func() { _ = s.disk.remove(staged) }() // already gone after a rename; what stays is removed at the next start
	if err := ctx.Err(); err != nil {
		return limnograph.ObjectInfo{}, wrapContext(op, err)
	}
	if err := s.publish(staged, s.path(key), opt.IfAbsent); err != nil {
		return limnograph.ObjectInfo{}, wrap(op, key, err)
	}
	return s.Stat(ctx, key)
}

// stage writes body to a synced file that no key names yet.
func (s *Store) stage(body io.Reader) (path string, err error) {
	dir := filepath.Join(s.root, objectkey.StagingName)
	var f handle
	err = s.dirs.withDir(dir, func() (err error) {
		f, err = s.disk.createTemp(dir, "put-*")
		return err
	})
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = s.disk.remove(f.Name()) // err says more; what stays is removed at the next start
		}
	}()
	if err := fill(f, body); err != nil {
		return "", err
	}
	return f.Name(), nil
}

// fill copies body to f, syncs and closes it.
func fill(f handle, body io.Reader) error {
	_, err := io.Copy(f, body)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// publish gives a synced file its final name in one step. A link, unlike a rename, refuses a name that is taken.
func (s *Store) publish(from, to string, ifAbsent bool) error {
	move := s.disk.rename
	if ifAbsent {
		move = s.disk.link
	}
	dir := filepath.Dir(to)
	if err := s.dirs.withDir(dir, func() error { return move(from, to) }); err != nil {
		return err
	}
	return s.disk.syncDir(dir)
}
