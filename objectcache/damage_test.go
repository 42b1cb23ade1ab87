package objectcache_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/objectcache"
)

// damages are what a crash, a disk or a person may do to a copy.
func damages() map[string]func(path string) error {
	return map[string]func(path string) error{
		"Removed":   os.Remove,
		"Truncated": func(path string) error { return os.Truncate(path, 5) },
		"Emptied":   func(path string) error { return os.Truncate(path, 0) },
		"Grown":     func(path string) error { return appendTo(path, "x") },
		"Flipped": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("x", 10)), 0o600)
		},
		"Zeroed": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, make([]byte, info.Size()), 0o600)
		},
		"FlippedAtTheSameTime": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(strings.Repeat("y", 10)), 0o600); err != nil {
				return err
			}
			return os.Chtimes(path, info.ModTime(), info.ModTime())
		},
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

func TestDamageIsNeverServed(t *testing.T) {
	visible := damages()
	delete(visible, "FlippedAtTheSameTime") // nothing shows it before the next start
	for name, damage := range visible {
		t.Run(name+"WhileRunning", func(t *testing.T) {
			f := newFixture(t, objectcache.Config{})
			a, b := f.put("a.gz", 10), f.put("b.gz", 10)
			f.holds(a, b)
			if err := damage(f.Path(a.Key)); err != nil {
				t.Fatal(err)
			}
			if n := f.opens(func() { f.holds(a, b) }); n != 1 {
				t.Errorf("%d objects were fetched again", n)
			}
		})
	}
	for name, damage := range damages() {
		t.Run(name+"BeforeAStart", func(t *testing.T) {
			f := newFixture(t, objectcache.Config{})
			a, b := f.put("a.gz", 10), f.put("b.gz", 10)
			f.holds(a, b)
			f.Close()
			if err := damage(f.Path(a.Key)); err != nil {
				t.Fatal(err)
			}
			f.start()
			if n := f.opens(func() { f.holds(a, b) }); n != 1 {
				t.Errorf("%d objects were fetched again", n)
			}
		})
	}
}

// An index that a crash tore, or that is gone, costs downloads and nothing else.
func TestDamagedIndex(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"Removed":   os.Remove,
		"TornTail":  func(path string) error { return cutTail(path, 7) },
		"Garbage":   func(path string) error { return os.WriteFile(path, []byte("\x00\xff no index\n\n"), 0o600) },
		"LinesMore": func(path string) error { return appendTo(path, strings.Repeat("0", 64)+" 5 5 \"../../escape\"\nabc") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, objectcache.Config{})
			a, b := f.put("a.gz", 10), f.put("b.gz", 10)
			f.holds(a, b)
			f.Close()
			if err := damage(filepath.Join(f.dir, ".index")); err != nil {
				t.Fatal(err)
			}
			f.start()
			f.holds(a, b)
			f.restart()
			if n := f.opens(func() { f.holds(a, b) }); n != 0 {
				t.Errorf("%d objects were fetched after the index was whole again", n)
			}
		})
	}
}

func cutTail(path string, n int64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()-n)
}

// The process dies at any byte of any download: what is found later is whole or fetched again, and the bound holds.
func TestKilledDuringADownload(t *testing.T) {
	f := newFixture(t, objectcache.Config{MaxBytes: 1000})
	a, b := f.put("a.gz", 100), f.put("b.gz", 100)
	f.holds(a)
	for at := range 5 {
		half, never := make(chan struct{}), make(chan struct{})
		f.store.between(func(ctx context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
			return &closing{io.NopCloser(io.MultiReader(io.LimitReader(r, int64(at*25)), &stuck{ctx, half})), func() { r.Close() }}, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(never)
			_, _, _ = f.Hold(ctx, []limnograph.File{b})
		}()
		<-half
		running := f.Cache
		left := t.TempDir()
		if err := os.CopyFS(left, os.DirFS(f.dir)); err != nil {
			t.Fatal(err)
		}
		cancel()
		<-never
		running.Close()
		f.store.between(nil)
		f.dir = left
		f.start()
		if n := f.opens(func() { f.holds(a, b) }); n != 1 {
			t.Errorf("%d objects were fetched after the start", n)
		}
		if err := os.Remove(f.Path(b.Key)); err != nil {
			t.Fatal(err)
		}
		f.restart()
	}
	if left, _ := os.ReadDir(filepath.Join(f.dir, ".tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// stuck reads nothing until its context ends.
type stuck struct {
	ctx     context.Context
	reached chan struct{}
}

func (s *stuck) Read([]byte) (int, error) {
	close(s.reached)
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// A full disk is an error that passes, and takes nothing down.
func TestErrDiskIsFull(t *testing.T) {
	f := newFixture(t, objectcache.Config{})
	a, b := f.put("a.gz", 10), f.put("b.gz", 10)
	f.holds(a)
	f.store.between(func(_ context.Context, _ string, r io.ReadCloser) (io.ReadCloser, error) {
		return &closing{io.NopCloser(&full{}), func() { r.Close() }}, nil
	})
	_, _, err := f.Hold(t.Context(), []limnograph.File{b})
	code(t, err, limnograph.CodeUnavailable)
	if !strings.Contains(err.Error(), "free space") {
		t.Error(err)
	}
	f.store.between(nil)
	f.holds(a, b)
}

// full stands for a writer that has no space: the copy fails with the same error.
type full struct{}

func (*full) Read([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "object", Err: syscall.ENOSPC}
}

// Whatever happens, a held copy is the object, and the folder never holds more than the bound.
func TestAnyOrderOfUseDamageAndRestart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t, objectcache.Config{MaxBytes: 60, Downloads: 2})
		var files []limnograph.File
		for i := range 10 {
			files = append(files, f.put(fmt.Sprintf("%c.gz", 'a'+i), 5+i))
		}
		damage := damages()
		rt.Repeat(map[string]func(*rapid.T){
			"hold": func(rt *rapid.T) {
				f.holds(rapid.SliceOfNDistinct(rapid.SampledFrom(files), 1, 4, func(x limnograph.File) string { return x.Key }).Draw(rt, "files")...)
			},
			"damage": func(rt *rapid.T) {
				if paths := f.onDisk(); len(paths) > 0 {
					path := rapid.SampledFrom(paths).Draw(rt, "path")
					_ = damage[rapid.SampledFrom([]string{"Removed", "Truncated", "Emptied", "Zeroed"}).Draw(rt, "how")](path)
				}
			},
			"restart": func(*rapid.T) { f.restart() },
			"kill":    func(*rapid.T) { f.kill() },
			"": func(rt *rapid.T) {
				if sum := f.bytesOnDisk(); sum > 60 {
					rt.Fatalf("%d bytes on the disk", sum)
				}
				if f.Stats().Bytes > 60 {
					rt.Fatalf("stats %+v", f.Stats())
				}
			},
		})
		f.Close()
	})
}
