package cataloging_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/cataloging"
	"limnograph/mem"
	"limnograph/schema"
)

// foreign is a catalogue that somebody else writes; calls to it are counted, writes of the follower fail the test.
type foreign struct {
	t testing.TB
	*mem.Catalog
	mu     sync.Mutex
	tables int // questions for tables
	parts  int // questions for partitions
	down   error
}

func (f *foreign) Tables(ctx context.Context) ([]limnograph.Schema, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables++
	if f.down != nil {
		return nil, f.down
	}
	return f.Catalog.Tables(ctx)
}

func (f *foreign) Partitions(ctx context.Context, table string) ([]limnograph.Partition, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parts++
	if f.down != nil {
		return nil, f.down
	}
	return f.Catalog.Partitions(ctx, table)
}

func (f *foreign) EnsureTable(context.Context, limnograph.Schema) (bool, error) {
	f.t.Error("the follower wrote a table")
	return false, nil
}

func (f *foreign) AddPartitions(context.Context, string, []limnograph.Partition) (int, error) {
	f.t.Error("the follower wrote partitions")
	return 0, nil
}

func (f *foreign) setDown(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *foreign) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parts
}

// register is what somebody else writes: the table of glue metrics, and partitions of it.
func (f *foreign) register(hours ...time.Time) {
	f.t.Helper()
	glue := schema.Builtin()[0]
	_, err := f.Catalog.EnsureTable(f.t.Context(), glue)
	parts := make([]limnograph.Partition, 0, len(hours))
	for _, h := range hours {
		parts = append(parts, limnograph.Partition{Sender: "a", Hour: h.UTC().Truncate(time.Hour)})
	}
	_, partErr := f.Catalog.AddPartitions(f.t.Context(), glue.Table, parts)
	if err := errors.Join(err, partErr); err != nil {
		f.t.Fatal(err)
	}
}

// follows makes the world's worker follow a catalogue, with the world's own one as its memory.
func (w *world) follows() (*foreign, func()) {
	w.t.Helper()
	f := &foreign{t: w.t, Catalog: mem.NewCatalog()}
	return f, w.follow(f)
}

func (w *world) follow(f *foreign) (stop func()) {
	_, stop = w.following(f)
	return stop
}

func (w *world) following(f *foreign) (follower *cataloging.Follower, stop func()) {
	follower = cataloging.ReadOnly(f, cataloging.FollowConfig{})
	w.worker = cataloging.New(w.store, cataloging.Mirrored(follower, w.cat), w.cat, follower.Schemas,
		cataloging.Config{Follow: true, FillEvery: 1000 * time.Hour, Logger: slog.New(slog.NewTextHandler(&w.log, nil))})
	w.load()
	running := w.run()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- follower.Run(ctx) }()
	return follower, func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
		running()
	}
}

// What is registered later appears by itself, at the next look.
func TestFollowerPublishesWhatIsRegistered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		w.put("glue_metrics", "a", now)
		w.put("glue_metrics", "a", now.Add(-time.Hour))
		w.put("glue_metrics", "a", now.Add(-100*time.Hour))
		w.put("no_table", "a", now)
		f, stop := w.follows()
		w.want("")
		look := func(want string) {
			t.Helper()
			time.Sleep(time.Minute + 3*time.Second)
			synctest.Wait()
			w.want(want)
		}
		look("")
		f.register(now)
		look("glue_metrics:1")
		f.register(now, now.Add(-100*time.Hour))
		time.Sleep(10 * time.Minute) // a partition that was missing is asked for now and then
		look("glue_metrics:2")
		ev := w.put("glue_metrics", "a", now.Add(2*time.Hour))
		f.register(now.Add(2 * time.Hour))
		w.worker.Notify(ev) // a new hour is asked for at once
		synctest.Wait()
		w.want("glue_metrics:3")
		if w.log.Len() > 0 {
			t.Errorf("complaints:\n%s", w.log.String())
		}
		stop()
	})
}

// Whoever writes the catalogue in the same process says so, and nobody waits for the next look.
func TestFollowerLooksWhenItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		w.put("glue_metrics", "a", now)
		w.put("glue_metrics", "a", now.Add(-100*time.Hour))
		f := &foreign{t: t, Catalog: mem.NewCatalog()}
		follower, stop := w.following(f)
		f.register(now)
		follower.Look()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:1")
		f.register(now, now.Add(-100*time.Hour))
		follower.Look()
		time.Sleep(31 * time.Second)
		synctest.Wait()
		w.want("glue_metrics:2")
		stop()
	})
}

// The catalogue is asked when an hour is new, and ever less often for one that stays missing.
func TestFollowerAsksSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f := &foreign{t: t, Catalog: mem.NewCatalog()}
		start := time.Now()
		f.register(start)
		for range 5 {
			w.put("glue_metrics", "a", start)
		}
		stop := w.follow(f)
		w.want("glue_metrics:5")
		if n := f.asked(); n != 1 {
			t.Errorf("%d questions for one new hour", n)
		}
		w.put("glue_metrics", "a", start)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := f.asked(); n != 1 {
			t.Errorf("%d questions for a known hour", n)
		}
		w.want("glue_metrics:6")
		w.put("glue_metrics", "b", start) // stays missing
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if n := f.asked(); n < 5 || n > 26 {
			t.Errorf("%d questions in 3 h for an hour that stays missing", n)
		}
		w.want("glue_metrics:6")
		stop()
	})
}

func TestFollowerKeepsWhatItKnowsWhileTheCatalogueIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		f := &foreign{t: t, Catalog: mem.NewCatalog()}
		f.register(now)
		w.put("glue_metrics", "a", now)
		stop := w.follow(f)
		f.setDown(&limnograph.Error{Code: limnograph.CodeForbidden, Message: "the credentials have expired"})
		w.put("glue_metrics", "a", now.Add(time.Hour))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		w.want("glue_metrics:1")
		f.register(now.Add(time.Hour))
		f.setDown(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.want("glue_metrics:2")
		stop()
	})
}

// A table that is gone from the catalogue is no longer published, and comes back with it.
func TestFollowerForgetsTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		now := time.Now()
		f := &foreign{t: t, Catalog: mem.NewCatalog()}
		f.register(now)
		w.put("glue_metrics", "a", now)
		stop := w.follow(f)
		w.want("glue_metrics:1")
		f.mu.Lock()
		f.Catalog = mem.NewCatalog()
		f.mu.Unlock()
		time.Sleep(40 * time.Second)
		synctest.Wait()
		w.want("")
		f.mu.Lock()
		f.register(now)
		f.mu.Unlock()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.want("glue_metrics:1")
		stop()
		if tables, _ := w.cat.Tables(t.Context()); len(tables) != 1 || tables[0].Table != "glue_metrics" {
			t.Errorf("the memory holds %v", tables)
		}
		again := w.follow(f) // another process
		w.want("glue_metrics:1")
		again()
	})
}

// Partitions of a table with projection are nowhere registered.
func TestFollowerComputesPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20 * 366 * 24 * time.Hour) // into the years of CloudWatch
		w := newWorld(t)
		now := time.Now()
		f := &foreign{t: t, Catalog: mem.NewCatalog()}
		s := schema.Builtin()[0]
		s.Projection = limnograph.Projection{Senders: []string{"a", "b"}, Since: now.Year()}
		if _, err := f.Catalog.EnsureTable(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		w.put("glue_metrics", "a", now)
		w.put("glue_metrics", "b", now)
		stop := w.follow(f)
		w.want("glue_metrics:2")
		if n := f.asked(); n != 0 {
			t.Errorf("%d questions", n)
		}
		w.put("glue_metrics", "c", now)
		w.put("glue_metrics", "a", now.AddDate(-1, 0, 0))
		time.Sleep(61 * time.Minute)
		synctest.Wait()
		w.want("glue_metrics:2")
		stop()
	})
}

func TestErrCatalogueDoesNotAnswerAtTheStart(t *testing.T) {
	w := newWorld(t)
	f := &foreign{t: t, Catalog: mem.NewCatalog()}
	f.down = &limnograph.Error{Code: limnograph.CodeUnavailable}
	follower := cataloging.ReadOnly(f, cataloging.FollowConfig{})
	worker := cataloging.New(w.store, cataloging.Mirrored(follower, w.cat), w.cat, follower.Schemas, cataloging.Config{})
	if err := worker.Load(t.Context()); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
		t.Errorf("Load: %v", err)
	}
}

// What the server remembers no longer fits: the way out is named.
func TestErrMirrorDoesNotFit(t *testing.T) {
	w := newWorld(t)
	f := &foreign{t: t, Catalog: mem.NewCatalog()}
	f.register()
	if _, err := w.cat.EnsureTable(t.Context(), limnograph.Schema{Namespace: "AWS/EBS", Table: "glue_metrics"}); err != nil {
		t.Fatal(err)
	}
	follower := cataloging.ReadOnly(f, cataloging.FollowConfig{})
	_, err := cataloging.Mirrored(follower, w.cat).Tables(t.Context())
	if limnograph.ErrorCode(err) != limnograph.CodeConflict || !strings.Contains(err.Error(), "bucket.db") {
		t.Errorf("error %v", err)
	}
	parts, err := follower.Partitions(t.Context(), "glue_metrics")
	if err != nil || len(parts) != 0 {
		t.Errorf("partitions %v, %v", parts, err)
	}
	if _, err := follower.AddPartitions(t.Context(), "none", []limnograph.Partition{{Sender: "a", Hour: noon}}); limnograph.ErrorCode(err) != limnograph.CodeNotFound {
		t.Errorf("partitions of a table that is not there: %v", err)
	}
}
