package landing

import (
	"context"
	"sync"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

const (
	freeEvery    = time.Second      // how old the picture of the free space may get
	recountEvery = 30 * time.Second // how often a limit that is reached is counted again, to notice deletions
)

// limits decides which batches may come in.
type limits struct {
	cfg Config

	mu         sync.Mutex
	waiting    int64 // uncompressed bytes of batches in Append
	landed     int64 // compressed bytes below landing/metrics/, with open segments; only counted under MaxBytes
	quarantine int64 // compressed bytes below quarantine/, with open segments and estimates for waiting batches
	free       int64
	freeAt     time.Time
	counted    time.Time
}

// refusal is a limit that was reached: the label of its metric and the words for the user.
type refusal struct{ limit, message, hint string }

func (r refusal) err() error {
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: opLand, Message: r.message, Hint: r.hint}
}

// count reads from the store what the limits are about.
func (l *limits) count(ctx context.Context, objects limnograph.ObjectReader) error {
	quarantine, err := total(ctx, objects, objectkey.QuarantinePrefix)
	landed := int64(0)
	if err == nil && l.cfg.MaxBytes > 0 {
		landed, err = total(ctx, objects, objectkey.MetricsPrefix)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quarantine, l.landed, l.counted = quarantine, landed, l.cfg.Now()
	return nil
}

func total(ctx context.Context, objects limnograph.ObjectReader, prefix string) (sum int64, err error) {
	for info, err := range objects.List(ctx, prefix, "") {
		if err != nil {
			return 0, err
		}
		sum += info.Size
	}
	return sum, nil
}

// overdue reports whether a limit is reached and was counted long enough ago to look again.
func (l *limits) overdue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.quarantine >= l.cfg.QuarantineQuota || l.cfg.MaxBytes > 0 && l.landed >= l.cfg.MaxBytes
	return full && l.cfg.Now().Sub(l.counted) >= recountEvery
}

// admit lets in a batch of so many bytes, of which rejects are (by estimate) for quarantine. release gives them back.
func (l *limits) admit(bytes, rejects int64) (release func(), refused *refusal, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.lookAtDisk(); err != nil {
		return nil, nil, err
	}
	if refused := l.check(bytes, rejects); refused != nil {
		return nil, refused, nil
	}
	l.waiting += bytes
	l.quarantine += rejects
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting -= bytes
		l.quarantine -= rejects
	}, nil, nil
}

func (l *limits) check(bytes, rejects int64) *refusal {
	switch {
	case l.waiting > 0 && l.waiting+bytes > l.cfg.MaxWaiting:
		return &refusal{"queue", "too many bytes wait to be written", "deliver again later; if this persists, the disk is too slow for the load"}
	case l.cfg.MaxBytes > 0 && l.landed >= l.cfg.MaxBytes:
		return &refusal{"max_bytes", "landing has reached its limit of bytes", "raise landing.max_bytes or shorten retention"}
	case l.cfg.MinFree > 0 && l.cfg.FreeBytes != nil && l.free < l.cfg.MinFree:
		return &refusal{"min_free", "the disk has too little free space", "free space on the disk that holds the data directory"}
	case rejects > 0 && l.quarantine+rejects > l.cfg.QuarantineQuota:
		return &refusal{"quarantine", "the delivery holds pieces that are no metrics, and quarantine is full", "look at the newest objects below quarantine/, then move them away or raise landing.quarantine_quota"}
	}
	return nil
}

// lookAtDisk refreshes the picture of the free space.
func (l *limits) lookAtDisk() error {
	now := l.cfg.Now()
	if l.cfg.MinFree <= 0 || l.cfg.FreeBytes == nil || !l.freeAt.IsZero() && now.Sub(l.freeAt) < freeEvery {
		return nil
	}
	free, err := l.cfg.FreeBytes()
	if err != nil {
		return &limnograph.Error{Code: limnograph.CodeInternal, Op: "measure free space", Err: err}
	}
	l.free, l.freeAt = free, now
	return nil
}

// wrote counts bytes that were written to a segment, negative for bytes that were removed again.
func (l *limits) wrote(quarantined bool, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if quarantined {
		l.quarantine += n
	} else {
		l.landed += n
	}
}
