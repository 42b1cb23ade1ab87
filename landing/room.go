package landing

import (
	"math"

	"limnograph"
)

// HasRoom tells why nothing that can wait should be written to the disk now: it has too little free space. It returns
// nil when there is room. Errors: CodeUnavailable, CodeInternal (the disk can't be measured).
func (l *Lander) HasRoom() error { return l.limits.room(0) }

// room tells whether so many bytes can be written without falling below the limit of free space.
func (l *limits) room(bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.lookAtDisk(); err != nil {
		return err
	}
	if l.cfg.MinFree > 0 && l.cfg.FreeBytes != nil && l.free-bytes < l.cfg.MinFree {
		low := lowDisk()
		return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: "look for space", Message: low.message, Hint: low.hint}
	}
	return nil
}

func lowDisk() refusal {
	return refusal{"min_free", "the disk has too little free space", "free space on the disk that holds the data directory"}
}

// free measures the free space; NaN when nobody can.
func (l *Lander) free() float64 {
	if l.cfg.FreeBytes == nil {
		return math.NaN()
	}
	free, err := l.cfg.FreeBytes()
	if err != nil {
		return math.NaN()
	}
	return float64(free)
}
