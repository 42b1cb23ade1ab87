package objectcache_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"limnograph"
	"limnograph/mem"
	"limnograph/objectcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store counts what is opened, and lets a test stand between the store and its reader.
type store struct {
	*mem.Store
	opened atomic.Int64
	mu     sync.Mutex
	open   func(ctx context.Context, key string, r io.ReadCloser) (io.ReadCloser, error)
}

func (s *store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	s.opened.Add(1)
	r, err := s.Store.Open(ctx, key)
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	if err != nil || open == nil {
		return r, err
	}
	return open(ctx, key, r)
}

func (s *store) between(open func(ctx context.Context, key string, r io.ReadCloser) (io.ReadCloser, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = open
}

// fixture is a cache over a store.
type fixture struct {
	*objectcache.Cache
	t     testing.TB
	dir   string
	store *store
	cfg   objectcache.Config
}

func newFixture(t testing.TB, cfg objectcache.Config) *fixture {
	f := &fixture{t: t, dir: filepath.Join(t.TempDir(), "cache"), store: &store{Store: mem.New()}, cfg: cfg}
	f.start()
	t.Cleanup(func() { f.Close() })
	return f
}

// start opens the folder as a new process would.
func (f *fixture) start() {
	f.t.Helper()
	var err error
	if f.Cache, err = objectcache.Open(f.dir, f.store, f.cfg); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) restart() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.start()
}

// kill leaves the folder as a killed process would: the next one finds a copy of what is on the disk now.
func (f *fixture) kill() {
	f.t.Helper()
	left := f.t.TempDir()
	if err := os.CopyFS(left, os.DirFS(f.dir)); err != nil {
		f.t.Fatal(err)
	}
	f.Close()
	f.dir = left
	f.start()
}

// put stores an object of a size and lists it.
func (f *fixture) put(name string, size int) limnograph.File {
	f.t.Helper()
	key := "landing/metrics/glue_metrics/sender=a/year=2026/month=11/day=24/hour=05/" + name
	return f.putKey(key, strings.Repeat(name[:1], size))
}

func (f *fixture) putKey(key, content string) limnograph.File {
	f.t.Helper()
	if _, err := f.store.Put(f.t.Context(), key, strings.NewReader(content), limnograph.PutOptions{}); err != nil {
		f.t.Fatal(err)
	}
	return limnograph.File{Key: key, Size: int64(len(content))}
}

// holds takes files, compares their content with the store's, and gives them back.
func (f *fixture) holds(files ...limnograph.File) {
	f.t.Helper()
	paths, release, err := f.Hold(f.t.Context(), files)
	if err != nil {
		f.t.Fatal(err)
	}
	defer release()
	for i, file := range files {
		f.same(file.Key, paths[i])
	}
}

func (f *fixture) same(key, path string) {
	f.t.Helper()
	r, err := f.store.Store.Open(f.t.Context(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	want, _ := io.ReadAll(r)
	r.Close()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		f.t.Errorf("%s: %d bytes %.20q, %v, want %d bytes %.20q", key, len(got), got, err, len(want), want)
	}
}

// opens reports how many objects were fetched while do ran.
func (f *fixture) opens(do func()) int64 {
	before := f.store.opened.Load()
	do()
	return f.store.opened.Load() - before
}

// onDisk lists the copies in the folder.
func (f *fixture) onDisk() (paths []string) {
	f.t.Helper()
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return paths
}

func (f *fixture) bytesOnDisk() (sum int64) {
	for _, path := range f.onDisk() {
		if info, err := os.Stat(path); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

func code(t *testing.T, err error, want limnograph.Code) {
	t.Helper()
	var known *limnograph.Error
	if !errors.As(err, &known) || known.Code != want {
		t.Errorf("error %v, want code %s", err, want)
	}
}

type closing struct {
	io.ReadCloser
	closed func()
}

func (c *closing) Close() error { c.closed(); return c.ReadCloser.Close() }
