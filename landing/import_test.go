package landing_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

const firehoseName = "cloudwatch/2026/11/20/07/my-glue-stream-1-2026-11-20-07-31-15-8f0c2a52-1f0e-4d6f-9d9e-0a1b2c3d4e5f.gz"

func tableOf(namespace string) string {
	switch namespace {
	case "Glue":
		return "glue_metrics"
	case "AWS/EBS":
		return "ebs_metrics"
	}
	return limnograph.OtherTable
}

// metricLines are n datapoints of two namespaces, separated as given.
func metricLines(words string, n int, separator string) string {
	var b strings.Builder
	for i := range n {
		namespace := []string{"Glue", "AWS/EBS", "Glue"}[i%3]
		fmt.Fprintf(&b, `{"metric_stream_name":"s","account_id":"111122223333","region":"eu-west-1","namespace":"%s","metric_name":"%s","dimensions":{"JobName":"a}\n{b"},"timestamp":%d,"value":{"max":1.0,"min":1.0,"sum":1.0,"count":1.0},"unit":"Count","n":%d}%s`,
			namespace, words, 1_764_000_000_000+i, i, separator)
	}
	return b.String()
}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	must(t, errors.Join(err, z.Close()))
	return b.Bytes()
}

func source(name string, content []byte) landing.Source {
	return landing.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// importer makes a lander and an importer over a store. Chunks are small, so that every test crosses their borders.
func importer(t testing.TB, s *mem.Store, cfg landing.Config, sealed func(limnograph.ObjectEvent)) *landing.Importer {
	t.Helper()
	return landing.NewImporter(s, newLander(t, s, cfg, sealed), tableOf, landing.ImportConfig{ChunkBytes: 2000})
}

// wantLines checks that exactly the n datapoints of words have landed, each once.
func wantLines(t testing.TB, s *mem.Store, words string, n int) {
	t.Helper()
	got := tally(landed(t, s))
	for i := range n {
		if found := got[fmt.Sprintf("%s/%d", words, i)]; found != 1 {
			t.Fatalf("line %d is there %d times", i, found)
		}
	}
	if len(got) != n {
		t.Fatalf("%d lines landed, want %d", len(got), n)
	}
}

func TestImport(t *testing.T) {
	t.Run("LandsAFirehoseObjectAtItsArrival", func(t *testing.T) {
		s, seen := mem.New(), newEvents()
		im := importer(t, s, landing.Config{}, seen.add)
		got, err := im.Import(t.Context(), source(firehoseName, zipped(t, metricLines("a", 100, "\n"))))
		must(t, err)
		want := landing.Result{Lines: 100, Format: "gzip", Arrival: time.Date(2026, 11, 20, 7, 31, 15, 0, time.UTC)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		wantLines(t, s, "a", 100)
		keys := keysOf(t, s, objectkey.MetricsPrefix)
		if len(keys) != 2 || len(seen.all) != 2 {
			t.Fatalf("objects %q, events %+v", keys, seen.all)
		}
		const prefix = "landing/metrics/ebs_metrics/sender=import/year=2026/month=11/day=20/hour=07/my-glue-stream-2026-11-20-07-31-15.000-"
		if !strings.HasPrefix(keys[0], prefix) {
			t.Errorf("key %q does not begin with %q", keys[0], prefix)
		}
		if names, _ := s.Names(t.Context()); len(names) != 0 {
			t.Errorf("segments %q are left", names)
		}
	})
	for name, separator := range map[string]string{"WithoutLineEnds": "", "WithCRLF": "\r\n", "WithBlankLines": "\n\n", "PrettyPrinted": "\n \t"} {
		t.Run(name, func(t *testing.T) {
			s := mem.New()
			text := metricLines("a", 200, separator)
			if name == "PrettyPrinted" {
				text = strings.ReplaceAll(text, `,"`, ",\n  \"")
			}
			got, err := importer(t, s, landing.Config{}, nil).Import(t.Context(), source("x.json", []byte(text)))
			if err != nil || got.Lines != 200 || got.Rejected != 0 || got.Format != "none" || !got.Arrival.Equal(arrival) {
				t.Errorf("%+v, %v", got, err)
			}
			wantLines(t, s, "a", 200)
		})
	}
	t.Run("TheSecondTimeIsSkippedUnderAnyName", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{}, nil)
		content := zipped(t, metricLines("a", 10, "\n"))
		first, err := im.Import(t.Context(), source(firehoseName, content))
		must(t, err)
		before := keysOf(t, s, "")
		for _, im := range []*landing.Importer{im, importer(t, s, landing.Config{}, nil)} {
			again, err := im.Import(t.Context(), source("another/name", content))
			want := first
			want.Skipped = true
			if diff := cmp.Diff(want, again); err != nil || diff != "" {
				t.Error(err, diff)
			}
		}
		if diff := cmp.Diff(before, keysOf(t, s, "")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("ConcurrentImportsOfTheSameBytesLandOnce", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{}, nil)
		content := zipped(t, metricLines("a", 50, "\n"))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := im.Import(t.Context(), source(firehoseName, content)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantLines(t, s, "a", 50)
	})
	t.Run("SenderComesFromTheFolderThenTheSource", func(t *testing.T) {
		for want, src := range map[string]landing.Source{
			"sender=acc-1":  {Name: "p/sender=acc-1/x"},
			"sender=team-b": {Name: "p/x", Sender: "team-b"},
			"sender=import": {Name: "p/x"},
		} {
			s := mem.New()
			src.Open = source("", []byte(metricLines("a", 1, ""))).Open
			src.Modified = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
			got, err := importer(t, s, landing.Config{}, nil).Import(t.Context(), src)
			must(t, err)
			keys := keysOf(t, s, objectkey.MetricsPrefix)
			if len(keys) != 1 || !strings.Contains(keys[0], "/"+want+"/year=2025/month=01/day=02/hour=03/") || !got.Arrival.Equal(src.Modified) {
				t.Errorf("%q, %+v", keys, got)
			}
		}
	})
	t.Run("WhatIsNoMetricGoesToQuarantineWithItsOffset", func(t *testing.T) {
		s := mem.New()
		good := metricLines("a", 30, "\n")
		got, err := importer(t, s, landing.Config{}, nil).Import(t.Context(), source("x", []byte(good+"this is no metric\n"+metricLines("b", 1, "\n"))))
		if err != nil || got.Lines != 31 || got.Rejected != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		keys := keysOf(t, s, objectkey.QuarantinePrefix)
		if len(keys) != 1 {
			t.Fatalf("quarantine %q", keys)
		}
		text, err := io.ReadAll(inflate(t, s, keys[0]))
		must(t, err)
		if want := fmt.Sprintf(`"offset":%d,`, len(good)); !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %s", text, want)
		}
	})
	t.Run("AnEmptyObjectIsDone", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{}, nil)
		_, err := im.Import(t.Context(), source("x", nil))
		must(t, err)
		got, err := im.Import(t.Context(), source("y", nil))
		if err != nil || !got.Skipped {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("ALargeObjectBecomesSeveral", func(t *testing.T) {
		s := mem.New()
		_, err := importer(t, s, landing.Config{SealBytes: 500}, nil).Import(t.Context(), source("x", []byte(metricLines("a", 300, "\n"))))
		must(t, err)
		wantLines(t, s, "a", 300)
		if keys := keysOf(t, s, objectkey.MetricsPrefix); len(keys) < 6 {
			t.Errorf("%d objects", len(keys))
		}
	})
}

func TestImportFailures(t *testing.T) {
	t.Run("RunRecordsAreRefusedInWords", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{}, nil)
		const name = "/backup/landing/runs/job_runs/sender=a/year=2026/month=11/day=24/hour=05/runs-2026-11-24-05-52-02.123-0000000000000001.gz"
		for _, name := range []string{name, name[len("/backup/"):]} {
			err := importOf(t.Context(), im, name, zipped(t, `{"job_name":"j","limno_position":16777216}`+"\n"))
			wantCode(t, err, limnograph.CodeInvalid)
			if got := err.Error(); !strings.Contains(got, name+" holds run records") || !strings.Contains(got, "limno rebuild --table job_runs") {
				t.Error(got)
			}
		}
		if keys := keysOf(t, s, ""); len(keys) != 0 {
			t.Errorf("objects %q", keys)
		}
		must(t, importOf(t.Context(), im, "/backup/landing/runs/2026/x.gz", zipped(t, metricLines("a", 10, "\n"))))
		wantLines(t, s, "a", 10)
	})
	nothing := func(t *testing.T, s *mem.Store) {
		t.Helper()
		names, err := s.Names(t.Context())
		must(t, err)
		if keys := keysOf(t, s, objectkey.MetricsPrefix); len(names)+len(keys) != 0 {
			t.Errorf("left behind: %q, %q", names, keys)
		}
	}
	content := zipped(t, metricLines("a", 100, "\n"))
	t.Run("ADamagedObjectLeavesNothing", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{}, nil)
		_, err := im.Import(t.Context(), source(firehoseName, content[:len(content)-20]))
		wantCode(t, err, limnograph.CodeInvalid)
		if !strings.Contains(err.Error(), firehoseName) || !strings.Contains(err.Error(), "nothing of this object was landed") {
			t.Errorf("error %v", err)
		}
		nothing(t, s)
	})
	t.Run("AnObjectThatChangesIsRefused", func(t *testing.T) {
		s := mem.New()
		calls := 0
		src := landing.Source{Name: "x", Open: func() (io.ReadCloser, error) {
			calls++
			return io.NopCloser(strings.NewReader(metricLines("a", calls, "\n"))), nil
		}}
		_, err := importer(t, s, landing.Config{}, nil).Import(t.Context(), src)
		wantCode(t, err, limnograph.CodeConflict)
		nothing(t, s)
	})
	t.Run("AReadErrorIsReportedAndLeavesNothing", func(t *testing.T) {
		s, broken := mem.New(), errors.New("broken pipe")
		calls := 0
		src := landing.Source{Name: "x", Open: func() (io.ReadCloser, error) {
			calls++
			if calls == 1 {
				return io.NopCloser(bytes.NewReader(content)), nil
			}
			return io.NopCloser(io.MultiReader(strings.NewReader(metricLines("a", 50, "\n")), iotest.ErrReader(broken))), nil
		}}
		if _, err := importer(t, s, landing.Config{}, nil).Import(t.Context(), src); !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
		nothing(t, s)
	})
	t.Run("ALimitRefusesTheWholeObject", func(t *testing.T) {
		s := mem.New()
		im := importer(t, s, landing.Config{QuarantineQuota: 600}, nil)
		_, err := im.Import(t.Context(), source("x", []byte(metricLines("a", 50, "\n")+strings.Repeat("no metric\n", 50))))
		wantCode(t, err, limnograph.CodeUnavailable)
		nothing(t, s)
	})
	t.Run("AfterAFailureTheImportCanBeRepeated", func(t *testing.T) {
		for _, op := range []mem.Op{mem.OpCreate, mem.OpWrite, mem.OpSync, mem.OpPut, mem.OpSeal} {
			s := mem.New()
			im := importer(t, s, landing.Config{}, nil)
			must(t, importOf(t.Context(), im, "warm-up", nil)) // the sequence is reserved
			s.FailNext(op, errors.New("boom"))
			err := importOf(t.Context(), im, "x", content)
			if err == nil {
				t.Errorf("%s: no error", op)
			}
			must(t, importOf(t.Context(), im, "x", content))
			wantLines(t, s, "a", 100)
		}
	})
	t.Run("AFullDiskAtTheReceiptLeavesNothing", func(t *testing.T) {
		s := mem.New()
		objects := &receiptError{Store: s, early: true, err: &limnograph.Error{Code: limnograph.CodeUnavailable}}
		l, err := landing.New(t.Context(), objects, s, nil, landing.Config{Now: (&clock{now: arrival}).Now})
		must(t, err)
		im := landing.NewImporter(objects, l, tableOf, landing.ImportConfig{})
		text := []byte(metricLines("a", 50, "\n") + strings.Repeat("no metric\n", 50))
		wantCode(t, importOf(t.Context(), im, "x", text), limnograph.CodeUnavailable)
		nothing(t, s)
		if n := l.Stats().QuarantineBytes; n != 0 {
			t.Errorf("%d bytes are counted in quarantine", n)
		}
		must(t, importOf(t.Context(), im, "x", text))
		wantLines(t, s, "a", 50)
		if got, want := l.Stats().QuarantineBytes, sizeOf(t, s, objectkey.QuarantinePrefix); got != want {
			t.Errorf("%d bytes are counted in quarantine, %d are there", got, want)
		}
	})
	t.Run("AReceiptThatIsThereInSpiteOfAnErrorIsFollowed", func(t *testing.T) {
		s := mem.New()
		objects := &receiptError{Store: s, err: errors.New("no answer")}
		l, err := landing.New(t.Context(), objects, s, nil, landing.Config{Now: (&clock{now: arrival}).Now})
		must(t, err)
		im := landing.NewImporter(objects, l, tableOf, landing.ImportConfig{})
		if err := importOf(t.Context(), im, "x", content); err == nil {
			t.Error("the error is hidden")
		}
		must(t, importOf(t.Context(), im, "x", content))
		wantLines(t, s, "a", 100)
	})
	t.Run("AFailedCloseClosesTheOthersAndLeavesNothing", func(t *testing.T) {
		s := mem.New()
		segments := &closeErrors{SegmentStore: s}
		l, err := landing.New(t.Context(), s, segments, nil, landing.Config{Now: (&clock{now: arrival}).Now})
		must(t, err)
		im := landing.NewImporter(s, l, tableOf, landing.ImportConfig{})
		text := []byte(metricLines("a", 50, "\n") + "no metric\n")
		if err := importOf(t.Context(), im, "x", text); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if segments.made < 2 || segments.closed != segments.made {
			t.Errorf("%d segments were made and %d closed", segments.made, segments.closed)
		}
		nothing(t, s)
	})
	t.Run("CancellationStopsIt", func(t *testing.T) {
		s := mem.New()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := importOf(ctx, importer(t, s, landing.Config{}, nil), "x", content); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// receiptError fails once to write a receipt: before it does so, or after, as a store does whose answer is lost.
type receiptError struct {
	*mem.Store
	early bool
	err   error
}

func (s *receiptError) Put(ctx context.Context, key string, body io.Reader, opt limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	var err error
	if strings.HasPrefix(key, objectkey.ImportsPrefix) {
		err, s.err = s.err, nil
	}
	if err != nil && s.early {
		return limnograph.ObjectInfo{}, err
	}
	info, perr := s.Store.Put(ctx, key, body, opt)
	return info, errors.Join(err, perr)
}

// closeErrors makes segments whose Close fails, and counts.
type closeErrors struct {
	limnograph.SegmentStore
	made, closed int
}

func (c *closeErrors) Create(ctx context.Context, name string) (limnograph.Segment, error) {
	c.made++
	g, err := c.SegmentStore.Create(ctx, name)
	return closeErrorSegment{g, c}, err
}

type closeErrorSegment struct {
	limnograph.Segment
	store *closeErrors
}

func (g closeErrorSegment) Close() error {
	g.store.closed++
	return errors.Join(g.Segment.Close(), os.ErrDeadlineExceeded)
}

func importOf(ctx context.Context, im *landing.Importer, name string, content []byte) error {
	_, err := im.Import(ctx, source(name, content))
	return err
}

// Wherever a crash comes, the next start and the next import give each line once.
func TestImportCrashedAtEveryStep(t *testing.T) {
	content := zipped(t, metricLines("a", 40, "\n")+"no metric\n")
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	finished := 0
	for steps := 0; finished < 3; steps++ {
		for seed := range uint64(10) {
			s := mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 0))})
			im := importer(t, s, landing.Config{SealBytes: 400}, nil)
			s.CrashAfter(steps)
			if importOf(t.Context(), im, firehoseName, content) == nil && seed == 0 {
				finished++
			}
			if seed%2 == 0 {
				s.Kill()
			}
			s.PowerCut()

			l := newLander(t, s, landing.Config{SealBytes: 400}, nil)
			if names, err := s.Names(t.Context()); err != nil || len(names) != 0 {
				t.Fatalf("after %d steps: segments %q are left, %v", steps, names, err)
			}
			_, err := s.Stat(t.Context(), "imports/"+sum+".json")
			if got := len(landed(t, s)); got != 0 && (got != 40 || err != nil) {
				t.Fatalf("after %d steps and a restart: %d lines, receipt %v", steps, got, err)
			}
			must(t, importOf(t.Context(), landing.NewImporter(s, l, tableOf, landing.ImportConfig{ChunkBytes: 2000}), firehoseName, content))
			wantLines(t, s, "a", 40)
			if keys := keysOf(t, s, objectkey.QuarantinePrefix); len(keys) != 1 {
				t.Fatalf("after %d steps: quarantine %q", steps, keys)
			}
		}
	}
}
