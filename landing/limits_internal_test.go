package landing

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"limnograph"
	"limnograph/mem"
)

// limitsOver returns limits over a store, at a time that stands still.
func limitsOver(t *testing.T, objects limnograph.ObjectReader, cfg Config) *limits {
	t.Helper()
	cfg.Now = func() time.Time { return time.Unix(0, 0) }
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	l := &limits{cfg: cfg}
	if err := l.start(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *limits) mustCount(t *testing.T, objects limnograph.ObjectReader) {
	t.Helper()
	if err := l.count(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s *mem.Store, key string, size int) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, strings.NewReader(strings.Repeat("x", size)), limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

// A count is about objects: it must neither forget segments nor meddle with what waits.
func TestCount(t *testing.T) {
	t.Run("LeavesWaitingEstimatesAlone", func(t *testing.T) {
		s := mem.New()
		l := limitsOver(t, s, Config{QuarantineQuota: 1500})
		release, refused, err := l.admit(1000, 1000)
		if refused != nil || err != nil {
			t.Fatal(refused, err)
		}
		l.mustCount(t, s)
		if _, refused, _ := l.admit(1000, 1000); refused == nil {
			t.Error("the count has forgotten what waits")
		}
		release()
		if l.rejects != 0 || l.waiting != 0 || l.quarantine.total() != 0 {
			t.Errorf("after all is released: %+v", l)
		}
	})
	t.Run("KeepsOpenSegments", func(t *testing.T) {
		s := mem.New()
		put(t, s, "quarantine/old", 100)
		put(t, s, "landing/metrics/old", 7)
		put(t, s, "landing/runs/old", 3)
		l := limitsOver(t, s, Config{MaxBytes: 1000})
		l.wrote(true, 20)
		l.wrote(false, 2)
		l.mustCount(t, s)
		if l.quarantine.total() != 120 || l.landed.total() != 12 {
			t.Errorf("%+v, %+v", l.quarantine, l.landed)
		}
		put(t, s, "quarantine/new", 20)
		l.move(true, 20, 20)
		l.mustCount(t, s)
		if l.quarantine.total() != 120 {
			t.Errorf("after sealing: %+v", l.quarantine)
		}
	})
	t.Run("MissesNothingThatIsSealedMeanwhile", func(t *testing.T) {
		l := limitsOver(t, mem.New(), Config{})
		l.wrote(true, 20)
		l.mustCount(t, sealing{mem.New(), func() { l.move(true, 20, 20) }})
		if l.quarantine.total() != 20 {
			t.Errorf("%+v", l.quarantine)
		}
	})
	t.Run("IsDueWhenALimitThatCanEndRefuses", func(t *testing.T) {
		s := mem.New()
		put(t, s, "quarantine/old", 900)
		for quota, due := range map[int64]bool{1000: true, -1: false} {
			l := limitsOver(t, s, Config{QuarantineQuota: quota})
			l.counted = l.counted.Add(-recountEvery)
			if l.overdue() {
				t.Errorf("quota %d: due before anything was refused", quota)
			}
			if _, refused, _ := l.admit(500, 500); refused == nil || l.overdue() != due {
				t.Errorf("quota %d: refused %v, due %v", quota, refused, l.overdue())
			}
		}
	})
}

// sealing is a store in which something is sealed while it is listed.
type sealing struct {
	limnograph.ObjectReader
	seal func()
}

func (s sealing) List(ctx context.Context, prefix, after string) iter.Seq2[limnograph.ObjectInfo, error] {
	s.seal()
	return s.ObjectReader.List(ctx, prefix, after)
}
