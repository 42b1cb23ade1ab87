package landing_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// members returns the headers of an object's members.
func members(t testing.TB, s limnograph.ObjectReader, key string) (all []objectkey.Member) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	must(t, err)
	defer r.Close()
	in := bufio.NewReader(r)
	z, err := gzip.NewReader(in)
	for ; err == nil; err = z.Reset(in) {
		z.Multistream(false)
		m, err := objectkey.ParseMember(z.Name)
		must(t, err)
		all = append(all, m)
		_, err = io.Copy(io.Discard, z)
		must(t, err)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return all
}

// upWorld is a world that is up, with n objects of one batch each in the hour of arrival.
func upWorld(t testing.TB, n int, cfg landing.KeeperConfig) *keepWorld {
	w := newKeepWorld(t, 1, cfg)
	if !w.start() {
		t.Fatal("it does not start")
	}
	t.Cleanup(func() {
		if w.stop != nil {
			w.stop()
		}
	})
	for i := range n {
		w.send("team-a", arrival.Add(time.Duration(i)*time.Second), 2+i)
		must(t, w.settle())
	}
	return w
}

var packing = landing.KeeperConfig{PackAfter: time.Hour}

func TestPackedHour(t *testing.T) {
	w := upWorld(t, 3, packing)
	before := w.objects()
	fourFields(t, w.store, before[1])
	var want []objectkey.Member
	for i, key := range before {
		m := members(t, w.store, key)[0]
		m.Arrival = arrival.Add(time.Duration(i) * time.Second).UnixMilli()
		want = append(want, m)
	}
	must(t, w.tend(1))
	must(t, w.complete())
	files := w.worker.FileSet().Tables[0].Files
	if len(files) != 1 {
		t.Fatalf("published: %+v", files)
	}
	packed := objectkey.Landing{Table: "glue_metrics", Sender: "team-a", Stream: "glue-stream", Arrival: arrival, Sequence: want[0].Sequence, Through: want[2].Sequence}
	info, err := w.store.Stat(t.Context(), packed.Key())
	must(t, err)
	if diff := cmp.Diff(limnograph.File{Key: packed.Key(), Size: info.Size, Lines: 9, MinTime: 1000, MaxTime: 1003}, files[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, members(t, w.store, packed.Key())); diff != "" {
		t.Errorf("members: %s", diff)
	}
	if got := w.objects(); len(got) != 4 {
		t.Fatalf("a query may still read what was packed, and there is %q", got)
	}
	ledger, err := w.catalog.Objects(t.Context(), "glue_metrics")
	if err != nil || !slices.Equal(ledger, files) {
		t.Errorf("ledger %+v, %v", ledger, err)
	}
	must(t, w.tend(1))
	must(t, w.complete())
	if got := w.objects(); !slices.Equal(got, []string{packed.Key()}) {
		t.Errorf("left: %q", got)
	}
	must(t, w.tend(3)) // nothing more to do
	if got := w.objects(); !slices.Equal(got, []string{packed.Key()}) {
		t.Errorf("left in the end: %q", got)
	}
}

// What must not be packed, and stays as it is.
func TestNotPacked(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg     landing.KeeperConfig
		prepare func(t *testing.T, w *keepWorld)
	}{
		"off":             {cfg: landing.KeeperConfig{}},
		"the hour is new": {cfg: landing.KeeperConfig{PackAfter: 48 * time.Hour}},
		"nobody has read it": {cfg: landing.KeeperConfig{
			PackAfter: time.Hour, Covered: func(string, objectkey.Landing) bool { return false },
		}},
		"the table is not published": {cfg: packing, prepare: func(_ *testing.T, w *keepWorld) {
			w.keeper = landing.NewKeeper(w.lander, w.worker.Replace, packing)
		}},
		"a batch of before is still open": {cfg: packing, prepare: func(t *testing.T, w *keepWorld) {
			s := mem.New()
			l := newLander(t, s, landing.Config{Now: w.clock.Now}, nil)
			open := batch(part("ebs_metrics", "open", 1))
			must(t, l.Append(t.Context(), open))
			for _, key := range w.objects() { // the objects of this world, behind a segment that is not sealed
				r, err := w.store.Open(t.Context(), key)
				must(t, err)
				_, err = s.Put(t.Context(), key, r, limnograph.PutOptions{})
				must(t, err)
			}
			w.store, w.keeper = s, landing.NewKeeper(l, w.worker.Replace, landing.KeeperConfig{PackAfter: time.Hour, Schemas: glueOnly})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := upWorld(t, 3, tc.cfg)
			if tc.prepare != nil {
				tc.prepare(t, w)
			}
			before := w.objects()
			must(t, w.tend(3))
			if diff := cmp.Diff(before, w.objects()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func glueOnly() []limnograph.Schema { return []limnograph.Schema{{Table: "glue_metrics"}} }

// A damaged object, and one that others wrote, are left out; their neighbours are packed.
func TestPackingAroundDamage(t *testing.T) {
	w := upWorld(t, 5, packing)
	key := w.objects()[2]
	r, err := w.store.Open(t.Context(), key)
	must(t, err)
	content, err := io.ReadAll(r)
	must(t, err)
	content[len(content)-6] ^= 1 // its checksum
	_, err = w.store.Put(t.Context(), key, strings.NewReader(string(content)), limnograph.PutOptions{})
	must(t, err)
	must(t, w.tend(3))
	got := w.objects()
	if len(got) != 3 || !slices.Contains(got, key) {
		t.Errorf("left: %q", got)
	}
}

// A packed object that lacks something never costs what it was made of.
func TestDamagedPackedObjectDeletesNothing(t *testing.T) {
	w := upWorld(t, 3, packing)
	before := w.objects()
	must(t, w.tend(1))
	packed := w.worker.FileSet().Tables[0].Files[0].Key
	_, err := w.store.Put(t.Context(), packed, strings.NewReader("damage"), limnograph.PutOptions{})
	must(t, err)
	for range 2 {
		w.clock.Advance(longestQuery)
		wantCode(t, w.keeper.Tend(t.Context()), limnograph.CodeConflict)
	}
	for _, key := range before {
		_, err := w.store.Stat(t.Context(), key)
		must(t, err)
	}
}

// A disk that is nearly full is not filled by packing, and what expires is deleted all the same.
func TestTendingAFullDisk(t *testing.T) {
	free := int64(100)
	w := upWorld(t, 3, packing)
	l := newLander(t, w.store, landing.Config{Now: w.clock.Now, MinFree: 1000, FreeBytes: func() (int64, error) { return free, nil }}, nil)
	wantCode(t, l.HasRoom(), limnograph.CodeUnavailable)
	cfg := landing.KeeperConfig{PackAfter: time.Hour, Schemas: glueOnly, LongestQuery: longestQuery}
	w.keeper = landing.NewKeeper(l, w.worker.Replace, cfg)
	wantCode(t, w.keeper.Tend(t.Context()), limnograph.CodeUnavailable)
	cfg.Retention = time.Hour
	w.keeper = landing.NewKeeper(l, w.worker.Replace, cfg)
	must(t, w.tend(2))
	if got := w.objects(); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	free = 1 << 20
	w.clock.Advance(2 * time.Second)
	must(t, l.HasRoom())
}

func TestRetention(t *testing.T) {
	var tidied []string
	read := map[uint64]bool{}
	w := upWorld(t, 3, landing.KeeperConfig{
		Retention: 30 * time.Hour, Covered: func(_ string, o objectkey.Landing) bool { return read[o.Sequence] },
		Tidy: func(_ context.Context, folder string) error { tidied = append(tidied, folder); return nil },
	})
	w.send("team-a", arrival.Add(time.Hour), 1) // of the hour after
	must(t, w.settle())
	keys := w.objects()
	for _, key := range keys[1:] {
		l, err := objectkey.ParseLanding(key)
		must(t, err)
		read[l.Sequence] = true
	}
	published := func() int { return len(w.worker.FileSet().Tables[0].Files) }
	tend := func(wantPublished int, wantLeft ...string) {
		t.Helper()
		must(t, w.keeper.Tend(t.Context()))
		if got := w.objects(); published() != wantPublished || !slices.Equal(got, wantLeft) {
			t.Errorf("%d are published, want %d; left %q", published(), wantPublished, got)
		}
	}
	tend(4, keys...)
	end := arrival.Truncate(time.Hour).Add(time.Hour)
	w.clock.Advance(end.Add(30 * time.Hour).Sub(w.clock.Now()))
	tend(2, keys...) // the first one is not read yet, the last one is younger
	w.clock.Advance(longestQuery - time.Second)
	tend(2, keys...)
	w.clock.Advance(time.Second)
	tend(2, keys[0], keys[3])
	l, err := objectkey.ParseLanding(keys[0])
	must(t, err)
	read[l.Sequence] = true
	tend(1, keys[0], keys[3])
	w.clock.Advance(longestQuery)
	tend(1, keys[3])
	if folder := keys[0][:strings.LastIndexByte(keys[0], '/')+1]; !slices.Equal(tidied, []string{folder}) {
		t.Errorf("tidied %q", tidied)
	}
	if ledger, err := w.catalog.Objects(t.Context(), "glue_metrics"); err != nil || len(ledger) != 1 {
		t.Errorf("ledger %+v, %v", ledger, err)
	}
}

// The shorter one of schema and setting counts.
func TestRetentionOfSchema(t *testing.T) {
	for name, tc := range map[string]struct {
		schema, setting time.Duration
		deleted         bool
	}{
		"neither":                {0, 0, false},
		"schema":                 {20 * time.Hour, 0, true},
		"setting":                {0, 20 * time.Hour, true},
		"schema is shorter":      {20 * time.Hour, 100 * time.Hour, true},
		"setting is shorter":     {100 * time.Hour, 20 * time.Hour, true},
		"both are not over yet":  {100 * time.Hour, 100 * time.Hour, false},
		"neither is over so far": {100 * time.Hour, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := upWorld(t, 1, landing.KeeperConfig{})
			w.keeper = landing.NewKeeper(w.lander, w.worker.Replace, landing.KeeperConfig{
				Retention: tc.setting, LongestQuery: longestQuery,
				Schemas: func() []limnograph.Schema { return []limnograph.Schema{{Table: "glue_metrics", Retention: tc.schema}} },
			})
			must(t, w.tend(2))
			if left := len(w.objects()); left == 0 != tc.deleted {
				t.Errorf("%d objects are left", left)
			}
		})
	}
}

func TestQuarantineRetention(t *testing.T) {
	w := upWorld(t, 0, landing.KeeperConfig{QuarantineRetention: 22 * time.Hour})
	b := batch()
	b.Rejects = []limnograph.Reject{reject("x")}
	must(t, w.lander.Append(t.Context(), b))
	b.Arrival = arrival.Add(2 * time.Hour)
	must(t, w.lander.Append(t.Context(), b))
	must(t, w.lander.Seal(t.Context()))
	before := w.lander.Stats().QuarantineBytes
	must(t, w.keeper.Tend(t.Context()))
	if left := keysOf(t, w.store, objectkey.QuarantinePrefix); len(left) != 1 || !strings.Contains(left[0], "hour=07") {
		t.Errorf("left: %q", left)
	}
	if after := w.lander.Stats().QuarantineBytes; after <= 0 || after >= before {
		t.Errorf("quarantine had %d bytes, and has %d", before, after)
	}
}

// An import that is not finished keeps its place between others.
func TestPackingWaitsForImports(t *testing.T) {
	w := upWorld(t, 1, packing)
	reached, release := make(chan struct{}), make(chan struct{})
	im := landing.NewImporter(w.store, w.lander, tableOf, landing.ImportConfig{ChunkBytes: 500})
	content := []byte(metricLines("slow", 600, "\n"))
	opened := 0
	src := landing.Source{Name: "sender=team-a/s-1-2026-11-24-05-53-00-8f0c2a52-1f0e-4d6f-9d9e-0a1b2c3d4e5f", Open: func() (io.ReadCloser, error) {
		if opened++; opened == 1 {
			return io.NopCloser(strings.NewReader(string(content))), nil
		}
		return io.NopCloser(io.MultiReader(strings.NewReader(string(content[:100_000])), &gate{reached, release}, strings.NewReader(string(content[100_000:])))), nil
	}}
	done := make(chan error, 1)
	w.send("team-a", arrival.Add(5*time.Second), 1) // into a segment that stays open until the import has begun
	go func() { _, err := im.Import(t.Context(), src); done <- err }()
	<-reached
	w.send("team-a", arrival.Add(6*time.Second), 1)
	must(t, w.settle())
	for i := range 3 {
		w.send("team-a", arrival.Add(time.Duration(10+i)*time.Second), 1)
		must(t, w.settle())
	}
	before := w.objects()
	must(t, w.tend(3))
	if diff := cmp.Diff(before, w.objects()); diff != "" {
		t.Errorf("packed beside an unfinished import: %s", diff)
	}
	close(release)
	must(t, <-done)
	must(t, w.tend(3))
	must(t, w.complete())
	if got := landed(t, w.store); len(tally(got)) != len(got) || len(got) != 2+2+3+600 {
		t.Errorf("%d lines, %d different", len(got), len(tally(got)))
	}
}

// gate is a place in a source where reading waits.
type gate struct{ reached, release chan struct{} }

func (g *gate) Read([]byte) (int, error) {
	close(g.reached)
	<-g.release
	return 0, io.EOF
}

func TestKeeperMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	w := upWorld(t, 3, packing)
	l := newLander(t, w.store, landing.Config{Now: w.clock.Now, Registerer: registry, MinFree: 7, FreeBytes: func() (int64, error) { return 1 << 20, nil }}, nil)
	w.keeper = landing.NewKeeper(l, w.worker.Replace, landing.KeeperConfig{PackAfter: time.Hour, LongestQuery: longestQuery, Schemas: glueOnly})
	must(t, w.tend(2))
	for name, want := range map[string]float64{
		"limno_disk_free_bytes": 1 << 20, "limno_disk_min_free_bytes": 7,
		"limno_landing_packed_objects_total": 1, "limno_landing_packed_sources_total": 3, "limno_landing_deleted_objects_total": 3,
	} {
		if got := metric(t, registry, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}
