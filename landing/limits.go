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
	recountEvery = 30 * time.Second // how often objects are counted again under a limit that refuses, to notice deletions
)

// limits decides which batches may come in.
type limits struct {
	cfg Config

	mu         sync.Mutex
	waiting    int64  // uncompressed bytes of batches in Append
	rejects    int64  // the part of waiting that is for quarantine, by estimate
	landed     stored // below landing/metrics/ and landing/runs/; its objects are only counted under MaxBytes
	quarantine stored // below quarantine/
	pressed    bool   // a limit on stored bytes has refused a batch since the last count
	free       int64
	freeAt     time.Time
	counted    time.Time
}

// refusal is a limit that was reached: the label of its metric and the words for the user.
type refusal struct{ limit, message, hint string }

func (r refusal) err() error {
	return &limnograph.Error{Code: limnograph.CodeUnavailable, Op: opLand, Message: r.message, Hint: r.hint}
}

// start counts what an earlier process left. All of its segments are objects by now.
func (l *limits) start(ctx context.Context, objects limnograph.ObjectReader) error {
	l.mu.Lock()
	l.landed, l.quarantine = stored{}, stored{}
	l.mu.Unlock()
	return l.count(ctx, objects)
}

// count reads from the store what the limits are about.
func (l *limits) count(ctx context.Context, objects limnograph.ObjectReader) error {
	l.mu.Lock()
	landedBefore, quarantineBefore := l.landed.sealed, l.quarantine.sealed
	l.mu.Unlock()
	quarantine, err := total(objects.List(ctx, objectkey.QuarantinePrefix, ""))
	landed := int64(0)
	if err == nil && l.cfg.MaxBytes > 0 {
		landed, err = total(listLanded(ctx, objects))
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quarantine.recounted(quarantine, quarantineBefore)
	l.landed.recounted(landed, landedBefore)
	l.pressed, l.counted = false, l.cfg.Now()
	return nil
}

// overdue reports whether a limit on stored bytes refuses batches and was counted long enough ago to look again.
func (l *limits) overdue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pressed && l.cfg.Now().Sub(l.counted) >= recountEvery
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
	l.rejects += rejects
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting -= bytes
		l.rejects -= rejects
	}, nil, nil
}

func (l *limits) check(bytes, rejects int64) *refusal {
	switch {
	case l.waiting > 0 && l.waiting+bytes > l.cfg.MaxWaiting:
		return &refusal{"queue", "too many bytes wait to be written", "deliver again later; if this persists, the disk is too slow for the load"}
	case l.cfg.MaxBytes > 0 && l.landed.total() >= l.cfg.MaxBytes:
		l.pressed = true
		return &refusal{"max_bytes", "landing has reached its limit of bytes", "raise landing.max_bytes or shorten retention"}
	case l.cfg.MinFree > 0 && l.cfg.FreeBytes != nil && l.free < l.cfg.MinFree:
		low := lowDisk()
		return &low
	case rejects > 0 && l.quarantine.total()+l.rejects+rejects > l.cfg.QuarantineQuota:
		l.pressed = l.pressed || l.cfg.QuarantineQuota > 0 // below that, deletions change nothing
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

// wrote counts bytes that were written to a segment.
func (l *limits) wrote(quarantined bool, n int64) { l.move(quarantined, -n, 0) }

// move counts segments of so many bytes that have become objects of so many, or are gone.
func (l *limits) move(quarantined bool, segments, objects int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if quarantined {
		l.quarantine.move(segments, objects)
	} else {
		l.landed.move(segments, objects)
	}
}
