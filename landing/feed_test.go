package landing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/mem"
	"limnograph/objectkey"
)

// reader reads a table of a feed and remembers all that it was given, by position.
type reader struct {
	t    testing.TB
	feed *landing.Feed
	mark string
	got  map[int64]given
	new  int // lines of the last read
}

func newReader(t testing.TB, l *landing.Lander, segments limnograph.SegmentFollower) *reader {
	f := landing.NewFeed(l, segments)
	t.Cleanup(func() { must(t, f.Close()) })
	return &reader{t: t, feed: f, got: map[int64]given{}}
}

func (r *reader) read(limit int64) (more bool) {
	r.t.Helper()
	r.new = 0
	next, more, err := r.feed.Read(context.Background(), feedTable, r.mark, limit, func(b limnograph.LandedBatch) error {
		r.new += b.Count
		return (&feedWorld{ever: map[int64]given{}}).enter(b, r.got)
	})
	must(r.t, err)
	r.mark = next
	return more
}

// wantNew reads once and checks how many lines that gave, and how many different ones there are by now.
func (r *reader) wantNew(fresh, all int) {
	r.t.Helper()
	if more := r.read(0); r.new != fresh || len(r.got) != all || more {
		r.t.Fatalf("%d lines are new and %d different ones known, want %d and %d; more: %v; mark %s", r.new, len(r.got), fresh, all, more, r.mark)
	}
}

func TestTheFeedFollowsOpenSegments(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	r := newReader(t, l, s)
	r.wantNew(0, 0)
	b := batch(part("other_metrics", "x", 5), part(feedTable, "a", 2))
	b.Arrival = arrival.Add(1234567 * time.Microsecond)
	must(t, l.Append(t.Context(), b))
	if got := []int64{r.feed.Waiting(feedTable), r.feed.Waiting("other_metrics"), r.feed.Waiting("none")}; !slices.Equal(got, []int64{2, 5, 0}) {
		t.Errorf("waiting: %d", got)
	}
	var got []limnograph.LandedBatch
	next, more, err := r.feed.Read(t.Context(), feedTable, r.mark, 0, func(b limnograph.LandedBatch) error {
		b.Lines = bytes.Clone(b.Lines)
		got = append(got, b)
		return nil
	})
	must(t, err)
	want := []limnograph.LandedBatch{{
		Sequence: 1, Arrival: arrival.Add(1234 * time.Millisecond), Position: 1<<24 + 5, Count: 2, MinTime: 1000, MaxTime: 1001,
		Lines: []byte(`{"namespace":"Glue","metric_name":"a","n":0,"timestamp":1000,"limno_position":16777221}` + "\n" +
			`{"namespace":"Glue","metric_name":"a","n":1,"timestamp":1001,"limno_position":16777222}` + "\n"),
	}}
	if diff := cmp.Diff(want, got); diff != "" || more || r.feed.Waiting(feedTable) != 0 {
		t.Errorf("%s, more: %v, waiting: %d", diff, more, r.feed.Waiting(feedTable))
	}
	r.mark = next
	must(t, l.Seal(t.Context()))
	r.wantNew(0, 0)
	must(t, l.Append(t.Context(), batch(part(feedTable, "b", 3))))
	must(t, l.Seal(t.Context())) // before anything was read of it
	r.wantNew(3, 3)
	r.mark = next
	r.wantNew(3, 3)
}

// What is read beside appending and sealing is, in the end, everything, once.
func TestTheFeedRunsBesideTheLander(t *testing.T) {
	for name, s := range map[string]interface {
		limnograph.ObjectStore
		limnograph.SegmentStore
		limnograph.SegmentFollower
	}{"Memory": mem.New(), "Directory": openDir(t)} {
		t.Run(name, func(t *testing.T) {
			l, err := landing.New(t.Context(), s, s, nil, landing.Config{SealBytes: 4000, MaxOpen: 3})
			must(t, err)
			stop := running(t, l)
			r := newReader(t, l, s)
			const senders, batches, lines = 5, 60, 7
			var wg sync.WaitGroup
			for sender := range senders {
				wg.Go(func() {
					for i := range batches {
						b := batch(part(feedTable, fmt.Sprint(sender, "-", i), lines))
						b.Sender = fmt.Sprint("sender-", sender)
						err := l.Append(context.Background(), b)
						for ; limnograph.ErrorCode(err) == limnograph.CodeUnavailable; err = l.Append(context.Background(), b) {
							runtime.Gosched() // more segments wait to be sealed than may be
						}
						must(t, err)
					}
				})
			}
			done := make(chan struct{})
			go func() { wg.Wait(); close(done) }()
			total := 0
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true
				default:
				}
				for more := true; more; total += r.new {
					more = r.read(100)
				}
			}
			if want := senders * batches * lines; len(r.got) != want || total != want {
				t.Errorf("%d lines, %d different ones, want %d", total, len(r.got), want)
			}
			must(t, stop())
			r.wantNew(0, senders*batches*lines)
		})
	}
}

func openDir(t testing.TB) *localdir.Store {
	s, err := localdir.Open(t.TempDir())
	must(t, err)
	return s
}

func TestAnImportUnderWayHoldsUpNothing(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{SealBytes: 1000}, nil)
	r := newReader(t, l, s)
	r.wantNew(0, 0)
	text := metricLines("i", 90, "\n")
	rounds, marks := 0, []string{}
	src := landing.Source{Name: "x", Modified: arrival, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(&interrupted{r: strings.NewReader(text), each: func(i int) {
			if i%10 == 9 {
				rounds++
				must(t, l.Append(t.Context(), batch(part(feedTable, "live", 1))))
				r.wantNew(1, rounds)
				marks = append(marks, r.mark)
			}
		}}), nil
	}}
	im := landing.NewImporter(s, l, tableOf, landing.ImportConfig{ChunkBytes: 1000})
	got, err := im.Import(t.Context(), src)
	must(t, err)
	if got.Lines != 90 || rounds < 5 || r.feed.Waiting(feedTable) != 60 {
		t.Fatalf("%+v after %d rounds, waiting: %d", got, rounds, r.feed.Waiting(feedTable))
	}
	r.wantNew(60, 60+rounds)
	for _, mark := range marks {
		again := newReader(t, l, s)
		again.mark = mark
		again.read(0)
		imported := 0
		for _, g := range again.got {
			if strings.Contains(g.line, `"account_id"`) {
				imported++
			}
		}
		if imported != 60 {
			t.Errorf("with mark %s %d lines of the import come", mark, imported)
		}
	}
}

// A damaged object gives what stands before its damage, is counted, and holds up nothing.
func TestADamagedObjectIsCountedAndPassed(t *testing.T) {
	s, registry := mem.New(), prometheus.NewRegistry()
	l := newLander(t, s, landing.Config{Registerer: registry}, nil)
	for _, words := range []string{"a", "b", "c"} {
		must(t, l.Append(t.Context(), batch(part(feedTable, words, 2))))
		must(t, l.Append(t.Context(), batch(part(feedTable, words+"-end", 2))))
		must(t, l.Seal(t.Context()))
	}
	damage(t, s, keysOf(t, s, objectkey.MetricsPrefix)[1])
	r := newReader(t, l, s)
	r.wantNew(10, 10)
	r.wantNew(0, 10)
	r.mark = ""
	r.wantNew(10, 10)
	if n := counted(t, registry, "limno_landing_feed_damaged_objects_total"); n != 1 {
		t.Errorf("%v damaged objects are counted", n)
	}
	if !landing.Covers(r.mark, objectkey.Landing{Sequence: 3}) {
		t.Errorf("the mark %s does not cover the damaged object", r.mark)
	}
}

// counted returns what a counter has counted.
func counted(t testing.TB, registry *prometheus.Registry, name string) (n float64) {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() == name {
			n += f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return n
}

// damage changes the last byte of the checksum of an object's last member.
func damage(t testing.TB, s limnograph.ObjectStore, key string) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	must(t, err)
	content, err := io.ReadAll(r)
	must(t, err)
	must(t, r.Close())
	content[len(content)-5] ^= 1
	_, err = s.Put(t.Context(), key, bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
}

// Reading a backlog goes on where it was after each restart, and what was deleted meanwhile is skipped.
func TestABacklogIsReadInSteps(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	for i := range 12 {
		must(t, l.Append(t.Context(), batch(part(feedTable, fmt.Sprint("o-", i), 5))))
		if i%3 == 2 {
			must(t, l.Seal(t.Context()))
		}
	}
	r, total := newReader(t, l, s), 0
	for step := 0; ; step++ {
		more := r.read(5)
		if total += r.new; r.new > 10 {
			t.Fatalf("%d lines at once", r.new)
		}
		if step == 4 {
			for _, key := range keysOf(t, s, objectkey.MetricsPrefix)[2:3] {
				must(t, s.Delete(t.Context(), key))
			}
		}
		if !more {
			break
		}
		if step%2 == 0 {
			got, mark := r.got, r.mark
			r = newReader(t, newLander(t, s, landing.Config{}, nil), s)
			r.got, r.mark = got, mark
		}
	}
	if total != len(r.got) || total != 60-15 && total != 60-10 {
		t.Errorf("%d lines, %d different ones", total, len(r.got))
	}
	numbers := slices.Collect(maps.Keys(r.got))
	if slices.Sort(numbers); numbers[len(numbers)-1]>>24 != 12 {
		t.Errorf("the last batch is %d", numbers[len(numbers)-1]>>24)
	}
}

// What of a backlog is not remembered yet may be packed with what was read of it: the packed object begins before it.
func TestWhatIsPackedWithThingsReadIsRead(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	for i := range 4 {
		must(t, l.Append(t.Context(), batch(part(feedTable, fmt.Sprint("o-", i), 5))))
		if i > 0 {
			must(t, l.Seal(t.Context()))
		}
	}
	r := newReader(t, newLander(t, s, landing.Config{}, nil), s)
	r.feed.RememberMost(1)
	if more := r.read(5); r.new != 5 || !more { // in the middle of an object, which stays open
		t.Fatalf("%d lines, more: %v", r.new, more)
	}
	packed, content := objectkey.Landing{}, []byte(nil)
	for _, key := range keysOf(t, s, objectkey.MetricsPrefix) {
		named, err := objectkey.ParseLanding(key)
		must(t, err)
		if packed.Sequence == 0 {
			packed = named
		}
		packed.Through = named.Sequence
		o, err := s.Open(t.Context(), key)
		must(t, err)
		part, err := io.ReadAll(o)
		must(t, errors.Join(err, o.Close(), s.Delete(t.Context(), key)))
		content = append(content, part...)
	}
	_, err := s.Put(t.Context(), packed.Key(), bytes.NewReader(content), limnograph.PutOptions{})
	must(t, err)
	for r.read(5) {
	}
	if len(r.got) != 20 {
		t.Errorf("%d of 20 lines came; mark %s", len(r.got), r.mark)
	}
}

// A mark that can't be of this landing covers nothing.
func TestAForeignMarkCoversNothing(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	must(t, l.Append(t.Context(), batch(part(feedTable, "a", 2))))
	must(t, l.Seal(t.Context()))
	r := newReader(t, l, s)
	for _, mark := range []string{"nonsense", `{"through":1000000}`, `{"through":1,"pending":[[9,1]]}`, `[]`} {
		r.mark = mark
		r.wantNew(2, 2)
	}
	r.mark = `{"through":1}`
	r.wantNew(0, 2)
}

// After an error everything comes again with the old mark.
func TestAFailedReadGivesNothingAway(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	r := newReader(t, l, s)
	r.wantNew(0, 0)
	for _, words := range []string{"a", "b", "c"} {
		must(t, l.Append(t.Context(), batch(part(feedTable, words, 2))))
	}
	broken, calls := errors.New("disk full"), 0
	_, _, err := r.feed.Read(t.Context(), feedTable, r.mark, 0, func(limnograph.LandedBatch) error {
		if calls++; calls == 2 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got := r.feed.Waiting(feedTable); got != 6 {
		t.Errorf("%d lines wait", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.feed.Read(ctx, feedTable, r.mark, 0, func(limnograph.LandedBatch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	r.wantNew(6, 6)
}
