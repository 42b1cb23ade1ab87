package objectcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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

func TestACopyIsFetchedOnce(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a, b := f.put("a.gz", 10), f.put("b.gz", 20)
	if n := f.opens(func() { f.holds(a, b, a) }); n != 2 {
		t.Errorf("%d objects were fetched", n)
	}
	if n := f.opens(func() { f.holds(b, a) }); n != 0 {
		t.Errorf("%d objects were fetched again", n)
	}
	want := objectcache.Stats{Hits: 2, Misses: 2, Fetched: 30, Bytes: 30, Objects: 2}
	if got := f.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestPathsKeepTheKey(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 1)
	if want := filepath.Join(f.dir, filepath.FromSlash(a.Key)); f.Path(a.Key) != want {
		t.Errorf("path %s, want %s", f.Path(a.Key), want)
	}
	folder := "landing/metrics/t/sender=a%20b/year=2026/month=11/day=24/hour=05/"
	seen := map[string]string{}
	for _, name := range []string{"*.gz", "%2A.gz", "a?.gz", "a[b].gz", "\\.gz", "%.gz", "a b.gz", "ä.gz", strings.Repeat("l", 250) + ".gz", strings.Repeat("l", 251) + ".gz"} {
		path := f.Path(folder + name)
		base := filepath.Base(path)
		if strings.ContainsAny(base, "*?[]{}\\\n") || len(base) > 255 || !strings.HasSuffix(base, ".gz") {
			t.Errorf("%q becomes %q", name, base)
		}
		if filepath.Dir(path) != filepath.Join(f.dir, filepath.FromSlash(folder)) {
			t.Errorf("%q stands in %s", name, filepath.Dir(path))
		}
		if other, taken := seen[path]; taken {
			t.Errorf("%q and %q share a path", name, other)
		}
		seen[path] = name
		f.holds(f.putKey(folder+name, "content of "+name))
	}
}

func TestErrKeyLeavesTheFolder(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	for _, key := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".index", ".tmp/x", "a\n/b", "a*/b", "a/./b"} {
		_, _, err := f.Hold(t.Context(), []limnograph.File{{Key: key}})
		code(t, err, limnograph.CodeInvalid)
	}
}

func TestTheLongestUnusedMakesRoom(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c, d := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10), f.put("d.gz", 10)
	f.holds(a)
	f.holds(b)
	f.holds(c)
	f.holds(a) // now b is the longest unused
	f.holds(d)
	if n := f.opens(func() { f.holds(a); f.holds(c); f.holds(d) }); n != 0 {
		t.Errorf("%d of the three used last are gone", n)
	}
	if n := f.opens(func() { f.holds(b) }); n != 1 {
		t.Error("the longest unused one is still there")
	}
	if sum := f.bytesOnDisk(); sum != 30 {
		t.Errorf("%d bytes on the disk", sum)
	}
}

// The order of use outlives the process, and a smaller limit holds at once.
func TestRestartKeepsCopiesAndOrder(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	f.holds(a, b, c)
	f.holds(a)
	f.cfg.MaxBytes = 10
	f.restart()
	if sum := f.bytesOnDisk(); sum != 10 {
		t.Errorf("%d bytes on the disk, the limit is 10", sum)
	}
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("the one used last had to be fetched")
	}
}

// The same key in another store is another object.
func TestCopiesOfAnotherStoreAreRemoved(t *testing.T) {
	f := newFixture(t, objectcache.Config{Of: "s3://one"})
	a := f.put("a.gz", 10)
	f.holds(a)
	f.restart()
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("fetched again from the same store")
	}
	f.cfg.Of = "s3://two"
	f.store = &store{Store: mem.New()}
	f.restart()
	if len(f.onDisk()) != 0 {
		t.Errorf("on the disk: %v", f.onDisk())
	}
	f.putKey(a.Key, "other text")
	f.holds(a)
}

func TestErrMoreThanTheCacheHolds(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	a, b, c, d := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10), f.put("d.gz", 1)
	var err error
	n := f.opens(func() { _, _, err = f.Hold(t.Context(), []limnograph.File{a, b, c, d}) })
	code(t, err, limnograph.CodeTooLarge)
	if n != 0 || !strings.Contains(err.Error(), "cache.max_bytes") || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("%d objects were fetched; %v", n, err)
	}
	f.holds(a, b, c)
}

func TestHeldCopiesStay(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 20})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	paths, release, err := f.Hold(t.Context(), []limnograph.File{a})
	if err != nil {
		t.Fatal(err)
	}
	f.holds(b)
	f.holds(c)
	f.same(a.Key, paths[0])
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{b, c})
		waiting <- err
	}()
	cancel()
	code(t, <-waiting, limnograph.CodeUnavailable)
	release()
	release() // twice: no difference
	f.holds(b, c)
}

// Whoever waits for room gets it in the order of coming, and holds nothing meanwhile.
func TestHoldWaitsForRoom(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 20})
	a, b, c := f.put("a.gz", 10), f.put("b.gz", 10), f.put("c.gz", 10)
	_, first, err := f.Hold(t.Context(), []limnograph.File{a, b})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.holds(b, c)
	}()
	first()
	<-done
}

func TestManyQueriesShareOneDownload(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 1000)
	gate := make(chan struct{})
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) { <-gate; return r, nil })
	var queries sync.WaitGroup
	for range 20 {
		queries.Go(func() { f.holds(a) })
	}
	close(gate)
	queries.Wait()
	if n := f.store.opened.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestDownloadsAreBounded(t *testing.T) {
	f := newFixture(t, objectcache.Config{Downloads: 3})
	var files []limnograph.File
	for i := range 40 {
		files = append(files, f.put(fmt.Sprintf("%c%d.gz", 'a'+i%26, i), 10))
	}
	var now, most atomic.Int64
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		return &closing{r, func() { now.Add(-1) }}, nil
	})
	var queries sync.WaitGroup
	for range 4 {
		queries.Go(func() { f.holds(files...) })
	}
	queries.Wait()
	if m := most.Load(); m > 3 {
		t.Errorf("%d downloads at a time", m)
	}
}

type closing struct {
	io.ReadCloser
	closed func()
}

func (c *closing) Close() error { c.closed(); return c.ReadCloser.Close() }

// A query that is given up leaves nothing, and does not take the download away from another one.
func TestCancelledDownload(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started := make(chan struct{}, 2)
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, errors.Join(ctx.Err(), r.Close())
	})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{a})
		failed <- err
	}()
	<-started
	cancel()
	code(t, <-failed, limnograph.CodeUnavailable)
	f.store.between(nil)
	f.holds(a)
	f.restart() // waits for what was given up
	if left, err := os.ReadDir(filepath.Join(f.dir, ".tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if got := f.Stats(); got.Objects != 1 || got.Bytes != 10 {
		t.Errorf("stats %+v", got)
	}
}

func TestOneLeavesTheOtherStays(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started, gate := make(chan struct{}, 2), make(chan struct{})
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		started <- struct{}{}
		select {
		case <-gate:
			return r, nil
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), r.Close())
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan struct{})
	go func() {
		_, _, err := f.Hold(ctx, []limnograph.File{a})
		left <- err
	}()
	<-started
	go func() {
		defer close(stayed)
		f.holds(a)
	}()
	cancel()
	code(t, <-left, limnograph.CodeUnavailable)
	close(gate)
	<-stayed
}

func TestErrObjectIsGone(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a, b := f.put("a.gz", 10), f.put("b.gz", 10)
	if err := f.store.Delete(t.Context(), a.Key); err != nil {
		t.Fatal(err)
	}
	_, _, err := f.Hold(t.Context(), []limnograph.File{a, b})
	code(t, err, limnograph.CodeUnavailable)
	if !strings.Contains(err.Error(), "no longer in the store") {
		t.Error(err)
	}
	f.holds(b)
}

// What arrives broken is fetched again, and never served when it stays broken.
func TestBrokenTransfer(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 100)
	var broken int
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		if broken--; broken < 0 {
			return r, nil
		}
		return &closing{io.NopCloser(io.LimitReader(r, 50)), func() { r.Close() }}, nil
	})
	broken = 2
	f.holds(a)
	b := f.put("b.gz", 100)
	broken = 1000
	_, _, err := f.Hold(t.Context(), []limnograph.File{b})
	if err == nil || !strings.Contains(err.Error(), "50 of 100 bytes") {
		t.Errorf("error %v", err)
	}
	if len(f.onDisk()) != 1 {
		t.Errorf("on the disk: %v", f.onDisk())
	}
	broken = 0
	f.holds(b)
}

// An object that was replaced against the promise of its key is fetched when the listing says so.
func TestReplacedObject(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 30})
	old := f.put("a.gz", 10)
	f.holds(old)
	fresh := f.put("a.gz", 20)
	f.holds(fresh)
	f.holds(limnograph.File{Key: fresh.Key})
	if got := f.Stats(); got.Bytes != 20 || got.Objects != 1 {
		t.Errorf("stats %+v", got)
	}
	b := f.put("b.gz", 15) // listed as it was before
	b.Size = 5
	f.holds(b)
	if sum := f.bytesOnDisk(); sum > 30 {
		t.Errorf("%d bytes on the disk", sum)
	}
}

func TestReaderReadsThroughTheCache(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 10})
	a, b := f.put("a.gz", 10), f.put("b.gz", 10)
	r, err := f.Reader().Open(t.Context(), a.Key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != strings.Repeat("a", 10) {
		t.Errorf("%q, %v", text, err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if n := f.opens(func() { f.holds(a) }); n != 0 {
		t.Error("fetched twice")
	}
	f.holds(b)
	if _, err := f.Reader().Open(t.Context(), "landing/none.gz"); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("an object that is not there: %v", err)
	}
	var keys []string
	for info, err := range f.Reader().List(t.Context(), "landing/", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if !slices.Equal(keys, []string{a.Key, b.Key}) {
		t.Errorf("listed %v", keys)
	}
}

func TestErrFolderIsTaken(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	_, err := objectcache.Open(f.dir, f.store, objectcache.Config{})
	code(t, err, limnograph.CodeConflict)
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "letter"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = objectcache.Open(home, f.store, objectcache.Config{})
	code(t, err, limnograph.CodeConflict)
	if _, err := os.Stat(filepath.Join(home, "letter")); err != nil {
		t.Error(err)
	}
}

func TestErrClosed(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a := f.put("a.gz", 10)
	started := make(chan struct{})
	f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		close(started)
		<-ctx.Done()
		return nil, errors.Join(ctx.Err(), r.Close())
	})
	failed := make(chan error)
	go func() {
		_, _, err := f.Hold(t.Context(), []limnograph.File{a})
		failed <- err
	}()
	<-started
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	code(t, <-failed, limnograph.CodeUnavailable)
	_, _, err := f.Hold(t.Context(), nil)
	code(t, err, limnograph.CodeUnavailable)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
