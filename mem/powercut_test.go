package mem_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"limnograph"
	"limnograph/mem"
)

// underSeeds runs a scenario under many seeds, since a power cut leaves behind what chance decides.
func underSeeds(t *testing.T, scenario func(t *testing.T, s *mem.Store)) {
	t.Helper()
	for seed := range uint64(200) {
		scenario(t, mem.NewWith(mem.Config{Rand: rand.New(rand.NewPCG(seed, 0))}))
	}
}

func left(t *testing.T, s *mem.Store, name string) (content string, there bool) {
	t.Helper()
	_, r, err := s.Recover(t.Context(), name)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return "", false
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), true
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func segmentOf(t *testing.T, s *mem.Store, name, synced, unsynced string) limnograph.Segment {
	t.Helper()
	g, err := s.Create(t.Context(), name)
	must(t, err)
	_, err = io.WriteString(g, synced)
	must(t, err)
	if synced != "" {
		must(t, g.Sync())
	}
	_, err = io.WriteString(g, unsynced)
	must(t, err)
	return g
}

func TestPowerCut(t *testing.T) {
	t.Run("SyncedBytesSurviveAndUnsyncedOnesAreAPrefixOrTorn", func(t *testing.T) {
		kinds := map[string]bool{}
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			segmentOf(t, s, "a/x", "synced.", "unsynced")
			s.PowerCut()
			got, there := left(t, s, "a/x")
			tail, ok := strings.CutPrefix(got, "synced.")
			if !there || !ok {
				t.Fatalf("a synced segment holds %q (there: %v)", got, there)
			}
			whole := strings.TrimRight(tail, "\x00")
			if !strings.HasPrefix("unsynced", whole) || len(tail) > len("unsynced") {
				t.Fatalf("the unsynced tail became %q", tail)
			}
			kinds[map[bool]string{true: "torn", false: "cut"}[whole != tail]] = true
			kinds[whole] = true
		})
		for _, want := range []string{"", "unsynced", "torn", "cut", "unsy"} {
			if !kinds[want] {
				t.Errorf("no power cut left the outcome %q", want)
			}
		}
	})
	t.Run("AnUnsyncedNameMayVanish", func(t *testing.T) {
		seen := map[bool]bool{}
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			segmentOf(t, s, "a/x", "", "unsynced")
			s.PowerCut()
			_, there := left(t, s, "a/x")
			seen[there] = true
		})
		if !seen[true] || !seen[false] {
			t.Errorf("outcomes: %v", seen)
		}
	})
	t.Run("AnUnsyncedTruncationMayBeUndone", func(t *testing.T) {
		seen := map[string]bool{}
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			must(t, segmentOf(t, s, "a/x", "0123456789", "").Truncate(4))
			s.PowerCut()
			got, _ := left(t, s, "a/x")
			seen[got] = true
		})
		if !seen["0123456789"] || !seen["0123"] {
			t.Errorf("outcomes: %v", seen)
		}
	})
	t.Run("FinishedPutsSealsAndRemovalsSurvive", func(t *testing.T) {
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			_, err := s.Put(t.Context(), "o/put", strings.NewReader("put"), limnograph.PutOptions{})
			must(t, err)
			_, err = segmentOf(t, s, "a/x", "", "sealed").Seal(t.Context(), "o/sealed")
			must(t, err)
			segmentOf(t, s, "a/y", "removed", "")
			must(t, s.Remove(t.Context(), "a/y"))
			s.PowerCut()
			for _, key := range []string{"o/put", "o/sealed"} {
				_, err := s.Stat(t.Context(), key)
				must(t, err)
			}
			if names, err := s.Names(t.Context()); err != nil || len(names) != 0 {
				t.Fatalf("segments %q, %v", names, err)
			}
		})
	})
	t.Run("ACrashInsideSealLeavesTheSegmentOrTheObject", func(t *testing.T) {
		outcomes := map[string]bool{}
		for steps := range 6 {
			underSeeds(t, func(t *testing.T, s *mem.Store) {
				g := segmentOf(t, s, "a/x", "content", "")
				s.CrashAfter(steps)
				_, err := g.Seal(t.Context(), "o/k")
				if err != nil && !errors.Is(err, mem.ErrPowerLost) {
					t.Fatal(err)
				}
				s.PowerCut()
				_, segment := left(t, s, "a/x")
				_, serr := s.Stat(t.Context(), "o/k")
				if !segment && serr != nil {
					t.Fatal("neither segment nor object is left")
				}
				outcomes[map[bool]string{true: "segment"}[segment]+map[bool]string{true: "object"}[serr == nil]] = true
			})
		}
		if len(outcomes) != 3 {
			t.Errorf("outcomes: %v", outcomes)
		}
	})
	t.Run("HandlesFromBeforeAreDead", func(t *testing.T) {
		s := mem.New()
		g := segmentOf(t, s, "a/x", "synced", "")
		s.Kill()
		if err := g.Sync(); !errors.Is(err, mem.ErrPowerLost) {
			t.Errorf("sync: %v", err)
		}
	})
	t.Run("KillForgetsNothing", func(t *testing.T) {
		s := mem.New()
		segmentOf(t, s, "a/x", "", "unsynced")
		s.Kill()
		if got, _ := left(t, s, "a/x"); got != "unsynced" {
			t.Errorf("left %q", got)
		}
	})
	t.Run("ALyingSyncLosesWhatItPromised", func(t *testing.T) {
		lost := false
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			s.Lie(mem.OpSync)
			segmentOf(t, s, "a/x", "synced", "")
			s.PowerCut()
			got, _ := left(t, s, "a/x")
			lost = lost || got != "synced"
		})
		if !lost {
			t.Error("nothing was ever lost")
		}
	})
}

func TestFaults(t *testing.T) {
	boom := errors.New("boom")
	t.Run("AFailingWriteLeavesAPart", func(t *testing.T) {
		s := mem.New()
		g := segmentOf(t, s, "a/x", "good", "")
		s.FailNext(mem.OpWrite, boom)
		if n, err := io.WriteString(g, "bad!"); n != 2 || !errors.Is(err, boom) {
			t.Errorf("wrote %d, %v", n, err)
		}
		must(t, g.Truncate(4))
		_, err := io.WriteString(g, "!")
		must(t, err)
		if got, _ := left(t, s, "a/x"); got != "good!" {
			t.Errorf("left %q", got)
		}
	})
	t.Run("EachOperationFailsOnceWhenTold", func(t *testing.T) {
		s := mem.New()
		g := segmentOf(t, s, "a/x", "good", "")
		s.FailNext(mem.OpSync, boom)
		if err := g.Sync(); !errors.Is(err, boom) {
			t.Errorf("sync: %v", err)
		}
		for op, do := range map[mem.Op]func() error{
			mem.OpSeal:   func() error { _, err := g.Seal(t.Context(), "o/sealed"); return err },
			mem.OpCreate: func() error { _, err := s.Create(t.Context(), "a/y"); return err },
			mem.OpRemove: func() error { return s.Remove(t.Context(), "a/y") },
			mem.OpDelete: func() error { return s.Delete(t.Context(), "o/put") },
			mem.OpPut: func() error {
				_, err := s.Put(t.Context(), "o/put", strings.NewReader("x"), limnograph.PutOptions{})
				return err
			},
		} {
			s.FailNext(op, boom)
			if err := do(); !errors.Is(err, boom) {
				t.Errorf("%s: %v", op, err)
			}
			if err := do(); err != nil {
				t.Errorf("%s again: %v", op, err)
			}
		}
	})
	t.Run("AFullDiskIsUnavailableUntilThereIsSpace", func(t *testing.T) {
		s := mem.New()
		s.SetFull(true)
		put := func() error {
			_, err := s.Put(t.Context(), "o/k", strings.NewReader("x"), limnograph.PutOptions{})
			return err
		}
		if err := put(); limnograph.ErrorCode(err) != limnograph.CodeUnavailable {
			t.Errorf("error %v", err)
		}
		s.SetFull(false)
		must(t, put())
	})
}
