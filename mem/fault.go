package mem

import (
	"errors"
	"maps"
	"slices"

	"limnograph"
)

// Op is a kind of operation that can be made to fail.
type Op string

// The operations.
const (
	OpWrite  Op = "write"  // Segment.Write; half of the bytes arrive
	OpSync   Op = "sync"   // Segment.Sync, and the sync inside Seal
	OpSeal   Op = "seal"   // giving the object its name inside Seal
	OpCreate Op = "create" // SegmentStore.Create
	OpRemove Op = "remove" // SegmentStore.Remove
	OpPut    Op = "put"    // ObjectWriter.Put
	OpDelete Op = "delete" // ObjectWriter.Delete
)

// ErrPowerLost is the cause of every failure between the moment that CrashAfter chose and PowerCut or Kill, and of
// every use of a segment handle from before them.
var ErrPowerLost = errors.New("the power is off")

// faults are what goes wrong. The store's mutex guards them.
type faults struct {
	next map[Op][]error
	late map[Op][]error
	lies map[Op]bool
	full bool
	left int  // steps until the power fails; negative: it does not
	off  bool // the power has failed
}

func newFaults() faults {
	return faults{next: map[Op][]error{}, late: map[Op][]error{}, lies: map[Op]bool{}, left: -1}
}

// FailNext makes the next operation of a kind fail with err. Several calls queue up.
func (s *Store) FailNext(op Op, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.next[op] = append(s.faults.next[op], err)
}

// FailAfter makes the next operation of a kind that changes something succeed and then fail with err, as when an answer is
// lost. Several calls queue up. Segments have no such faults.
func (s *Store) FailAfter(op Op, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.late[op] = append(s.faults.late[op], err)
}

// Lie makes an operation of a kind claim durability without giving it, from now on. A test of crash safety must fail
// on such a store, or it proves nothing.
func (s *Store) Lie(op Op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.lies[op] = true
}

// SetFull makes every operation that needs space fail with CodeUnavailable, or ends that.
func (s *Store) SetFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.full = full
}

// CrashAfter lets n more steps happen and then turns the power off: an operation in its midst stops there, and all
// later ones fail until PowerCut or Kill. One operation has up to five steps.
func (s *Store) CrashAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.left = n
}

// PowerCut forgets every byte and name that is not durable, makes all open segments unusable, and turns the power on
// again.
func (s *Store) PowerCut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[*file]bool{}
	for _, sp := range []space{s.objects, s.segments} {
		sp.lose(s.cfg.Rand)
		for _, name := range sortedKeys(sp.now) {
			if f := sp.now[name]; !seen[f] {
				seen[f] = true
				f.lose(s.cfg.Rand)
			}
		}
	}
	for _, lose := range s.lose {
		lose(s.cfg.Rand)
	}
	s.restart()
}

// Kill ends the process as kill -9 does: open segments become unusable, and nothing that was written is forgotten.
func (s *Store) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restart()
}

func (s *Store) restart() {
	s.epoch++
	s.faults.off, s.faults.left, s.faults.full = false, -1, false
	clear(s.faults.next)
	clear(s.faults.late)
}

// step is one point at which the power may fail.
func (f *faults) step() error {
	if f.left == 0 {
		f.off = true
	}
	if f.off {
		return ErrPowerLost
	}
	if f.left > 0 {
		f.left--
	}
	return nil
}

// take returns the fault that waits for op.
func (f *faults) take(op Op) error {
	if err := f.step(); err != nil {
		return err
	}
	return pop(f.next, op)
}

// takeLate returns the fault that waits for op once it has succeeded.
func (f *faults) takeLate(op Op) error { return pop(f.late, op) }

func pop(waiting map[Op][]error, op Op) error {
	queue := waiting[op]
	if len(queue) == 0 {
		return nil
	}
	waiting[op] = queue[1:]
	return queue[0]
}

// needSpace fails when the disk is full.
func (f *faults) needSpace(op, name string) error {
	if f.full {
		return fail(limnograph.CodeUnavailable, op, name, errors.New("no space left"))
	}
	return nil
}

func sortedKeys[T any](sets ...map[string]T) []string {
	all := map[string]bool{}
	for _, set := range sets {
		for name := range set {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
