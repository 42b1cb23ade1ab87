package localdir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"limnograph"
)

var errPower = errors.New("the power is off")

// powerDisk is the real disk with a memory of what is durable on it: the content of a file by its syncs, a name by the
// syncs of its directory. Its power fails before a chosen operation.
type powerDisk struct {
	osDisk
	left    int                          // operations until the power fails; negative: it does not
	lie     string                       // kind of sync that does nothing: "file", "dir", or none
	content map[uint64]string            // by inode: content at the last sync
	names   map[string]map[string]uint64 // by directory: its names at its last sync, with their inodes
}

func newPowerDisk(left int) *powerDisk {
	return &powerDisk{left: left, content: map[uint64]string{}, names: map[string]map[string]uint64{}}
}

// do runs an operation while there is power.
func (d *powerDisk) do(operation func() error) error {
	if d.left == 0 {
		return errPower
	}
	d.left--
	return operation()
}

func (d *powerDisk) mkdir(path string, perm os.FileMode) error {
	return d.do(func() error { return d.osDisk.mkdir(path, perm) })
}

func (d *powerDisk) link(from, to string) error {
	return d.do(func() error { return d.osDisk.link(from, to) })
}

func (d *powerDisk) rename(from, to string) error {
	return d.do(func() error { return d.osDisk.rename(from, to) })
}

func (d *powerDisk) remove(path string) error {
	return d.do(func() error { return d.osDisk.remove(path) })
}

func (d *powerDisk) create(path string) (handle, error) {
	return d.handle(func() (handle, error) { return d.osDisk.create(path) })
}

func (d *powerDisk) createTemp(dir, pattern string) (handle, error) {
	return d.handle(func() (handle, error) { return d.osDisk.createTemp(dir, pattern) })
}

func (d *powerDisk) openAppend(path string) (handle, error) {
	return d.handle(func() (handle, error) { return d.osDisk.openAppend(path) })
}

func (d *powerDisk) handle(open func() (handle, error)) (h handle, err error) {
	err = d.do(func() (err error) { h, err = open(); return err })
	if err != nil {
		return nil, err
	}
	return &powerHandle{h, d}, nil
}

func (d *powerDisk) syncDir(path string) error {
	return d.do(func() error {
		entries, err := os.ReadDir(path)
		if err != nil || d.lie == "dir" {
			return err
		}
		d.names[path] = map[string]uint64{}
		for _, e := range entries {
			d.names[path][e.Name()] = inode(filepath.Join(path, e.Name()))
		}
		return nil
	})
}

type powerHandle struct {
	handle
	disk *powerDisk
}

func (h *powerHandle) Write(p []byte) (n int, err error) {
	err = h.disk.do(func() (err error) { n, err = h.handle.Write(p); return err })
	return n, err
}

func (h *powerHandle) Sync() error {
	return h.disk.do(func() error {
		if h.disk.lie == "file" {
			return nil
		}
		text, err := os.ReadFile(h.Name())
		h.disk.content[inode(h.Name())] = string(text)
		return err
	})
}

func inode(path string) uint64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// cut builds, in another directory, what the disk holds when nothing survives but what was synced.
func (d *powerDisk) cut(t *testing.T, from, to string) {
	t.Helper()
	for name, ino := range d.names[from] {
		old, fresh := filepath.Join(from, name), filepath.Join(to, name)
		if info, err := os.Lstat(old); err == nil && info.IsDir() {
			must(t, os.Mkdir(fresh, 0o755))
			d.cut(t, old, fresh)
			continue
		}
		must(t, os.WriteFile(fresh, []byte(d.content[ino]), 0o644))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// promise is what a store must hold: by name, the content that is allowed. There are several while the power may have
// failed between one and the next.
type promise map[string][]string

// gone is the content of what does not exist.
const gone = "\x00gone"

// history does one of everything, and notes in p what has been promised and what is under way.
func history(t *testing.T, s *Store, p promise) error {
	put := func(key, body string, opt limnograph.PutOptions) error {
		return p.while(key, body, func() error {
			_, err := s.Put(t.Context(), key, strings.NewReader(body), opt)
			return err
		})
	}
	segment := func(name, key, body string) error {
		g, err := s.Create(t.Context(), name)
		if err != nil {
			return err
		}
		defer g.Close()
		if _, err := io.WriteString(g, body); err != nil {
			return err
		}
		if err := p.while("segments/"+name, body, g.Sync); err != nil || key == "" {
			return err
		}
		p["segments/"+name] = []string{body, body + ", more", gone}
		if _, err := io.WriteString(g, ", more"); err != nil {
			return err
		}
		err = p.while(key, body+", more", func() error {
			_, err := g.Seal(t.Context(), key)
			return err
		})
		if err == nil {
			p["segments/"+name] = []string{gone}
		}
		return err
	}
	for _, act := range []func() error{
		func() error { return put("landing/a/b/c/first", "one", limnograph.PutOptions{}) },
		func() error { return put("landing/a/b/c/first", "another", limnograph.PutOptions{}) },
		func() error { return put("landing/a/x/second", "two", limnograph.PutOptions{IfAbsent: true}) },
		func() error { return segment("metrics/t/left", "", "left open") },
		func() error { return segment("metrics/t/sealed", "landing/new/hour/sealed", "sealed") },
		func() error {
			return p.while("landing/a/x/second", gone, func() error { return s.Delete(t.Context(), "landing/a/x/second") })
		},
		func() error {
			return p.while("segments/metrics/t/left", gone, func() error { return s.Remove(t.Context(), "metrics/t/left") })
		},
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

// while notes that content may or may not be under a name until do has returned without error.
func (p promise) while(name, content string, do func() error) error {
	before := p[name]
	if before == nil {
		before = []string{gone}
	}
	p[name] = append([]string{content}, before...)
	err := do()
	if err == nil {
		p[name] = []string{content}
	}
	return err
}

// broken lists the promises that a directory does not keep.
func (p promise) broken(dir string) (wrong []string) {
	for name, allowed := range p {
		text, err := os.ReadFile(filepath.Join(dir, name))
		got := string(text)
		if err != nil {
			got = gone
		}
		kept := false
		for _, want := range allowed {
			kept = kept || got == want
		}
		if !kept {
			wrong = append(wrong, fmt.Sprintf("%s holds %q, promised was one of %q", name, got, allowed))
		}
	}
	// sealing keeps the content in one of its two places at every moment
	if allowed := p["landing/new/hour/sealed"]; len(allowed) == 2 {
		_, err1 := os.Stat(filepath.Join(dir, "landing/new/hour/sealed"))
		_, err2 := os.Stat(filepath.Join(dir, "segments/metrics/t/sealed"))
		if err1 != nil && err2 != nil {
			wrong = append(wrong, "a synced segment is in neither place while it is sealed")
		}
	}
	return wrong
}

// life runs the history until the power fails before operation n, and returns the promises that are broken then.
func life(t *testing.T, n int, lie string) (wrong []string, completed bool) {
	disk := newPowerDisk(-1)
	disk.lie = lie
	base := t.TempDir()
	root := filepath.Join(base, "data")
	s, err := openOn(disk, root)
	must(t, err)
	disk.left = n
	p := promise{}
	err = history(t, s, p)
	if err != nil && !errors.Is(err, errPower) {
		t.Fatal(err)
	}
	after := t.TempDir()
	disk.cut(t, base, after)
	return p.broken(filepath.Join(after, "data")), err == nil
}

// Whatever was promised is kept, whenever the power fails and though nothing unsynced survives.
func TestPromisesSurviveAPowerCutAtEveryOperation(t *testing.T) {
	operations := 0
	for completed := false; !completed; operations++ {
		var wrong []string
		wrong, completed = life(t, operations, "")
		for _, w := range wrong {
			t.Errorf("power failed before operation %d: %s", operations, w)
		}
	}
	if operations < 30 {
		t.Errorf("the history has only %d operations", operations)
	}
}

// The test above must see it when a sync is missing.
func TestAMissingSyncBreaksPromises(t *testing.T) {
	for _, lie := range []string{"file", "dir"} {
		if wrong, _ := life(t, -1, lie); len(wrong) == 0 {
			t.Errorf("no promise is broken without syncs of kind %q", lie)
		}
	}
}
