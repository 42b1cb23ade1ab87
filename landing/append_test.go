package landing_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

func TestAppend(t *testing.T) {
	t.Run("LinesGetPositionsOverAllParts", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), batch(part("ebs_metrics", "b", 2), part("glue_metrics", "a", 2), part(limnograph.RunErrorsTable, "r", 2))))
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "c", 1))))
		must(t, l.Seal(t.Context()))
		got := map[string]int64{}
		for _, l := range landed(t, s) {
			got[fmt.Sprint(l.Metric, l.N)] = l.Position
		}
		want := map[string]int64{"b0": 1 << 24, "b1": 1<<24 + 1, "a0": 1<<24 + 2, "a1": 1<<24 + 3, "r0": 1<<24 + 4, "r1": 1<<24 + 5, "c0": 2 << 24}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("TheObjectKeepsTheBytesOfTheLineBeforeThePosition", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		p := limnograph.Part{Table: "glue_metrics", Lines: []byte("{\"a\":{\"b\":\"}\"}}\n"), Count: 1}
		must(t, l.Append(t.Context(), batch(p)))
		must(t, l.Seal(t.Context()))
		keys := keysOf(t, s, objectkey.MetricsPrefix)
		want := "landing/metrics/glue_metrics/sender=team-a/year=2026/month=11/day=24/hour=05/glue-stream-2026-11-24-05-52-02.123-0000000000000001.gz"
		if diff := cmp.Diff([]string{want}, keys); diff != "" {
			t.Fatal(diff)
		}
		z := inflate(t, s, want).(*gzip.Reader)
		if z.Name != "1.1.0.0.1795499522123" {
			t.Errorf("the member is called %q", z.Name)
		}
		text, err := io.ReadAll(z)
		if err != nil || string(text) != "{\"a\":{\"b\":\"}\"},\"limno_position\":16777216}\n" {
			t.Errorf("content %q, %v", text, err)
		}
	})
	t.Run("AttributesStandOnTheFirstLineOfEachTableAndOnTheFirstReject", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		b := batch(part("glue_metrics", "a", 2), part("ebs_metrics", "b", 1))
		b.Attributes = map[string]string{"env": "prod \"eu\""}
		b.Rejects = []limnograph.Reject{reject("x"), reject("y")}
		must(t, l.Append(t.Context(), b))
		must(t, l.Seal(t.Context()))
		for prefix, want := range map[string]int{objectkey.MetricsPrefix: 2, objectkey.QuarantinePrefix: 1} {
			got := 0
			for _, key := range keysOf(t, s, prefix) {
				text, err := io.ReadAll(inflate(t, s, key))
				must(t, err)
				first, rest, _ := strings.Cut(string(text), "\n")
				got += strings.Count(first, `attributes":{"env":"prod \"eu\""}`) + 10*strings.Count(rest, "attributes")
			}
			if got != want {
				t.Errorf("%s: %d lines with attributes, want %d, each the first", prefix, got, want)
			}
		}
	})
	t.Run("SendersTablesAndHoursHaveTheirOwnObjects", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		l := newLander(t, s, landing.Config{}, seen.add)
		for _, change := range []func(*limnograph.Batch){
			func(*limnograph.Batch) {},
			func(b *limnograph.Batch) { b.Sender = "team-b" },
			func(b *limnograph.Batch) { b.Parts[0].Table = "ebs_metrics" },
			func(b *limnograph.Batch) { b.Arrival = arrival.Add(time.Hour) },
			func(b *limnograph.Batch) { b.Stream = "another, which joins" },
		} {
			b := batch(part("glue_metrics", "a", 3))
			change(b)
			must(t, l.Append(t.Context(), b))
		}
		if n := l.Stats().OpenSegments; n != 4 {
			t.Errorf("%d open segments", n)
		}
		must(t, l.Seal(t.Context()))
		keys := keysOf(t, s, objectkey.MetricsPrefix)
		if len(keys) != 4 || len(seen.all) != 4 {
			t.Errorf("objects %q, events %+v", keys, seen.all)
		}
		for _, ev := range seen.all {
			info, err := s.Stat(t.Context(), ev.Key)
			if err != nil || info.Size != ev.Size || ev.MinTime != 1000 || ev.MaxTime != 1002 || ev.Lines%3 != 0 || ev.Lines == 0 {
				t.Errorf("event %+v of %+v, %v", ev, info, err)
			}
		}
	})
	t.Run("AnEmptyBatchLeavesNothing", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		must(t, l.Append(t.Context(), batch()))
		must(t, l.Append(t.Context(), batch(limnograph.Part{Table: "glue_metrics"})))
		must(t, l.Seal(t.Context()))
		if keys := keysOf(t, s, ""); len(keys) != 0 {
			t.Errorf("objects %q", keys)
		}
	})
	t.Run("BatchesThatCanNeverLandAreRefused", func(t *testing.T) {
		l := newLander(t, mem.New(), landing.Config{}, nil)
		for want, bad := range map[limnograph.Code][]*limnograph.Batch{
			limnograph.CodeInvalid: {
				{Sender: "", Arrival: arrival},
				{Sender: "a"},
				{Sender: strings.Repeat("x", 300), Arrival: arrival},
				batch(limnograph.Part{Table: "", Count: 1}),
				batch(limnograph.Part{Table: "glue_metrics", Count: 1, Lines: []byte("{}\n")}),
				batch(limnograph.Part{Table: "glue_metrics", Count: 1, Lines: []byte(`{"a":1}`)}),
				batch(limnograph.Part{Table: "glue_metrics", Count: 2, Lines: []byte("{\"a\":1}\n")}),
				batch(limnograph.Part{Table: "glue_metrics", Count: 1, Lines: []byte("[1,2]\n")}),
			},
			limnograph.CodeTooLarge: {batch(limnograph.Part{Table: "glue_metrics", Count: 1<<24 + 1})},
		} {
			for _, b := range bad {
				wantCode(t, l.Append(t.Context(), b), want)
			}
		}
	})
	t.Run("ABadBatchDoesNotHoldUpTheNext", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		wantCode(t, l.Append(t.Context(), batch(limnograph.Part{Table: "glue_metrics", Count: 1, Lines: []byte("x\n")})), limnograph.CodeInvalid)
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "a", 1))))
		must(t, l.Seal(t.Context()))
		if got := landed(t, s); len(got) != 1 {
			t.Errorf("landed %+v", got)
		}
	})
	t.Run("ConcurrentBatchesStandInOrder", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{SealBytes: 4 << 10}, nil)
		stop := running(t, l)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				for j := range 5 {
					must(t, l.Append(t.Context(), batch(part("glue_metrics", fmt.Sprintf("m-%d-%d", i, j), 1+37*i%100))))
				}
			})
		}
		wg.Wait()
		must(t, stop())
		total := 0
		for i := range 40 {
			total += 5 * (1 + 37*i%100)
		}
		got := landed(t, s) // checks the order
		if len(got) != total || len(tally(got)) != total || len(keysOf(t, s, objectkey.MetricsPrefix)) < 3 {
			t.Errorf("landed %d lines, %d of them different, in %d objects; want %d", len(got), len(tally(got)), len(keysOf(t, s, objectkey.MetricsPrefix)), total)
		}
	})
	t.Run("ACancelledCallReturnsAndHarmsNobody", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := l.Append(ctx, batch(part("glue_metrics", "a", 1))); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "b", 1))))
		must(t, l.Seal(t.Context()))
		if tally(landed(t, s))["b/0"] != 1 {
			t.Error("the next batch is missing")
		}
	})
}

func TestRejects(t *testing.T) {
	t.Run("StandInQuarantineWithTheirReason", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		l := newLander(t, s, landing.Config{}, seen.add)
		b := batch()
		b.Rejects = []limnograph.Reject{reject("<x>\n\xff"), reject("")}
		must(t, l.Append(t.Context(), b))
		must(t, l.Seal(t.Context()))
		keys := keysOf(t, s, objectkey.QuarantinePrefix)
		want := "quarantine/year=2026/month=11/day=24/hour=05/rejects-2026-11-24-05-52-02.123-0000000000000001.gz"
		if diff := cmp.Diff([]string{want}, keys); diff != "" {
			t.Fatal(diff)
		}
		dec := json.NewDecoder(inflate(t, s, want))
		var got map[string]any
		must(t, dec.Decode(&got))
		if diff := cmp.Diff(map[string]any{
			"reason": "invalid_json", "detail": "no object", "sender": "team-a", "stream": "glue-stream", "request_id": "r1",
			"arrival": "2026-11-24T05:52:02.123Z", "record": 1.0, "offset": 2.0, "raw_base64": "PHg+Cv8=",
		}, got); diff != "" {
			t.Error(diff)
		}
		if len(seen.all) != 0 {
			t.Errorf("quarantine was announced: %+v", seen.all)
		}
	})
	t.Run("PastTheQuotaAreRefusedWhileGoodBatchesGoOn", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{QuarantineQuota: 1000}, nil)
		b := batch(part("glue_metrics", "a", 1))
		b.Rejects = []limnograph.Reject{reject(strings.Repeat("x", 100))}
		must(t, l.Append(t.Context(), b))
		b.Rejects = []limnograph.Reject{reject(strings.Repeat("x", 800))}
		err := l.Append(t.Context(), b)
		wantCode(t, err, limnograph.CodeUnavailable)
		if !strings.Contains(err.Error(), "landing.quarantine_quota") {
			t.Errorf("%q names no next step", err)
		}
		must(t, l.Append(t.Context(), batch(part("glue_metrics", "b", 1))))
		must(t, l.Seal(t.Context()))
		if got := landed(t, s); len(got) != 2 {
			t.Errorf("landed %+v", got)
		}
	})
	t.Run("PresentQuarantineCountsAtTheStart", func(t *testing.T) {
		s := mem.New()
		_, err := s.Put(t.Context(), "quarantine/year=2026/x.gz", strings.NewReader(strings.Repeat("x", 2000)), limnograph.PutOptions{})
		must(t, err)
		c := &clock{now: arrival}
		l := newLander(t, s, landing.Config{QuarantineQuota: 1000, Now: c.Now}, nil)
		b := batch()
		b.Rejects = []limnograph.Reject{reject("x")}
		wantCode(t, l.Append(t.Context(), b), limnograph.CodeUnavailable)

		must(t, s.Delete(t.Context(), "quarantine/year=2026/x.gz"))
		running(t, l)
		c.Advance(time.Minute) // the deletion is noticed
		for l.Stats().QuarantineBytes > 0 {
			time.Sleep(time.Millisecond)
		}
		must(t, l.Append(t.Context(), b))
	})
}

func TestLimits(t *testing.T) {
	good := func() *limnograph.Batch { return batch(part("glue_metrics", "a", 10)) }
	t.Run("MinFreeRefusesUntilThereIsSpace", func(t *testing.T) {
		c, free := &clock{now: arrival}, int64(99)
		l := newLander(t, mem.New(), landing.Config{Now: c.Now, MinFree: 100, FreeBytes: func() (int64, error) { return free, nil }}, nil)
		wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
		free = 100
		wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
		c.Advance(time.Second)
		must(t, l.Append(t.Context(), good()))
	})
	t.Run("MaxBytesCountsOldObjectsAndNewSegments", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{MaxBytes: 100}, nil)
		must(t, l.Append(t.Context(), good()))
		wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
		must(t, l.Seal(t.Context()))
		wantCode(t, newLander(t, s, landing.Config{MaxBytes: 100}, nil).Append(t.Context(), good()), limnograph.CodeUnavailable)
	})
	t.Run("WaitingBytesAreBounded", func(t *testing.T) {
		s, gate := mem.New(), make(chan struct{})
		l, err := landing.New(t.Context(), s, gated{s, gate}, nil, landing.Config{MaxWaiting: 1000, Now: (&clock{now: arrival}).Now})
		must(t, err)
		first := make(chan error)
		go func() { first <- l.Append(t.Context(), good()) }()
		for l.Stats().WaitingBytes == 0 {
			time.Sleep(time.Millisecond)
		}
		wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
		close(gate)
		must(t, <-first)
		must(t, l.Append(t.Context(), good()))
	})
	t.Run("AFullDiskRefusesTheBatchAndGoesOnLater", func(t *testing.T) {
		s := mem.New()
		l := newLander(t, s, landing.Config{}, nil)
		for range 3 {
			must(t, l.Append(t.Context(), good()))
			s.SetFull(true)
			for range 3 {
				wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
			}
			s.SetFull(false)
		}
		s.SetFull(true)
		must(t, l.Seal(t.Context()))
		wantCode(t, l.Append(t.Context(), good()), limnograph.CodeUnavailable)
		s.SetFull(false)
		must(t, l.Append(t.Context(), good()))
		must(t, l.Seal(t.Context()))
		if got := landed(t, s); len(got) != 40 {
			t.Errorf("landed %d lines", len(got))
		}
	})
	t.Run("SettingsOutOfRangeAreRefused", func(t *testing.T) {
		s := mem.New()
		for _, cfg := range []landing.Config{{SealAfter: time.Millisecond}, {SealAfter: -time.Second}} {
			_, err := landing.New(t.Context(), s, s, nil, cfg)
			wantCode(t, err, limnograph.CodeInvalid)
		}
	})
}

// gated holds every sync back until the gate opens.
type gated struct {
	limnograph.SegmentStore
	gate chan struct{}
}

func (g gated) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	s, err := g.SegmentStore.Create(ctx, name)
	return gatedSegment{s, g.gate}, err
}

type gatedSegment struct {
	limnograph.Segment
	gate chan struct{}
}

func (g gatedSegment) Sync() error {
	<-g.gate
	return g.Segment.Sync()
}
