package cataloging_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/objectkey"
	"limnograph/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a store, its catalogue, and a worker between them.
type world struct {
	t       testing.TB
	store   *mem.Store
	cat     *mem.Catalog
	mu      sync.Mutex // guards schemas, which a running worker polls
	schemas []limnograph.Schema
	log     strings.Builder
	worker  *cataloging.Worker
	seq     uint64
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, store: mem.New(), cat: mem.NewCatalog(), schemas: schema.Builtin()}
	w.start()
	return w
}

// start makes a new worker, as a new process would.
func (w *world) start() {
	w.t.Helper()
	w.worker = cataloging.New(w.store, w.cat, w.cat, w.known, cataloging.Config{Logger: slog.New(slog.NewTextHandler(&w.log, nil))})
}

func (w *world) known() []limnograph.Schema {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.schemas
}

func (w *world) define(schemas ...limnograph.Schema) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.schemas = append(slices.Clip(w.schemas), schemas...)
}

func (w *world) load() {
	w.t.Helper()
	if err := w.worker.Load(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// run starts the worker inside a synctest bubble and returns how to end it.
func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.worker.Run(ctx) }()
	return func() {
		w.t.Helper()
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	}
}

// put stores an object of a table that arrived at a time.
func (w *world) put(table, sender string, arrival time.Time) limnograph.ObjectEvent {
	w.t.Helper()
	w.seq++
	key := objectkey.Landing{Table: table, Sender: sender, Stream: "s", Arrival: arrival, Sequence: w.seq}.Key()
	return w.putKey(key)
}

func (w *world) putKey(key string) limnograph.ObjectEvent {
	w.t.Helper()
	if _, err := w.store.Put(w.t.Context(), key, strings.NewReader("content"), limnograph.PutOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return limnograph.ObjectEvent{Key: key, Size: 7, Lines: 3, MinTime: 10, MaxTime: 20}
}

// published lists the tables of the newest file set with their numbers of files.
func (w *world) published() string {
	var parts []string
	for _, t := range w.worker.FileSet().Tables {
		parts = append(parts, fmt.Sprintf("%s:%d", t.Schema.Table, len(t.Files)))
	}
	return strings.Join(parts, " ")
}

func (w *world) want(published string) {
	w.t.Helper()
	if got := w.published(); got != published {
		w.t.Errorf("published %q, want %q", got, published)
	}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestEveryNameIsThereBeforeTheFirstObject(t *testing.T) {
	w := newWorld(t)
	if w.worker.FileSet() == nil {
		t.Fatal("no file set before Load")
	}
	w.load()
	w.want("glue_metrics:0 other_metrics:0")
	if tables, _ := w.cat.Tables(t.Context()); len(tables) != 2 {
		t.Errorf("the catalogue has %d tables", len(tables))
	}
}

func TestEventIsPublishedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		ev := w.put("glue_metrics", "a b", noon)
		w.worker.Notify(ev)
		w.worker.Notify(ev) // twice: no difference
		synctest.Wait()
		w.want("glue_metrics:1 other_metrics:0")
		want := limnograph.File{Key: ev.Key, Size: 7, Lines: 3, MinTime: 10, MaxTime: 20}
		if diff := cmp.Diff([]limnograph.File{want}, w.worker.FileSet().Tables[0].Files); diff != "" {
			t.Error(diff)
		}
		parts, err := w.cat.Partitions(t.Context(), "glue_metrics")
		if err != nil || !slices.Equal(parts, []limnograph.Partition{{Sender: "a b", Hour: noon}}) {
			t.Errorf("partitions %v, %v", parts, err)
		}
		if files, _ := w.cat.Objects(t.Context(), "glue_metrics"); !slices.Equal(files, []limnograph.File{want}) {
			t.Errorf("ledger %v", files)
		}
		stop()
	})
}

func TestFileSetsAreImmutable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		var sets []*limnograph.FileSet
		for range 100 {
			w.worker.Notify(w.put("glue_metrics", "a", noon))
			synctest.Wait()
			sets = append(sets, w.worker.FileSet())
		}
		for i, set := range sets {
			if n := len(set.Tables[0].Files); n != i+1 {
				t.Fatalf("set %d has %d files", i, n)
			}
			if i > 0 && set.Version <= sets[i-1].Version {
				t.Errorf("version %d follows %d", set.Version, sets[i-1].Version)
			}
		}
		stop()
	})
}

func TestLostEventIsHealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		now := time.Now()
		w.put("glue_metrics", "a", now)
		w.put("glue_metrics", "a", now.Add(-time.Hour))
		w.put("glue_metrics", "another", now)
		w.put("other_metrics", "a", now)
		synctest.Wait()
		w.want("glue_metrics:0 other_metrics:0")
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:3 other_metrics:1")
		w.put("glue_metrics", "a", now.Add(-5*24*time.Hour))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		w.want("glue_metrics:4 other_metrics:1")
		stop()
	})
}

func TestLoadHealsEverything(t *testing.T) {
	w := newWorld(t)
	for i := range 30 {
		w.put("glue_metrics", fmt.Sprint("sender", i%3), noon.Add(-time.Duration(i)*100*time.Hour))
	}
	w.load()
	w.want("glue_metrics:30 other_metrics:0")
	if files, _ := w.cat.Objects(t.Context(), "glue_metrics"); len(files) != 30 {
		t.Errorf("the ledger has %d objects", len(files))
	}
	w.start()
	w.load()
	w.want("glue_metrics:30 other_metrics:0")
}

func TestBoundsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		w.worker.Notify(w.put("glue_metrics", "a", noon))
		stop() // catalogues what is queued
		w.start()
		w.load()
		if f := w.worker.FileSet().Tables[0].Files[0]; f.Lines != 3 || f.MinTime != 10 || f.MaxTime != 20 {
			t.Errorf("%+v", f)
		}
	})
}

func TestVanishedObjectsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		fresh, old := w.put("glue_metrics", "a", now), w.put("glue_metrics", "a", now.Add(-1000*time.Hour))
		w.put("glue_metrics", "a", now)
		w.load()
		before := w.worker.FileSet()
		stop := w.run()
		for _, ev := range []limnograph.ObjectEvent{fresh, old} {
			if err := w.store.Delete(t.Context(), ev.Key); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:2 other_metrics:0") // the old hour is looked at later
		time.Sleep(time.Hour)
		synctest.Wait()
		w.want("glue_metrics:1 other_metrics:0")
		if len(before.Tables[0].Files) != 3 {
			t.Error("an earlier file set changed")
		}
		stop()
		if files, _ := w.cat.Objects(t.Context(), "glue_metrics"); len(files) != 1 {
			t.Errorf("the ledger has %d objects", len(files))
		}
	})
}

func TestSchemaAddedWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.load()
		stop := w.run()
		w.define(limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.want("ebs_metrics:0 glue_metrics:0 other_metrics:0")
		stop()
	})
}

func TestSchemaRefusedTakesNothingDown(t *testing.T) {
	w := newWorld(t)
	if _, err := w.cat.EnsureTable(t.Context(), limnograph.Schema{Namespace: "AWS/EC2", Table: "ebs_metrics"}); err != nil {
		t.Fatal(err)
	}
	w.define(
		limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}, limnograph.Schema{Namespace: "AWS/S3", Table: "NO"}, limnograph.Schema{Namespace: "AWS/SQS", Table: "sqs_metrics"})
	w.load()
	w.want("ebs_metrics:0 glue_metrics:0 other_metrics:0 sqs_metrics:0")
	if n := strings.Count(w.log.String(), "schema refused"); n != 2 {
		t.Errorf("%d complaints:\n%s", n, w.log.String())
	}
}

func TestFolderWithoutDefinitionIsReadable(t *testing.T) {
	w := newWorld(t)
	w.put("ebs_metrics", "a", noon)
	w.load()
	w.want("ebs_metrics:1 glue_metrics:0 other_metrics:0")
	w.define(limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"})
	w.start()
	w.load()
	w.want("ebs_metrics:1 glue_metrics:0 other_metrics:0")
	if s := w.worker.FileSet().Tables[0].Schema; s.Namespace != "AWS/EBS" {
		t.Errorf("the definition was not adopted: %+v", s)
	}
}

func TestDefinitionRemovedKeepsTheTable(t *testing.T) {
	w := newWorld(t)
	w.put("glue_metrics", "a", noon)
	w.load()
	w.schemas = nil
	w.start()
	w.load()
	w.want("glue_metrics:1 other_metrics:0")
}

func TestForeignObjectsAreIgnored(t *testing.T) {
	w := newWorld(t)
	good := w.put("glue_metrics", "a", noon)
	folder := good.Key[:strings.LastIndex(good.Key, "/")+1]
	runs := strings.Replace(good.Key, "metrics/glue_metrics", "runs/job_runs", 1)
	for _, key := range []string{
		folder + "object-without-suffix", folder + "_SUCCESS.gz", folder + "deeper/x.gz",
		"landing/metrics/x.gz", "landing/metrics/glue_metrics/x.gz", "landing/metrics/Bad Table/" + strings.TrimPrefix(good.Key, "landing/metrics/glue_metrics/"),
		"landing/runs/x.gz", "quarantine/x.gz", runs, strings.Replace(runs, "runs/", "metrics/", 1),
	} {
		w.putKey(key)
	}
	w.load()
	w.want("glue_metrics:1 other_metrics:0")
	w.worker.Notify(limnograph.ObjectEvent{Key: "nonsense"})
	w.worker.Notify(limnograph.ObjectEvent{Key: runs, Size: 1, Lines: 1})
	if err := w.worker.Run(cancelled(t)); err != nil {
		t.Error(err)
	}
	w.want("glue_metrics:1 other_metrics:0")
}

func cancelled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestNotifyNeverBlocks(t *testing.T) {
	w := newWorld(t)
	w.load()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50_000 {
				w.worker.Notify(limnograph.ObjectEvent{Key: "landing/metrics/nothing"})
			}
		})
	}
	wg.Wait()
	w.put("glue_metrics", "a", noon) // its event is among the dropped
	if err := w.worker.Run(cancelled(t)); err != nil {
		t.Error(err)
	}
	w.want("glue_metrics:1 other_metrics:0")
}

// flaky is a catalogue that is unavailable for a while.
type flaky struct {
	limnograph.Catalog
	failures int
	code     limnograph.Code
}

func (f *flaky) AddPartitions(ctx context.Context, table string, parts []limnograph.Partition) (int, error) {
	if f.failures > 0 {
		f.failures--
		return 0, &limnograph.Error{Code: f.code, Op: "add partitions"}
	}
	return f.Catalog.AddPartitions(ctx, table, parts)
}

func TestUnavailableCatalogueIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := &flaky{Catalog: w.cat, code: limnograph.CodeUnavailable}
		w.worker = cataloging.New(w.store, f, w.cat, w.known, cataloging.Config{})
		w.load()
		f.failures = 3
		stop := w.run()
		w.worker.Notify(w.put("glue_metrics", "a", noon))
		synctest.Wait()
		w.want("glue_metrics:0 other_metrics:0")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:1 other_metrics:0")
		stop()
	})
}

func TestBrokenCatalogueEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := &flaky{Catalog: w.cat, code: limnograph.CodeInternal}
		w.worker = cataloging.New(w.store, f, w.cat, w.known, cataloging.Config{})
		w.load()
		f.failures = 1
		w.worker.Notify(w.put("glue_metrics", "a", noon))
		if err := w.worker.Run(t.Context()); limnograph.ErrorCode(err) != limnograph.CodeInternal {
			t.Errorf("Run: %v", err)
		}
	})
}

// brokenStore fails to list.
type brokenStore struct{ limnograph.ObjectReader }

func (brokenStore) List(context.Context, string, string) iter.Seq2[limnograph.ObjectInfo, error] {
	return func(yield func(limnograph.ObjectInfo, error) bool) {
		yield(limnograph.ObjectInfo{}, errors.New("broken"))
	}
}

func TestLoadReportsABrokenStore(t *testing.T) {
	w := newWorld(t)
	w.put("glue_metrics", "a", noon)
	w.load()
	worker := cataloging.New(brokenStore{w.store}, w.cat, w.cat, w.known, cataloging.Config{})
	if err := worker.Load(t.Context()); err == nil {
		t.Error("no error")
	}
	if files, _ := w.cat.Objects(t.Context(), "glue_metrics"); len(files) != 1 {
		t.Error("objects were dropped because they could not be listed")
	}
}

func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	w.put("glue_metrics", "a", noon)
	w.load()
	set, err := cataloging.Snapshot(t.Context(), w.cat, w.cat)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.worker.FileSet().Tables, set.Tables); diff != "" {
		t.Error(diff)
	}
}
