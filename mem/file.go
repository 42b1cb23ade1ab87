package mem

import (
	"math/rand/v2"
	"time"
)

// file is one file: what a running machine sees, and what is on the disk.
type file struct {
	data     []byte // append-only except for truncate; slices of it stay valid
	durable  []byte
	modified time.Time
}

func (f *file) truncate(size int64) {
	f.data = append([]byte(nil), f.data[:size]...) // a copy: durable may share the old array
}

func (f *file) sync() { f.durable = f.data[:len(f.data):len(f.data)] }

// lose leaves what the disk holds after a power cut: the synced bytes, and of the rest some prefix, which may end in
// zeros where the size was written but not the content. Synced bytes that an unsynced truncation has left are safe
// whether it reached the disk or not.
func (f *file) lose(r *rand.Rand) {
	kept, rest := f.durable, []byte(nil)
	same := 0
	for same < len(f.data) && same < len(f.durable) && f.data[same] == f.durable[same] {
		same++
	}
	switch {
	case same == len(f.durable):
		rest = f.data[same:]
	case r.IntN(2) == 0: // an unsynced truncation reached the disk
		kept, rest = f.durable[:same], f.data[same:]
	}
	n := r.IntN(len(rest) + 1)
	left := append(append([]byte(nil), kept...), rest[:n]...)
	if torn := min(len(rest)-n, 512); torn > 0 && r.IntN(3) == 0 {
		left = append(left, make([]byte, 1+r.IntN(torn))...)
	}
	f.data = left
	f.sync()
}

// space is one set of names.
type space struct {
	now     map[string]*file
	durable map[string]*file
}

func newSpace() space { return space{now: map[string]*file{}, durable: map[string]*file{}} }

// sync makes the present state of a name durable.
func (s space) sync(name string) {
	if f, ok := s.now[name]; ok {
		s.durable[name] = f
		return
	}
	delete(s.durable, name)
}

// lose decides for each name that is not durable whether its last change reached the disk.
func (s space) lose(r *rand.Rand) {
	for _, name := range sortedKeys(s.now, s.durable) {
		if s.now[name] != s.durable[name] && r.IntN(2) == 0 {
			s.sync(name)
		}
	}
	clear(s.now)
	for name, f := range s.durable {
		s.now[name] = f
	}
}
