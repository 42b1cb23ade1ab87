package landing

import (
	"context"
	"errors"
	"sync"
	"time"

	"limnograph"
)

// troubleFor is how long a failed write keeps the lander from being ready. After it, and after a good one, the disk
// gets another chance: without deliveries nobody would find out that it is well again.
const troubleFor = 30 * time.Second

// trouble remembers the last failure to make a batch durable.
type trouble struct {
	mu  sync.Mutex
	err error
	at  time.Time
}

func (t *trouble) note(err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err, t.at = err, now
}

func (t *trouble) recent(now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil || now.Sub(t.at) >= troubleFor {
		return nil
	}
	return t.err
}

// noteOutcome takes in how a batch ended: a disk that fails is counted and seen by Ready; a sender that goes away or
// sends what can't land says nothing about the disk.
func (l *Lander) noteOutcome(err error) {
	switch code := limnograph.ErrorCode(err); {
	case err == nil:
		l.trouble.note(nil, time.Time{})
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), code == limnograph.CodeInvalid, code == limnograph.CodeTooLarge:
	default:
		l.metrics.failures.WithLabelValues("append").Inc()
		l.trouble.note(err, l.cfg.Now())
	}
}

// Ready tells why a batch would be refused now, or that the last one could not be written; nil when one would be
// taken. Errors: CodeUnavailable and those of the disk.
func (l *Lander) Ready() error {
	release, refused, err := l.limits.admit(1, 0)
	if refused != nil {
		return refused.err()
	}
	if err != nil {
		return err
	}
	release()
	if err := l.trouble.recent(l.cfg.Now()); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepting()
}
