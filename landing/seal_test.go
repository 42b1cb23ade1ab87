package landing_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

func TestRun(t *testing.T) {
	t.Run("SealsWhatIsOldEnoughAndNothingElse", func(t *testing.T) {
		s, c, seen := mem.New(), &clock{now: arrival}, newEvents()
		l := newLander(t, s, landing.Config{Now: c.Now, SealAfter: time.Minute}, seen.add)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 2))))
		c.Advance(30 * time.Second)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "b", 1))))
		must(t, l.Append(t.Context(), batch(part("ebs_metrics", "c", 1))))
		c.Advance(30 * time.Second)
		running(t, l)
		if ev := <-seen.c; ev.Lines != 3 || !strings.Contains(ev.Key, "/glue_metrics/") {
			t.Errorf("sealed %+v", ev)
		}
		waitOpen(t, l, 1)
	})
	t.Run("SealsWhatIsLargeEnough", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		l := newLander(t, s, landing.Config{SealBytes: 1}, seen.add)
		running(t, l)
		for range 3 {
			must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 2))))
			if ev := <-seen.c; ev.Lines != 2 {
				t.Errorf("sealed %+v", ev)
			}
		}
	})
	t.Run("SealsTheOldestToMakeRoom", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		l := newLander(t, s, landing.Config{MaxOpen: 3}, seen.add)
		running(t, l)
		for hour := range 10 {
			b := batch(part("glue_metrics", "a", 1))
			b.Arrival = arrival.Add(-time.Duration(hour) * time.Hour)
			must(t, l.Append(t.Context(), b))
			if hour >= 3 {
				<-seen.c // a fleet that outruns the sealer is refused, which is another test
			}
		}
		waitOpen(t, l, 3)
	})
	t.Run("SealsEverythingAtTheEndAndThenRefuses", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		stop := running(t, l)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 2), part("ebs_metrics", "a", 2))))
		must(t, stop())
		if got := landed(t, s); len(got) != 4 {
			t.Errorf("landed %+v", got)
		}
		wantCode(t, l.Append(t.Context(), batch(part("glue_metrics", "b", 1))), limnograph.CodeUnavailable)
	})
	t.Run("TriesAgainAfterAFailedSeal", func(t *testing.T) {
		s, c, seen := mem.New(), &clock{now: arrival}, newEvents()
		l := newLander(t, s, landing.Config{Now: c.Now}, seen.add)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 2))))
		for range 2 {
			s.FailNext(mem.OpSeal, errors.New("boom"))
			if err := l.Seal(t.Context()); err == nil {
				t.Error("the failure is hidden")
			}
		}
		running(t, l)
		if ev := <-seen.c; ev.Lines != 2 {
			t.Errorf("sealed %+v", ev)
		}
	})
}

func TestBrokenDisk(t *testing.T) {
	boom := errors.New("boom")
	good := func(words string) *limnograph.Batch { return batch(part("glue_metrics", words, 3)) }

	t.Run("APartialWriteIsCutAndTheSegmentGoesOn", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), good("a")))
		s.FailNext(mem.OpWrite, boom)
		if err := l.Append(t.Context(), good("b")); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		must(t, l.Append(t.Context(), good("c")))
		must(t, l.Seal(t.Context()))
		if got := tally(landed(t, s)); len(got) != 6 || got["b/0"] != 0 {
			t.Errorf("landed %v", got)
		}
	})
	t.Run("AFailedSyncLosesNothingAcknowledged", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		reg := prometheus.NewRegistry()
		l := newLander(t, s, landing.Config{Registerer: reg}, seen.add)
		must(t, l.Append(t.Context(), good("a")))
		s.FailNext(mem.OpSync, boom)
		err := l.Append(t.Context(), good("b"))
		if !errors.Is(err, boom) || !strings.Contains(err.Error(), "deliver it again") {
			t.Errorf("error %v", err)
		}
		must(t, l.Append(t.Context(), good("c"))) // in a fresh segment
		must(t, l.Seal(t.Context()))
		got := tally(landed(t, s))
		if len(got) != 6 || got["a/0"] != 1 || got["b/0"] != 0 || got["c/0"] != 1 {
			t.Errorf("landed %v", got)
		}
		if len(seen.all) != 2 || seen.all[0].Lines != 3 {
			t.Errorf("announced %+v", seen.all)
		}
		if names, err := s.Names(t.Context()); err != nil || len(names) != 0 {
			t.Errorf("segments %q are left, %v", names, err)
		}
		if n := exposed(t, reg)["limno_landing_failures_total sync"]; n != 1 {
			t.Errorf("%v failures counted", n)
		}
	})
	t.Run("SalvagingIsRepeatedUntilItWorks", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), good("a")))
		s.FailNext(mem.OpSync, boom)
		_ = l.Append(t.Context(), good("b"))
		for _, op := range []mem.Op{mem.OpPut, mem.OpRemove} {
			s.FailNext(op, boom)
			if err := l.Seal(t.Context()); !errors.Is(err, boom) {
				t.Errorf("%s: %v", op, err)
			}
		}
		must(t, l.Seal(t.Context()))
		if got := tally(landed(t, s)); len(got) != 3 {
			t.Errorf("landed %v", got)
		}
	})
	t.Run("SalvagingAnnouncesAndCountsOnce", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		l, err := landing.New(t.Context(), s, closeOnce{s}, seen.add, landing.Config{Now: (&clock{now: arrival}).Now})
		must(t, err)
		must(t, l.Append(t.Context(), rejected(10)))
		must(t, l.Append(t.Context(), good("a")))
		s.FailNext(mem.OpSync, boom)
		s.FailNext(mem.OpSync, boom)
		both := rejected(10)
		both.Parts = good("b").Parts
		_ = l.Append(t.Context(), both) // breaks both segments
		for range 3 {
			s.FailNext(mem.OpRemove, boom)
			s.FailNext(mem.OpRemove, boom)
			if err := l.Seal(t.Context()); !errors.Is(err, boom) {
				t.Errorf("error %v", err)
			}
		}
		must(t, l.Seal(t.Context()))
		if len(seen.all) != 1 || l.Stats().SealedObjects != 2 || l.Stats().OpenSegments != 0 {
			t.Errorf("announced %+v, %+v", seen.all, l.Stats())
		}
		if got, want := l.Stats().QuarantineBytes, sizeOf(t, s, objectkey.QuarantinePrefix); got != want {
			t.Errorf("%d bytes are counted in quarantine, %d are there", got, want)
		}
	})
	t.Run("DiscardingIsRepeatedUntilItWorksAndCountsOnce", func(t *testing.T) {
		s := mem.New()
		l, err := landing.New(t.Context(), s, closeOnce{s}, nil, landing.Config{Now: (&clock{now: arrival}).Now})
		must(t, err)
		s.FailNext(mem.OpSync, boom)
		if err := l.Append(t.Context(), rejected(10)); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		s.FailNext(mem.OpRemove, boom)
		if err := l.Seal(t.Context()); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		must(t, l.Seal(t.Context()))
		if names, err := s.Names(t.Context()); err != nil || len(names) != 0 || l.Stats().OpenSegments != 0 || l.Stats().QuarantineBytes != 0 {
			t.Errorf("segments %q, %v, %+v", names, err, l.Stats())
		}
	})
	t.Run("ASegmentThatIsGoneIsDone", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		s.FailNext(mem.OpSync, boom)
		_ = l.Append(t.Context(), good("a"))
		s.FailNext(mem.OpRemove, &limnograph.Error{Code: limnograph.CodeNotFound})
		must(t, l.Seal(t.Context()))
	})
	t.Run("ASegmentThatCannotBeMadeFailsOneBatch", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		s.FailNext(mem.OpCreate, boom)
		if err := l.Append(t.Context(), good("a")); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		must(t, l.Append(t.Context(), good("b")))
		must(t, l.Seal(t.Context()))
		if got := tally(landed(t, s)); len(got) != 3 || l.Stats().OpenSegments != 0 {
			t.Errorf("landed %v, %+v", got, l.Stats())
		}
	})
}

// rejected is a batch of nothing but n rejects.
func rejected(n int) *limnograph.Batch {
	b := batch()
	for range n {
		b.Rejects = append(b.Rejects, reject("x"))
	}
	return b
}

func sizeOf(t testing.TB, s limnograph.ObjectReader, prefix string) (sum int64) {
	t.Helper()
	for info, err := range s.List(t.Context(), prefix, "") {
		must(t, err)
		sum += info.Size
	}
	return sum
}

// closeOnce makes segments that cannot be closed twice, as files can't.
type closeOnce struct{ limnograph.SegmentStore }

func (c closeOnce) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	g, err := c.SegmentStore.Create(ctx, name)
	return &onceSegment{Segment: g}, err
}

type onceSegment struct {
	limnograph.Segment
	closed bool
}

func (g *onceSegment) Close() error {
	if g.closed {
		return os.ErrClosed
	}
	g.closed = true
	return g.Segment.Close()
}

func TestRecovery(t *testing.T) {
	open := func(t *testing.T, s *mem.Store) (*landing.Lander, *events) {
		seen := newEvents()
		return newLander(t, s, landing.Config{}, seen.add), seen
	}
	fill := func(t *testing.T, s *mem.Store) {
		l, _ := open(t, s)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 3))))
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "b", 2))))
	}
	tail := func(t *testing.T, s *mem.Store, bytes string) {
		names, err := s.Names(t.Context())
		must(t, err)
		g, r, err := s.Recover(t.Context(), names[0])
		must(t, err)
		r.Close()
		_, err = g.Write([]byte(bytes))
		must(t, err)
	}
	for name, torn := range map[string]string{
		"WholeSegmentsAreSealed":  "",
		"ZerosAreCut":             "\x00\x00\x00",
		"AHalfHeaderIsCut":        "\x1f\x8b\x08\x08",
		"AForeignMemberIsCut":     "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"GarbageIsCut":            "garbage",
		"AHeaderWithoutBodyIsCut": "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff3.1.0.0\x00",
	} {
		t.Run(name, func(t *testing.T) {
			s := mem.New()
			fill(t, s)
			s.Kill()
			tail(t, s, torn)
			_, seen := open(t, s)
			if got := tally(landed(t, s)); len(got) != 5 {
				t.Errorf("landed %v", got)
			}
			if len(seen.all) != 1 || seen.all[0].Lines != 5 || seen.all[0].MinTime != 1000 || seen.all[0].MaxTime != 1002 {
				t.Errorf("announced %+v", seen.all)
			}
		})
	}
	t.Run("AWrongChecksumIsCut", func(t *testing.T) {
		s := mem.New()
		fill(t, s)
		s.Kill()
		names, err := s.Names(t.Context())
		must(t, err)
		g, r, err := s.Recover(t.Context(), names[0])
		must(t, err)
		defer r.Close()
		b := make([]byte, 1<<16)
		n, _ := r.Read(b)
		must(t, g.Truncate(int64(n-8)))
		b[n-8] ^= 1
		_, err = g.Write(b[n-8 : n])
		must(t, err)
		open(t, s)
		if got := tally(landed(t, s)); len(got) != 3 {
			t.Errorf("landed %v", got)
		}
	})
	t.Run("ASegmentWithNothingWholeIsRemoved", func(t *testing.T) {
		s := mem.New()
		g, err := s.Create(t.Context(), "metrics/glue_metrics/sender=a/s-2026-11-24-05-52-02.123-0000000000000001.gz")
		must(t, err)
		_, err = g.Write([]byte("\x1f\x8b"))
		must(t, err)
		open(t, s)
		names, err := s.Names(t.Context())
		if err != nil || len(names) != 0 || len(keysOf(t, s, objectkey.MetricsPrefix)) != 0 {
			t.Errorf("segments %q, %v", names, err)
		}
	})
	t.Run("AnUnknownSegmentStopsTheStartInWords", func(t *testing.T) {
		const last = "/sender=a/s-2026-11-24-05-52-02.123-0000000000000001.gz"
		for _, name := range []string{"metrics/what", "metrics/glue_metrics/sender=a/s-2026-11-24-05-52-02.123-0000000000000001x.gz", "metrics/job_runs" + last, "runs/glue_metrics" + last, "runs/job_runs"} {
			s := mem.New()
			_, err := s.Create(t.Context(), name)
			must(t, err)
			_, err = landing.New(t.Context(), s, s, nil, landing.Config{})
			wantCode(t, err, limnograph.CodeInvalid)
			if !strings.Contains(err.Error(), name) {
				t.Errorf("error %v", err)
			}
		}
	})
	t.Run("AnInterruptedSealIsFinished", func(t *testing.T) {
		for steps := range 8 {
			for seed := range uint64(20) {
				s := mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 0))})
				fill(t, s)
				s.Kill()
				s.CrashAfter(steps)
				_, _ = landing.New(t.Context(), s, s, nil, landing.Config{})
				s.PowerCut()
				open(t, s)
				if got := landed(t, s); len(got) != 5 {
					t.Fatalf("after %d steps and seed %d landed %v", steps, seed, got)
				}
			}
		}
	})
}

func TestSequence(t *testing.T) {
	positions := func(t *testing.T, s *mem.Store, table string) (next int64) {
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), batch(part(table, "a", 1))))
		must(t, l.Seal(t.Context()))
		for _, l := range landed(t, s) { // fails when a position repeats
			next = max(next, l.Position)
		}
		return next
	}
	t.Run("NeverRepeatsOverRestarts", func(t *testing.T) {
		s, last := mem.New(), int64(-1)
		for range 5 {
			p := positions(t, s, "glue_metrics")
			if p <= last {
				t.Errorf("position %d after %d", p, last)
			}
			last = p
			s.PowerCut()
		}
	})
	for name, lose := range map[string]func(t *testing.T, s *mem.Store){
		"ContinuesFarBehindWhenTheReservationIsLost": func(t *testing.T, s *mem.Store) {
			must(t, s.Delete(t.Context(), "landing/sequence.json"))
		},
		"ContinuesFarBehindWhenTheReservationIsDamaged": func(t *testing.T, s *mem.Store) {
			_, err := s.Put(t.Context(), "landing/sequence.json", strings.NewReader("{"), limnograph.PutOptions{})
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, table := range []string{"glue_metrics", limnograph.JobsTable} {
				s := mem.New()
				before := positions(t, s, table)
				lose(t, s)
				if after := positions(t, s, table); after < before+1<<24<<20 {
					t.Errorf("%s: position %d follows %d", table, after, before)
				}
			}
		})
	}
	t.Run("CountsSegmentsWhenTheReservationIsLost", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))))
		must(t, s.Delete(t.Context(), "landing/sequence.json"))
		s.Kill()
		positions(t, s, "glue_metrics")
	})
	t.Run("AFailedReservationFailsTheBatchAndIsRepeated", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		boom := errors.New("boom")
		s.FailNext(mem.OpPut, boom)
		if err := l.Append(t.Context(), batch(part("glue_metrics", "a", 1))); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))))
	})
}

func TestMetrics(t *testing.T) {
	s, reg := mem.New(), prometheus.NewRegistry()
	l := newLander(t, s, landing.Config{Registerer: reg, MaxBytes: 300}, nil)
	b := batch(part("glue_metrics", "a", 20), part("ebs_metrics", "b", 5), part(limnograph.RunsTable, "c", 3))
	b.Rejects = []limnograph.Reject{reject("x")}
	must(t, l.Append(t.Context(), b))
	if got := l.Stats().Datapoints; got != 25 {
		t.Errorf("%d datapoints", got)
	}
	wantCode(t, l.Append(t.Context(), b), limnograph.CodeUnavailable)
	must(t, l.Seal(t.Context()))
	got := exposed(t, reg)
	for name, want := range map[string]float64{
		"limno_landing_batches_total":                  1,
		"limno_landing_datapoints_total ebs_metrics":   5,
		"limno_landing_datapoints_total glue_metrics":  20,
		"limno_landing_records_total job_runs":         3,
		"limno_landing_open_segments":                  0,
		"limno_landing_quarantined_total invalid_json": 1,
		"limno_landing_refused_total max_bytes":        1,
		"limno_landing_sealed_objects_total":           4,
		"limno_landing_fsync_seconds":                  4,
		"limno_landing_waiting_bytes":                  0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
		}
	}
	if got["limno_landing_bytes_total"] == 0 || got["limno_landing_quarantine_bytes"] == 0 {
		t.Errorf("no bytes are counted: %v", got)
	}
}

// exposed gathers the values of counters and gauges and the counts of histograms, by name and label value.
func exposed(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	must(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return got
}
