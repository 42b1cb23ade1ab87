package landing_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/metricstream"
	"limnograph/objectkey"
)

// share is what one batch holds of one table.
type share struct {
	Arrival          time.Time
	Count            int
	MinTime, MaxTime int64
	Lines            string // without positions
}

// readShares reads all of a table, and checks keys, positions and headers.
func readShares(s limnograph.ObjectReader, table, sender string) (all []share, err error) {
	h := landing.NewHistory(s, nil)
	for f, err := range h.Objects(context.Background(), table) {
		if err != nil {
			return nil, err
		}
		named, err := objectkey.ParseLanding(f.Key)
		if err != nil || named.Table != table || named.Sender != sender || !strings.HasPrefix(f.Key, objectkey.TablePrefix(table)) {
			return nil, fmt.Errorf("key %s: %+v, %w", f.Key, named, err)
		}
		members := 0
		err = h.ReadObject(context.Background(), f.Key, func(b limnograph.LandedBatch) error {
			lines, err := withoutPositions(b)
			if members++; err == nil && (members > 1 || b.Sequence != named.Sequence || !b.Arrival.Equal(named.Arrival)) {
				err = fmt.Errorf("%s holds batch %d of %v as member %d", f.Key, b.Sequence, b.Arrival, members)
			}
			all = append(all, share{b.Arrival, b.Count, b.MinTime, b.MaxTime, lines})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func withoutPositions(b limnograph.LandedBatch) (text string, err error) {
	position := b.Position
	for line := range bytes.Lines(bytes.Clone(b.Lines)) {
		canonical, at, ok := metricstream.CutPosition(line)
		if !ok || at != position || metricstream.SequenceOf(at) != b.Sequence {
			return "", fmt.Errorf("line %q is not at %d", line, position)
		}
		text, position = text+string(canonical), position+1
	}
	return text, nil
}

// drawBatch draws a batch of some tables, and enters what is to be read of it.
func drawBatch(rt *rapid.T, want map[string][]share) *limnograph.Batch {
	b := batch()
	b.Arrival = arrival.Add(time.Duration(rapid.IntRange(-1, 1).Draw(rt, "second")) * time.Second)
	for _, table := range append(limnograph.RecordTables(), "glue_metrics") {
		n := rapid.IntRange(0, 3).Draw(rt, "lines")
		if n == 0 && rapid.Bool().Draw(rt, "left out") {
			continue
		}
		p := part(table, rapid.StringMatching(`[a-z{},:é]{1,8}`).Draw(rt, "words"), n)
		b.Parts = append(b.Parts, p)
		if n > 0 {
			want[table] = append(want[table], share{b.Arrival, n, p.MinTime, p.MaxTime, string(p.Lines)})
		}
	}
	return b
}

// Whatever lands directly is read back as it was, by several writers who collide and see the store fail, too.
func TestWhatLandsDirectlyIsReadBackEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, want := mem.New(), map[string][]share{}
		var writers []*landing.Direct
		for range 3 {
			var draws uint64 // the same ones for each writer
			step := rapid.Uint64().Draw(rt, "random")
			writers = append(writers, landing.NewDirect(s, landing.DirectConfig{Random: func() uint64 { draws += step; return draws }}))
		}
		for range rapid.IntRange(1, 12).Draw(rt, "batches") {
			d := rapid.SampledFrom(writers).Draw(rt, "writer")
			if err := d.Append(context.Background(), drawBatch(rt, want)); err != nil {
				rt.Fatal(err)
			}
		}
		for _, table := range append(limnograph.RecordTables(), "glue_metrics") {
			got, err := readShares(s, table, "team-a")
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(tallied(want[table]), tallied(got)); diff != "" {
				rt.Fatalf("%s (-want +got):\n%s", table, diff)
			}
		}
	})
}

func tallied(all []share) map[share]int {
	n := map[share]int{}
	for _, one := range all {
		n[one]++
	}
	return n
}

func TestDirect(t *testing.T) {
	t.Run("NamesTheObjectAfterTableSenderAndArrival", func(t *testing.T) {
		s := mem.New()
		d := landing.NewDirect(s, landing.DirectConfig{Random: func() uint64 { return 5 }})
		must(t, d.Append(t.Context(), batch(part(limnograph.RunsTable, "a", 2), part("glue_metrics", "b", 1))))
		const folders = "/sender=team-a/year=2026/month=11/day=24/hour=05/glue-stream-2026-11-24-05-52-02.123-"
		sequence := fmt.Sprintf("%016d.gz", arrival.Unix()<<7+5)
		want := []string{"landing/metrics/glue_metrics" + folders + sequence, "landing/runs/job_runs" + folders + sequence}
		if diff := cmp.Diff(want, keysOf(t, s, "")); diff != "" {
			t.Error(diff)
		}
		if got := landed(t, s); len(got) != 3 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("SequencesRiseThoughTheClockGoesBack", func(t *testing.T) {
		s, last := mem.New(), int64(-1)
		d := landing.NewDirect(s, landing.DirectConfig{})
		for i := range 20 {
			b := batch(part(limnograph.RunsTable, fmt.Sprint("r", i), 1))
			b.Arrival = arrival.Add(-time.Duration(i) * time.Second)
			must(t, d.Append(t.Context(), b))
			now := int64(0)
			for _, l := range landed(t, s) {
				now = max(now, l.Position)
			}
			if now <= last {
				t.Fatalf("position %d after %d", now, last)
			}
			last = now
		}
	})
	t.Run("WritersOfOneMillisecondTakeNoKeyTwice", func(t *testing.T) {
		s := mem.New()
		var wg sync.WaitGroup
		for range 8 {
			d := landing.NewDirect(s, landing.DirectConfig{})
			wg.Go(func() {
				for range 20 {
					must(t, d.Append(context.Background(), batch(part(limnograph.RunsTable, "r", 1))))
				}
			})
		}
		wg.Wait()
		if got := len(keysOf(t, s, objectkey.RunsPrefix)); got != 160 {
			t.Errorf("%d objects", got)
		}
	})
	t.Run("GivesUpInWordsWhereEveryKeyIsTaken", func(t *testing.T) {
		err := landing.NewDirect(fullStore{}, landing.DirectConfig{}).Append(t.Context(), batch(part(limnograph.RunsTable, "r", 1)))
		wantCode(t, err, limnograph.CodeConflict)
	})
	for name, tt := range map[string]struct {
		change func(*limnograph.Batch)
		want   limnograph.Code
	}{
		"Rejects":        {func(b *limnograph.Batch) { b.Rejects = []limnograph.Reject{reject("x")} }, limnograph.CodeInvalid},
		"NoSender":       {func(b *limnograph.Batch) { b.Sender = "" }, limnograph.CodeInvalid},
		"NoArrival":      {func(b *limnograph.Batch) { b.Arrival = time.Time{} }, limnograph.CodeInvalid},
		"FarAhead":       {func(b *limnograph.Batch) { b.Arrival = arrival.AddDate(100, 0, 0) }, limnograph.CodeInvalid},
		"OtherCount":     {func(b *limnograph.Batch) { b.Parts[0].Count++ }, limnograph.CodeInvalid},
		"NoLines":        {func(b *limnograph.Batch) { b.Parts[0].Lines = []byte("{}\n{}\n") }, limnograph.CodeInvalid},
		"StoreOutOfWork": {func(*limnograph.Batch) {}, limnograph.CodeUnavailable},
	} {
		t.Run("Refuses"+name, func(t *testing.T) {
			s, b := mem.New(), batch(part(limnograph.RunsTable, "r", 2))
			s.FailNext(mem.OpPut, &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "injected"})
			tt.change(b)
			err := landing.NewDirect(s, landing.DirectConfig{}).Append(t.Context(), b)
			if wantCode(t, err, tt.want); len(keysOf(t, s, "")) != 0 || !strings.HasPrefix(err.Error(), "land batch: ") {
				t.Errorf("%v, objects %q", err, keysOf(t, s, ""))
			}
		})
	}
}

// fullStore has an object of every key.
type fullStore struct{ limnograph.ObjectWriter }

func (fullStore) Put(context.Context, string, io.Reader, limnograph.PutOptions) (limnograph.ObjectInfo, error) {
	return limnograph.ObjectInfo{}, &limnograph.Error{Code: limnograph.CodeExists}
}
