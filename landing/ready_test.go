package landing_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
)

// A disk that takes no more is seen by readiness and counted, until a batch lands again or time has passed.
func TestReady(t *testing.T) {
	s, now, registry := mem.New(), &clock{now: arrival}, prometheus.NewRegistry()
	l := newLander(t, s, landing.Config{Now: now.Now, Registerer: registry}, nil)
	must(t, l.Ready())
	s.SetFull(true)
	wantCode(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))), limnograph.CodeUnavailable)
	wantCode(t, l.Ready(), limnograph.CodeUnavailable)
	if got := families(t, registry); !got["limno_landing_failures_total"] {
		t.Errorf("the failure is in no metric: %v", got)
	}
	s.SetFull(false)
	must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))))
	must(t, l.Ready())
	s.SetFull(true)
	wantCode(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))), limnograph.CodeUnavailable)
	now.Advance(time.Minute)
	must(t, l.Ready())
	s.SetFull(false)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_ = l.Append(gone, batch(part("glue_metrics", "a", 1))) // a sender that goes away is no trouble of the disk
	must(t, l.Ready())
}

// families are the names of the metrics that have a value.
func families(t *testing.T, g prometheus.Gatherer) map[string]bool {
	t.Helper()
	all, err := g.Gather()
	must(t, err)
	names := map[string]bool{}
	for _, f := range all {
		names[f.GetName()] = true
	}
	return names
}
