package landing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
)

// world is one machine that crashes again and again, and what it has acknowledged.
type world struct {
	store *mem.Store
	acked map[string]bool // metric names of acknowledged batches
	sizes map[string]int  // lines of every batch that was sent
	next  int
}

func newWorld(seed uint64) *world {
	return &world{store: mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 7))}), acked: map[string]bool{}, sizes: map[string]int{}}
}

// start brings a lander up; nil when the power fails meanwhile.
func (w *world) start() *landing.Lander {
	l, err := landing.New(context.Background(), w.store, w.store, nil, landing.Config{SealBytes: 600, Now: (&clock{now: arrival}).Now})
	if err != nil {
		return nil
	}
	return l
}

// send appends batches concurrently and notes which were acknowledged.
func (w *world) send(l *landing.Lander, batches int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range batches {
		name, n := fmt.Sprint("batch-", w.next), 1+w.next%7
		w.next++
		w.sizes[name] = n
		b := batch(part([]string{"glue_metrics", limnograph.RunsTable, "ebs_metrics"}[i%3], name, n))
		wg.Go(func() {
			if l.Append(context.Background(), b) == nil {
				mu.Lock()
				w.acked[name] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// verify restarts in good order and compares what is there with what was acknowledged. It returns what is wrong.
func (w *world) verify(t testing.TB) (wrong []string) {
	l, err := landing.New(context.Background(), w.store, w.store, nil, landing.Config{})
	if err != nil {
		return []string{err.Error()}
	}
	must(t, l.Seal(context.Background()))
	got := tally(landed(t, w.store)) // checks positions
	for name, n := range w.sizes {
		for i := range n {
			switch found := got[fmt.Sprintf("%s/%d", name, i)]; {
			case found > 1:
				wrong = append(wrong, fmt.Sprintf("line %d of %s is there %d times", i, name, found))
			case found == 0 && w.acked[name]:
				wrong = append(wrong, fmt.Sprintf("line %d of acknowledged %s is lost", i, name))
			}
		}
	}
	return wrong
}

// live runs a life of random deliveries, seals, faults and crashes.
func (w *world) live(rt *rapid.T) {
	l := w.start()
	for range rapid.IntRange(1, 12).Draw(rt, "events") {
		if l == nil {
			w.crash(rt)
			l = w.start()
			continue
		}
		switch rapid.SampledFrom([]string{"send", "send", "send", "seal", "fault", "crash", "doom"}).Draw(rt, "event") {
		case "send":
			w.send(l, rapid.IntRange(1, 5).Draw(rt, "batches"))
		case "seal":
			_ = l.Seal(context.Background())
		case "fault":
			op := rapid.SampledFrom([]mem.Op{mem.OpWrite, mem.OpSync, mem.OpSeal, mem.OpCreate, mem.OpPut, mem.OpRemove}).Draw(rt, "op")
			w.store.FailNext(op, &limnograph.Error{Code: limnograph.CodeInternal, Message: "injected"})
		case "doom":
			w.store.CrashAfter(rapid.IntRange(0, 12).Draw(rt, "steps"))
		case "crash":
			w.crash(rt)
			l = w.start()
		}
	}
	w.crash(rt)
}

func (w *world) crash(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "power cut") {
		w.store.PowerCut()
	} else {
		w.store.Kill()
	}
}

// Acknowledged means durable, and each line is there once, whatever fails and whenever the power goes.
func TestEveryAcknowledgedLineIsThereExactlyOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rapid.Uint64().Draw(rt, "seed"))
		w.live(rt)
		if wrong := w.verify(t); len(wrong) > 0 {
			rt.Fatalf("%d lines are wrong, such as: %s", len(wrong), wrong[0])
		}
	})
}

// A disk that lies about syncing must be found out, or the property above proves nothing.
func TestTheCrashPropertyFailsOnALyingDisk(t *testing.T) {
	for _, lie := range []mem.Op{mem.OpSync, mem.OpSeal, mem.OpPut} {
		t.Run(string(lie), func(t *testing.T) {
			for seed := range uint64(50) {
				if lifeOnALyingDisk(t, seed, lie) {
					return
				}
			}
			t.Error("no life on a lying disk lost anything")
		})
	}
}

// lifeOnALyingDisk reports whether something went wrong.
func lifeOnALyingDisk(t *testing.T, seed uint64, lie mem.Op) bool {
	w := newWorld(seed)
	w.store.Lie(lie)
	for range 3 {
		l := w.start()
		if l == nil {
			return true
		}
		w.send(l, 4)
		if lie != mem.OpSync && l.Seal(context.Background()) != nil {
			return true
		}
		w.store.PowerCut()
	}
	return w.differs(t)
}

// differs is verify for a disk on which positions may repeat, too.
func (w *world) differs(t *testing.T) bool {
	l := w.start()
	if l == nil || l.Seal(context.Background()) != nil {
		return true
	}
	lines, err := landedAnyhow(t, w.store)
	if err != nil {
		return true
	}
	seen, got := map[int64]bool{}, map[string]int{}
	for _, l := range lines {
		if seen[l.Position] {
			return true
		}
		seen[l.Position] = true
		got[l.Metric]++
	}
	for name := range w.acked {
		if got[name] != w.sizes[name] {
			return true
		}
	}
	return false
}
