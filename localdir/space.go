//go:build unix

package localdir

import "syscall"

// FreeBytes returns the space that an ordinary user may still fill on the disk that holds the store.
func (s *Store) FreeBytes() (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.root, &st); err != nil {
		return 0, wrap("measure free space", s.root, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:gosec // a disk of over 8 EiB is no case
}
