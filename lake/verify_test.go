package lake_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"
	"testing"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
)

// sealed is landing as a whole: the batches of a feed, some to each object.
type sealed struct {
	feed      *feed
	perObject int             // batches; 0: 3
	unsealed  int             // so many of the newest batches are in no object yet
	dropped   map[uint64]bool // batches that have expired
	unknown   bool            // nobody knows the bounds of objects
	damaged   map[string]bool // objects that break off after their first batch
	gone      map[string]bool // objects that vanish once
}

func (s *sealed) objects(table string) map[string][]limnograph.LandedBatch {
	out := map[string][]limnograph.LandedBatch{}
	batches := s.feed.batches[table]
	batches = batches[:max(0, len(batches)-s.unsealed)]
	per := cmp.Or(s.perObject, 3)
	for i, b := range batches {
		if s.dropped[b.Sequence] {
			continue
		}
		first := batches[i-i%per]
		key := fmt.Sprintf("landing/metrics/%s/sender=test/%s/s-%s-%016d.gz", table,
			first.Arrival.Format("year=2006/month=01/day=02/hour=15"), first.Arrival.Format("2006-01-02-15-04-05.000"), first.Sequence)
		out[key] = append(out[key], b)
	}
	return out
}

func (s *sealed) Objects(_ context.Context, table string) iter.Seq2[limnograph.File, error] {
	return func(yield func(limnograph.File, error) bool) {
		for key, batches := range s.objects(table) {
			f := limnograph.File{Key: key, Size: 1000, MinTime: batches[0].MinTime, MaxTime: batches[0].MaxTime}
			for _, b := range batches {
				f.Lines += int64(b.Count)
				f.MinTime, f.MaxTime = min(f.MinTime, b.MinTime), max(f.MaxTime, b.MaxTime)
			}
			if s.unknown {
				f.Lines, f.MinTime, f.MaxTime = 0, 0, 0
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (s *sealed) ReadObject(_ context.Context, key string, yield func(limnograph.LandedBatch) error) error {
	if s.gone[key] {
		delete(s.gone, key)
		return &limnograph.Error{Code: limnograph.CodeNotFound, Message: key}
	}
	for table := range s.feed.batches {
		for _, b := range s.objects(table)[key] {
			b.Lines = bytes.Clone(b.Lines)
			if err := yield(b); err != nil {
				return err
			}
			if s.damaged[key] {
				return &limnograph.Error{Code: limnograph.CodeInvalid, Message: key}
			}
		}
	}
	return nil
}

func (w *world) verify(t testing.TB, s *sealed, opt lake.VerifyOptions) lake.TableReport {
	t.Helper()
	opt.Table = "glue_metrics"
	report, err := w.lake.Verify(t.Context(), s, opt)
	must(t, err)
	return report.Tables[0]
}

// wantEqual fails unless the table is what landing says.
func wantEqual(t testing.TB, r lake.TableReport) {
	t.Helper()
	if !r.Equal() {
		t.Fatalf("the table differs: %+v", r)
	}
}

// minutes lands one batch for each minute before now, of series a and b.
func (w *world) minutes(n int) {
	for i := n; i > 0; i-- {
		w.feed.land("glue_metrics", at(1-i), point("a", -i, 1, float64(i)), point("b", -i, 1, 1))
	}
}

// replace puts a changed copy of a data file into the table, as a defect might have done.
func (w *world) replace(t testing.TB, change func(rows []columns.Row) []columns.Row) limnograph.DataFile {
	t.Helper()
	base, err := w.snapshots.Current(t.Context(), "glue_metrics")
	must(t, err)
	old := base.Files[len(base.Files)-1]
	f := w.writeData(t, old.Key, change(w.read(t, old.Key)))
	_, err = w.snapshots.Commit(t.Context(), "glue_metrics", base.ID, limnograph.TableChange{Add: []limnograph.DataFile{f}, Remove: []limnograph.DataFile{old}, Properties: base.Properties})
	must(t, err)
	w.start(t)
	return f
}

func TestVerify(t *testing.T) {
	t.Run("Equal", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Rows != 300 || r.Hours != 3 || r.Statements != 300 {
			t.Fatalf("%d rows, %d hours, %d statements; want 300, 3, 300", r.Rows, r.Hours, r.Statements)
		}
	})
	t.Run("TheCommitterCatchesUpFirst", func(t *testing.T) {
		w := newWorld(t, lake.Config{RoundLines: 10})
		w.minutes(30)
		wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
	})
	t.Run("EmptyTable", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
	})
	t.Run("HeldStatementsAreCountedApart", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(10)
		w.curate(t)
		w.feed.land("glue_metrics", now, point("a", -5, 3, 99))
		r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Held != 1 {
			t.Fatalf("%d held, want 1", r.Held)
		}
	})
	t.Run("RowsOfUnsealedBatchesAreCountedApart", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(10)
		w.feed.land("glue_metrics", now, point("a", -5, 3, 99), point("c", 0, 1, 1))
		r := w.verify(t, &sealed{feed: w.feed, unsealed: 1}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Unsealed != 2 {
			t.Fatalf("%d unsealed, want 2: %+v", r.Unsealed, r)
		}
	})
	t.Run("RowsOlderThanLandingAreCountedApart", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(200)
		r := w.verify(t, &sealed{feed: w.feed, dropped: batches(1, 100)}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Older != 200 {
			t.Fatalf("%d older, want 200", r.Older)
		}
	})
	t.Run("StatementsOutsideTheArrivalWindowAreCountedApart", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(10)
		w.feed.land("glue_metrics", now, point("a", -60*24*365, 1, 1), point("a", 500, 1, 1))
		r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Outside != 2 {
			t.Fatalf("%d outside, want 2", r.Outside)
		}
	})
	t.Run("ObjectsWithoutKnownBoundsAreReadAllTheSame", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		r := w.verify(t, &sealed{feed: w.feed, unknown: true}, lake.VerifyOptions{})
		wantEqual(t, r)
		if r.Statements != 300 || r.Older+r.Unsealed > 0 {
			t.Fatalf("%+v", r)
		}
	})
	t.Run("RangeLimitsWhatIsCompared", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		w.minutes(150)
		w.curate(t)
		w.replace(t, func(rows []columns.Row) []columns.Row { rows[0].Sum++; return rows })
		wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{Range: limnograph.TimeRange{To: at(-61)}}))
		r := w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{Range: limnograph.TimeRange{From: at(-60)}})
		if r.Different != 1 {
			t.Fatalf("%d different, want 1", r.Different)
		}
	})
	t.Run("UnknownTable", func(t *testing.T) {
		w := newWorld(t, lake.Config{})
		_, err := w.lake.Verify(t.Context(), &sealed{feed: w.feed}, lake.VerifyOptions{Table: "nope"})
		wantCode(t, err, limnograph.CodeNotFound)
	})
}

func batches(from, to uint64) map[uint64]bool {
	out := map[uint64]bool{}
	for ; from <= to; from++ {
		out[from] = true
	}
	return out
}

// writeData stores rows as a data file beside another one, under a name that tells its hash.
func (w *world) writeData(t testing.TB, beside string, rows []columns.Row) limnograph.DataFile {
	t.Helper()
	layout, err := columns.NewLayout(glue(), ids(glue()))
	must(t, err)
	var out bytes.Buffer
	writer, err := columns.NewWriter(&out, layout)
	must(t, err)
	must(t, writer.Write(rows))
	sum, err := writer.Close()
	must(t, err)
	hash := sha256.Sum256(out.Bytes())
	w.written++
	key := fmt.Sprintf("%s-%016x-%x.parquet", beside[:strings.LastIndexByte(beside, '/')+3], w.written, hash[:16])
	info, err := w.store.Put(t.Context(), key, &out, limnograph.PutOptions{})
	must(t, err)
	return limnograph.DataFile{Key: key, Size: info.Size, Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime}
}

// What lands, is curated and compacted while it compares is no difference, and hides none.
func TestVerifyWhileTheTableGrows(t *testing.T) {
	for _, wrong := range []int64{0, 1} {
		w := newWorld(t, lake.Config{})
		w.minutes(90)
		w.curate(t)
		if wrong > 0 {
			w.replace(t, func(rows []columns.Row) []columns.Row { rows[3].Sum++; return rows })
		}
		s := &sealed{feed: w.feed, perObject: 1}
		steps := 0
		r := w.verify(t, s, lake.VerifyOptions{Progress: func(p lake.Progress) {
			if p.Done > 0 {
				return
			}
			steps++
			w.feed.land("glue_metrics", now, point("a", -steps, 2, 50), point("c", -steps, 1, 1), point("b", -70, 9, 9))
			s.unsealed = 1
			w.curate(t)
			w.clock = w.clock.Add(minutes10)
			_, err := w.lake.Compact(t.Context(), "glue_metrics")
			must(t, err)
		}})
		if r.Different != wrong || r.Missing+r.Extra+r.Twice > 0 || r.ProblemCount > 0 || steps < 2 {
			t.Fatalf("want %d different: %+v", wrong, r)
		}
	}
}
