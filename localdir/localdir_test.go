package localdir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"limnograph"
	"limnograph/localdir"
)

func TestOpen(t *testing.T) {
	t.Run("MakesMissingDirectories", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b", "c")
		if _, err := localdir.Open(dir); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("RefusesAFile", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := localdir.Open(file); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("error %v", err)
		}
	})
}

func TestPath(t *testing.T) {
	dir := t.TempDir()
	s, err := localdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Path("landing/x.gz"), filepath.Join(dir, "landing", "x.gz"); got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if got := s.Path("../x"); got != "" {
		t.Errorf("path of a bad key is %q", got)
	}
}

func TestFilesOfOthers(t *testing.T) {
	dir := t.TempDir()
	s, err := localdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"admin-token", "staging/put-1", "segments/metrics/x"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "staging", "link")); err != nil {
		t.Fatal(err)
	}
	t.Run("AreNotListed", func(t *testing.T) {
		for info, err := range s.List(t.Context(), "", "") {
			t.Errorf("listed %+v, %v", info, err)
		}
	})
	t.Run("CannotBeRead", func(t *testing.T) {
		for _, key := range []string{"admin-token", "staging/put-1", "segments/metrics/x"} {
			if _, err := s.Open(t.Context(), key); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
				t.Errorf("open %q: %v", key, err)
			}
		}
	})
	t.Run("AfterARestartStagingIsEmpty", func(t *testing.T) {
		lock, err := localdir.AcquireLock(dir, "test", now)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Release()
		if _, err := os.Stat(filepath.Join(dir, "staging")); !os.IsNotExist(err) {
			t.Errorf("staging is there: %v", err)
		}
		if _, err := s.Put(t.Context(), "a/k", strings.NewReader("x"), limnograph.PutOptions{}); err != nil {
			t.Errorf("put after staging was removed: %v", err)
		}
	})
}

func TestDirectoryRemovedByOthersComesBack(t *testing.T) {
	dir := t.TempDir()
	s, err := localdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a/b/c/k", "a/b/c/k", "a/b/d/k"} {
		if _, err := s.Put(t.Context(), key, strings.NewReader("x"), limnograph.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeleteSparesDirectories(t *testing.T) {
	s := open(t)
	if err := os.MkdirAll(s.Path("a/b/c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "a/b/c"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Path("a/b/c")); err != nil {
		t.Error(err)
	}
}

// An empty folder goes with the folders above it that have become empty, and comes back when an object needs it.
func TestRemoveEmpty(t *testing.T) {
	s := open(t)
	put := func(key string) {
		t.Helper()
		if _, err := s.Put(t.Context(), key, strings.NewReader("x"), limnograph.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("a/b/c/1")
	put("a/b/d/1")
	for _, folder := range []string{"a/b/c/", "a/none/", "a/b/c/1"} {
		if err := s.RemoveEmpty(t.Context(), folder); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
	if _, err := s.Stat(t.Context(), "a/b/c/1"); err != nil {
		t.Errorf("an object was removed: %v", err)
	}
	for _, key := range []string{"a/b/c/1", "a/b/d/1"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveEmpty(t.Context(), filepath.Dir(key)+"/"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(s.Path("a/b"))); err != nil || len(left) != 0 {
		t.Errorf("left below a: %v, %v", left, err)
	}
	put("a/b/c/1")
	if err := s.RemoveEmpty(t.Context(), "../x/"); limnograph.ErrorCode(err) != limnograph.CodeInvalid {
		t.Errorf("outside: %v", err)
	}
}

// A full disk is played by the device whose writes always fail for lack of space.
func TestFullDiskIsUnavailable(t *testing.T) {
	dir := t.TempDir()
	s, err := localdir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "segments"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(dir, "segments", "x")); err != nil {
		t.Fatal(err)
	}
	g, content, err := s.Recover(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	defer g.Close()
	if _, err := g.Write([]byte("x")); limnograph.ErrorCode(err) != limnograph.CodeUnavailable || !strings.Contains(err.Error(), "free space") {
		t.Errorf("error %v", err)
	}
}
