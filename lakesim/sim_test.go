package lakesim_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/landing"
	"limnograph/mem"
)

var (
	seeds     = flag.Int("lakesim.seeds", 1000, "worlds that TestSimulation runs")
	diskSeeds = flag.Int("lakesim.diskseeds", 20, "worlds that TestSimulationOnIceberg runs")
	seed      = flag.Int("lakesim.seed", -1, "the one world that runs, with everything that happens in it")
)

// shards run side by side.
const shards = 4

// Whatever fails and in whatever order things happen: at every moment each key stands once, nothing acknowledged is
// missing, no sum falls, and no file is gone that somebody needs; and when the weather clears, the table is what the
// sender's ledger says.
func TestSimulation(t *testing.T) {
	total := runWorlds(t, "TestSimulation", *seeds, func(seed uint64) func(func() time.Time) ground {
		return func(now func() time.Time) ground { return newMemory(seed, now) }
	})
	if !t.Failed() && *seed < 0 && *seeds >= 2000 {
		wantFaults(t, total, append(expected(), "power lost"))
	}
}

// The same over files and Iceberg tables, where processes are killed and metadata is spoilt, but the power never fails.
func TestSimulationOnIceberg(t *testing.T) {
	total := runWorlds(t, "TestSimulationOnIceberg", *diskSeeds, func(seed uint64) func(func() time.Time) ground {
		root := t.TempDir()
		return func(now func() time.Time) ground { return newDirectory(root, seed, now) }
	})
	if !t.Failed() && *seed < 0 && *diskSeeds >= 200 {
		wantFaults(t, total, []string{"killed", "metadata damaged", "foreign snapshot", "foreign roll back", "torn write", "lake deleted", "crash: commit", "error after success: commit", "delay: commit", "error after success: put", "request again", "other body under the same id"})
	}
}

// runWorlds runs the worlds 0 to n-1, or the one that a flag names, and prints how often each fault fired.
func runWorlds(t *testing.T, test string, n int, on func(seed uint64) func(func() time.Time) ground) counts {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // worlds are small, and many
	total := counts{}
	if *seed >= 0 {
		w := runWorld(uint64(*seed), on(uint64(*seed)))
		t.Logf("%s", strings.Join(w.log, "\n"))
		if w.failed != nil {
			t.Error(w.failed)
		}
		return total
	}
	var mu sync.Mutex
	var failed atomic.Bool // one is enough
	t.Run("worlds", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for at := shard; at < n && !failed.Load(); at += shards {
					w := runWorld(uint64(at), on(uint64(at)))
					if w.failed != nil {
						failed.Store(true)
						t.Errorf("seed %d: %v\nreplay: go test ./lakesim -run '%s$' -v -lakesim.seed=%d\nthe last steps:\n%s",
							at, w.failed, test, at, strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
					}
					mu.Lock()
					total.add(w.fired)
					mu.Unlock()
				}
			})
		}
	})
	var text strings.Builder
	for _, name := range sorted(total) {
		fmt.Fprintf(&text, "%8d %s\n", total[name], name)
	}
	fmt.Fprintf(os.Stdout, "faults in %d worlds:\n%s", n, text.String())
	return total
}

// wantFaults makes sure that faults fired: one that never did proves nothing.
func wantFaults(t *testing.T, total counts, names []string) {
	t.Helper()
	for _, name := range names {
		if total[name] == 0 {
			t.Errorf("the fault %q never fired", name)
		}
	}
}

// expected are the faults that must fire.
func expected() (names []string) {
	changing := []string{"put", "delete", "create table", "commit", "roll back", "step back", "expire", "remove segment"}
	reading := []string{"open", "stat", "list", "open at", "read at", "follow segment", "read segment", "current", "history", "list segments", "recover segment"}
	writing := []string{"create segment", "write segment", "sync segment", "seal segment"}
	for _, op := range changing {
		names = append(names, "error before: "+op, "error after success: "+op)
	}
	for _, op := range append(reading, writing...) {
		names = append(names, "error before: "+op)
	}
	for _, op := range append(writing, "put", "commit", "create table", "expire", "step back", "remove segment", "current", "list segments", "recover segment") {
		names = append(names, "crash: "+op)
	}
	for _, op := range []string{"put", "open at", "commit", "current", "sync segment", "list", "delete"} {
		names = append(names, "delay: "+op)
	}
	return append(names, "torn write", "killed", "request again", "other body under the same id", "foreign snapshot", "foreign roll back", "metadata damaged")
}

// runWorld runs one world to its end.
func runWorld(seed uint64, on func(now func() time.Time) ground) *world {
	w := newWorld(seed, on)
	watchdog := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("seed %d hangs:\n%s", seed, strings.Join(w.log, "\n"))) })
	defer watchdog.Stop()
	w.live()
	w.clear()
	w.end(false)
	w.ground.close()
	return w
}

// clear ends the bad weather, lets everything run dry, and compares the table with the truth.
func (w *world) clear() {
	if w.failed != nil {
		return
	}
	w.chance = 0
	if w.seed%2 == 0 && w.life != nil && !w.life.gate.lostPower() { // the process must come to itself
		w.ground.crashAfter(w.life.gate, -1)
		w.life.gate.calm()
		w.resume()
		w.endQueries()
	} else {
		w.end(w.rand.IntN(2) == 0)
		w.boot()
	}
	w.must("seal", func() error { return w.life.lander.Seal(context.Background()) })
	for range 2 { // that somebody has rolled an idle table back is noticed by compaction, and curated again after it
		w.drain()
		w.look()
		w.mergeAll()
	}
	w.must("retain", func() error { return w.life.lake.Retain(context.Background(), table) })
	w.look()
	w.compare()
	w.sweepAll()
	w.prove()
}

func (w *world) must(name string, call func() error) {
	w.run(name, call, func(err error) {
		if err != nil {
			w.wrong("%s: %v", name, err)
		}
	})
	if len(w.running) > 0 {
		w.wrong("%v waits", sorted(w.running))
	}
}

// mergeAll compacts until nothing is held.
func (w *world) mergeAll() {
	for range 3 {
		w.clock = w.clock.Add(2 * time.Hour)
		w.must("compact", func() error { _, err := w.life.lake.Compact(context.Background(), table); return err })
		w.look()
	}
}

// drain curates until nothing is left.
func (w *world) drain() {
	more := true
	for n := 0; more && w.failed == nil; n++ {
		w.must("curate", func() (err error) {
			more, err = w.life.lake.Curate(context.Background(), table)
			if limnograph.ErrorCode(err) == limnograph.CodeConflict && n < 3 {
				more, err = true, nil // another tool has written; now it is known
			}
			return err
		})
		if n > 500 {
			w.wrong("there is always more to curate")
		}
	}
}

// compare holds the table against what landed, and that against what was acknowledged.
func (w *world) compare() {
	if w.failed != nil {
		return
	}
	landed, err := readTruth(w.ground)
	if err != nil {
		w.wrong("%v", err)
		return
	}
	there := map[int]bool{}
	for _, line := range landed.lines {
		there[line.number] = true
	}
	for _, n := range sorted(w.sender.acked) {
		if !there[n] {
			w.wrong("statement %d was acknowledged and is not in landing", n)
		}
	}
	s := w.life.lake.Snapshots().Tables[table]
	if s == nil {
		w.wrong("the table is not published")
		return
	}
	rows, err := w.reader.table(w.ground, s.Files)
	if err != nil {
		w.wrong("%v", err)
		return
	}
	want := w.sender.fold(landed, w.keyOf)
	maps.DeleteFunc(want, func(key columns.Key, _ found) bool { return !w.keeps(key.TS) })
	if d := differences(rows, want); d != "" {
		w.wrong("the table is not what landed: %s", d)
	}
	if ledger, err := ledgerOf(*s); s.ID != 0 && (err != nil || len(ledger.Held) > 0) {
		w.wrong("statements are held still: %+v, %v", ledger.Held, err)
	}
}

// prove asks the lake itself: it must find no difference. In some worlds the lake is lost then, and made anew.
func (w *world) prove() {
	if w.failed != nil || w.seed%8 != 0 {
		return
	}
	w.verify()
	w.end(false)
	w.note("lake deleted")
	w.ground.loseLake()
	w.floor, w.published = nil, -1
	w.boot()
	w.must("rebuild", func() error {
		_, err := w.life.lake.Rebuild(context.Background(), landing.NewHistory(w.ground, nil), lake.RebuildOptions{})
		return err
	})
	w.look()
	w.mergeAll()
	w.verify()
	w.must("retain", func() error { return w.life.lake.Retain(context.Background(), table) })
	w.compare() // what was written and never acknowledged may have come with the start
}

func (w *world) verify() {
	w.must("verify", func() error {
		report, err := w.life.lake.Verify(context.Background(), landing.NewHistory(w.ground, nil), lake.VerifyOptions{})
		if err == nil && !report.Equal() {
			err = fmt.Errorf("verify finds differences: %+v", report)
		}
		return err
	})
}

// sweepAll makes sure that no file is left that nobody needs.
func (w *world) sweepAll() {
	if w.failed != nil {
		return
	}
	w.must("expire", func() error { return w.life.lake.Expire(context.Background(), table) })
	for range 2 {
		w.clock = w.clock.Add(2 * longestQuery)
		w.must("sweep", func() error { _, err := w.life.lake.Sweep(context.Background(), table); return err })
		w.look()
	}
	needed := map[string]bool{}
	for _, s := range w.ground.peek() {
		for _, f := range s.Files {
			needed[f.Key] = true
		}
		if ledger, err := ledgerOf(s); err == nil {
			for _, h := range ledger.Held {
				needed[h.Key] = true
			}
		}
	}
	have := w.stored("lake/" + table + "/data/")
	maps.Copy(have, w.stored("lake/"+table+"/held/"))
	maps.DeleteFunc(have, func(key string, _ bool) bool { return needed[key] || strings.Contains(key, "/foreign-") })
	if len(have) > 0 {
		w.wrong("nobody needs %v", sorted(have))
	}
}

// A seed decides everything, or a failing one could not be replayed.
func TestSimulationRepeats(t *testing.T) {
	for seed := range uint64(12) {
		on := func(now func() time.Time) ground { return newMemory(seed, now) }
		first, second := runWorld(seed, on), runWorld(seed, on)
		if a, b := strings.Join(first.log, "\n"), strings.Join(second.log, "\n"); a != b {
			at := 0
			for at < len(first.log) && at < len(second.log) && first.log[at] == second.log[at] {
				at++
			}
			t.Errorf("seed %d differs from itself at step %d of %d: %q, %q", seed, at, len(first.log), first.log[at:min(at+2, len(first.log))], second.log[at:min(at+2, len(second.log))])
		}
	}
}

// A disk that claims to have synced must be found out, or the simulation proves nothing about power cuts.
func TestSimulationFailsOnALyingDisk(t *testing.T) {
	for _, lie := range []mem.Op{mem.OpSync, mem.OpSeal, mem.OpPut, mem.OpCommit} {
		t.Run(string(lie), func(t *testing.T) {
			for seed := range uint64(300) {
				w := runWorld(seed, func(now func() time.Time) ground {
					m := newMemory(seed, now)
					m.Lie(lie)
					return m
				})
				if w.failed != nil {
					return
				}
			}
			t.Error("no world on a lying disk lost anything")
		})
	}
}
