package landing_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
)

// A disk that fills up refuses deliveries before it is full, and says so; with space again they are taken, by the same
// process. What was acknowledged is there, whichever way the disk said no.
func TestDiskFillsUpAndRecovers(t *testing.T) {
	s, watch, registry := mem.New(), &clock{now: arrival}, prometheus.NewRegistry()
	var free atomic.Int64
	free.Store(1 << 30)
	l := newLander(t, s, landing.Config{
		Now: watch.Now, MinFree: 1 << 20, Registerer: registry, FreeBytes: func() (int64, error) { return free.Load(), nil },
	}, nil)
	appendOne := func(name string) error { return l.Append(t.Context(), batch(part("glue_metrics", name, 2))) }
	must(t, appendOne("before"))

	free.Store(1<<20 - 1)
	watch.Advance(2 * time.Second)
	wantCode(t, appendOne("refused"), limnograph.CodeUnavailable)
	wantCode(t, l.Ready(), limnograph.CodeUnavailable)
	wantCode(t, l.HasRoom(), limnograph.CodeUnavailable)
	if got := metric(t, registry, "limno_landing_refused_total"); got != 1 {
		t.Errorf("%v batches are counted as refused", got)
	}

	free.Store(1 << 20) // others fill it faster than anybody measures
	s.SetFull(true)
	watch.Advance(2 * time.Second)
	wantCode(t, appendOne("full"), limnograph.CodeUnavailable)
	s.SetFull(false)

	watch.Advance(time.Minute)
	must(t, l.Ready())
	must(t, l.HasRoom())
	must(t, appendOne("after"))
	must(t, l.Seal(t.Context()))
	got := tally(landed(t, s))
	for _, name := range []string{"before/0", "before/1", "after/0", "after/1"} {
		if got[name] != 1 {
			t.Errorf("%s is there %d times", name, got[name])
		}
	}
}

// metric is the sum of a counter or gauge over its labels.
func metric(t testing.TB, r prometheus.Gatherer, name string) (sum float64) {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return sum
}
