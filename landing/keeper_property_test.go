package landing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

// keepLife is a life of deliveries, imports, packing, faults and crashes. It returns what is wrong with what was shown
// on the way.
func (w *keepWorld) keepLife(rt *rapid.T, lie mem.Op) (wrong error) {
	if lie != "" {
		w.store.Lie(lie)
	}
	up := w.start()
	for range rapid.IntRange(1, 25).Draw(rt, "events") {
		if !up {
			w.down(rapid.Bool().Draw(rt, "power cut"))
			up = w.start()
			continue
		}
		event := rapid.SampledFrom([]string{"send", "send", "send", "import", "seal", "tend", "tend", "tend", "wait", "fault", "late", "catalog", "doom", "crash"}).Draw(rt, "event")
		if event == "crash" {
			w.down(rapid.Bool().Draw(rt, "power cut"))
			up = w.start()
		} else {
			w.event(rt, event)
		}
		if up && w.isOn() {
			if err := w.check(); err != nil {
				return fmt.Errorf("after %s: %w", event, err)
			}
		}
	}
	return nil
}

// isOn reports whether the store answers.
func (w *keepWorld) isOn() bool {
	_, err := w.store.Stat(w.t.Context(), "landing/none")
	return limnograph.ErrorCode(err) == limnograph.CodeNotFound
}

func (w *keepWorld) event(rt *rapid.T, event string) {
	sender := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "sender")
	at := arrival.Truncate(time.Hour).Add(time.Duration(rapid.IntRange(0, 90).Draw(rt, "minute")) * time.Minute)
	switch event {
	case "send":
		w.send(sender, at, rapid.IntRange(1, 4).Draw(rt, "lines"))
	case "import":
		w.importOne(sender, at, rapid.IntRange(1, 12).Draw(rt, "lines"))
	case "seal":
		_ = w.lander.Seal(w.t.Context())
	case "tend":
		_ = w.keeper.Tend(w.t.Context())
	case "wait":
		w.clock.Advance(time.Duration(rapid.IntRange(1, 10).Draw(rt, "minutes")) * time.Minute)
	case "fault":
		w.store.FailNext(rapid.SampledFrom([]mem.Op{mem.OpPut, mem.OpDelete, mem.OpSeal}).Draw(rt, "op"), errInjected)
	case "late":
		w.store.FailAfter(rapid.SampledFrom([]mem.Op{mem.OpPut, mem.OpDelete}).Draw(rt, "op"), errInjected)
	case "catalog":
		w.catalog.failIn(rapid.IntRange(0, 3).Draw(rt, "calls"), rapid.Bool().Draw(rt, "after"))
	case "doom":
		w.store.CrashAfter(rapid.IntRange(0, 25).Draw(rt, "steps"))
	}
}

var errInjected = &limnograph.Error{Code: limnograph.CodeInternal, Message: "injected"}

// rest brings a world to rest in good order, and returns what is wrong then.
func (w *keepWorld) rest() error {
	w.down(true)
	if !w.start() {
		return fmt.Errorf("it does not start again")
	}
	if err := w.settle(); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	if err := w.tend(4); err != nil {
		return err
	}
	return w.complete()
}

// Whatever fails and whenever the power goes: each published line is published once and stays so, where it was, a query
// finds the files that it began with, and in the end nothing lies about that is packed.
func TestPackingLosesAndRepeatsNothing(t *testing.T) {
	packs := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := newKeepWorld(t, rapid.Uint64().Draw(rt, "seed"), packing)
		w.records = limnograph.RunsTable
		defer func() {
			if w.stop != nil {
				w.stop()
			}
		}()
		if err := w.keepLife(rt, ""); err != nil {
			rt.Fatal(err)
		}
		if err := w.rest(); err != nil {
			rt.Fatal(err)
		}
		var packed []objectkey.Landing
		for _, key := range w.objects() {
			l, err := objectkey.ParseLanding(key)
			if err != nil {
				rt.Fatal(err)
			}
			if l.Packed() {
				packed = append(packed, l)
				packs[l.Table]++
			}
		}
		for _, key := range w.objects() {
			l, _ := objectkey.ParseLanding(key)
			if slices.ContainsFunc(packed, func(p objectkey.Landing) bool { return p.Replaces(l) }) {
				rt.Fatalf("%s is packed and still there", key)
			}
		}
	})
	if packs["glue_metrics"] == 0 || packs[limnograph.RunsTable] == 0 {
		t.Errorf("packed objects by table: %v", packs)
	}
}

// A disk that lies about objects must be found out, or the property above proves nothing.
func TestThePackingPropertyFailsOnALyingDisk(t *testing.T) {
	for seed := range uint64(200) {
		w := newKeepWorld(t, seed, packing)
		if w.packOnALyingDisk() {
			return
		}
	}
	t.Error("no packing on a lying disk lost anything")
}

// packOnALyingDisk reports whether something went wrong.
func (w *keepWorld) packOnALyingDisk() bool {
	if !w.start() {
		return true
	}
	defer func() {
		if w.stop != nil {
			w.stop()
		}
	}()
	for i := range 3 {
		w.send("a", arrival.Add(time.Duration(i)*time.Second), 2)
		if w.settle() != nil {
			return true
		}
	}
	w.store.Lie(mem.OpPut)
	if w.tend(2) != nil {
		return true
	}
	w.down(true)
	return !w.start() || w.complete() != nil
}

// The same for retention: what is not published any more comes back at most until it is withdrawn again, and nothing
// younger is touched.
func TestRetentionSurvivesCrashes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newKeepWorld(t, rapid.Uint64().Draw(rt, "seed"), landing.KeeperConfig{PackAfter: time.Hour, Retention: 30 * time.Hour})
		w.records = limnograph.RunsTable
		defer func() {
			if w.stop != nil {
				w.stop()
			}
		}()
		if !w.start() {
			rt.Fatal("it does not start")
		}
		for i := range 4 {
			w.send("a", arrival.Add(time.Duration(i*20)*time.Minute), 1+i)
			if err := w.settle(); err != nil {
				rt.Fatal(err)
			}
		}
		w.clock.Advance(6*time.Hour + 8*time.Minute) // the first hour is over its age, and the second one for 50 minutes not
		for range rapid.IntRange(0, 2).Draw(rt, "crashes") {
			w.store.CrashAfter(rapid.IntRange(0, 12).Draw(rt, "steps"))
			for range 3 {
				_ = w.keeper.Tend(w.t.Context())
				w.clock.Advance(longestQuery)
			}
			w.down(rapid.Bool().Draw(rt, "power cut"))
			if !w.start() {
				rt.Fatal("it does not start again")
			}
		}
		if err := w.tend(3); err != nil {
			rt.Fatal(err)
		}
		if left := w.objects(); len(left) != 2 || !strings.Contains(left[0], "/hour=06/") || !strings.Contains(left[1], "landing/runs/job_runs/sender=a/year=2026/month=11/day=24/hour=06/") {
			rt.Fatalf("left: %q", left)
		}
		lines, err := w.read(w.worker.FileSet())
		if err != nil || len(lines) != 2+3+4 {
			rt.Fatalf("%d lines are published, %v", len(lines), err)
		}
	})
}

// The power goes, or the process is killed, at every step of packing, once more at some step of the next life, and in
// the end for good: everything that was acknowledged is published once.
func TestPackingBrokenOffAtEveryStep(t *testing.T) {
	for first := range 40 {
		for second := range 12 {
			for _, cut := range []bool{false, true} {
				w := newKeepWorld(t, uint64(first*100+second), packing)
				if err := w.breakOff(first, second, cut); err != nil {
					t.Fatalf("after %d steps (power cut: %v), then %d: %v", first, cut, second, err)
				}
			}
		}
	}
}

func (w *keepWorld) breakOff(first, second int, cut bool) error {
	if !w.start() {
		return errInjected
	}
	defer func() { w.stop() }()
	for i := range 4 {
		w.send("a", arrival.Add(time.Duration(i)*time.Second), 1)
		if err := w.settle(); err != nil {
			return err
		}
	}
	for _, steps := range []int{first, second} {
		w.store.CrashAfter(steps)
		_ = w.tend(3)
		w.down(cut)
		if !w.start() {
			return errInjected
		}
		if err := w.complete(); err != nil {
			return err
		}
		cut = true
	}
	if err := w.tend(3); err != nil {
		return err
	}
	w.down(true)
	if !w.start() {
		return errInjected
	}
	if left := w.objects(); len(left) != 1 {
		return fmt.Errorf("left: %q", left)
	}
	return w.complete()
}
