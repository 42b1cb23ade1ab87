package mem

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"limnograph"
)

var (
	_ limnograph.ObjectStore  = (*Store)(nil)
	_ limnograph.SegmentStore = (*Store)(nil)
)

// Config adjusts a Store.
type Config struct {
	Rand *rand.Rand       // decides what a power cut leaves behind; nil: always the same sequence
	Now  func() time.Time // for ObjectInfo.Modified; nil: a clock that stands at 2026-01-01
}

// Store keeps objects and segments in memory. It is safe for concurrent use.
type Store struct {
	cfg Config

	mu       sync.Mutex
	objects  space
	segments space
	faults   faults
	epoch    int                // handles of an earlier epoch belong to a process that is dead
	lose     []func(*rand.Rand) // what else forgets at a power cut; called with the mutex held
}

// New returns an empty store.
func New() *Store { return NewWith(Config{}) }

// NewWith returns an empty store with settings.
func NewWith(cfg Config) *Store {
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(1, 2))
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	}
	return &Store{cfg: cfg, objects: newSpace(), segments: newSpace(), faults: newFaults()}
}

func checkContext(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return &limnograph.Error{Code: limnograph.CodeTimeout, Op: op, Err: err}
	}
	return nil
}

func fail(code limnograph.Code, op, name string, err error) error {
	return &limnograph.Error{Code: code, Op: op, Message: name, Err: err}
}
