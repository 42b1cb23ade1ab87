package mem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"limnograph"
	"limnograph/mem"
)

const lakeTable = "ebs_metrics"

// lakeOf returns a snapshot store with one table.
func lakeOf(t *testing.T, s *mem.Store) *mem.Snapshots {
	t.Helper()
	x := mem.NewSnapshots(s)
	_, err := x.CreateTable(t.Context(), limnograph.Schema{Namespace: "AWS/EBS", Table: lakeTable})
	must(t, err)
	return x
}

func lakeFile(n int) string { return fmt.Sprintf("lake/ebs_metrics/data/day=1970-01-01/%d.parquet", n) }

// addFile stores data file n and commits it upon the newest snapshot.
func addFile(t *testing.T, s *mem.Store, x *mem.Snapshots, n int) error {
	t.Helper()
	base, err := x.Current(t.Context(), lakeTable)
	if err != nil {
		return err
	}
	body := fmt.Sprint("file ", n)
	if _, err := s.Put(t.Context(), lakeFile(n), strings.NewReader(body), limnograph.PutOptions{}); err != nil {
		return err
	}
	change := limnograph.TableChange{Add: []limnograph.DataFile{{Key: lakeFile(n), Size: int64(len(body)), Rows: 1}}}
	_, err = x.Commit(t.Context(), lakeTable, base.ID, change)
	return err
}

// filesOf returns how many files the newest snapshot has, once the store has stepped back to one that is intact.
func filesOf(t *testing.T, x *mem.Snapshots) (files, steps int) {
	t.Helper()
	steps, err := x.StepBack(t.Context(), lakeTable)
	must(t, err)
	newest, err := x.Current(t.Context(), lakeTable)
	must(t, err)
	return len(newest.Files), steps
}

func TestSnapshotFaults(t *testing.T) {
	boom := errors.New("boom")
	history := func(x *mem.Snapshots) int {
		all, err := x.History(t.Context(), lakeTable)
		must(t, err)
		return len(all)
	}
	// Each call, and the number of snapshots that it leaves of three.
	calls := map[mem.Op]struct {
		do     func(x *mem.Snapshots) error
		leaves int
	}{
		mem.OpTable: {func(x *mem.Snapshots) error {
			_, err := x.CreateTable(t.Context(), limnograph.Schema{
				Table: lakeTable, Dimensions: []limnograph.PromotedDimension{{Name: "VolumeId", Column: "volume_id"}},
			})
			return err
		}, 3},
		mem.OpCommit: {func(x *mem.Snapshots) error {
			newest, err := x.Current(t.Context(), lakeTable)
			must(t, err)
			_, err = x.Commit(t.Context(), lakeTable, newest.ID, limnograph.TableChange{})
			return err
		}, 4},
		mem.OpRollBack: {func(x *mem.Snapshots) error {
			all, err := x.History(t.Context(), lakeTable)
			must(t, err)
			return x.RollBack(t.Context(), lakeTable, all[2].ID)
		}, 1},
		mem.OpStepBack: {func(x *mem.Snapshots) error {
			_, err := x.StepBack(t.Context(), lakeTable)
			return err
		}, 2},
		mem.OpExpire: {func(x *mem.Snapshots) error { return x.Expire(t.Context(), lakeTable, 2, 0) }, 2},
	}
	threeSnapshots := func(op mem.Op) (*mem.Store, *mem.Snapshots) {
		s := mem.New()
		x := lakeOf(t, s)
		for n := range 3 {
			must(t, addFile(t, s, x, n))
		}
		if op == mem.OpStepBack {
			must(t, s.Delete(t.Context(), lakeFile(2)))
		}
		return s, x
	}
	for op, call := range calls {
		t.Run("FailingBefore/"+string(op), func(t *testing.T) {
			s, x := threeSnapshots(op)
			s.FailNext(op, boom)
			if err := call.do(x); !errors.Is(err, boom) || history(x) != 3 {
				t.Errorf("error %v, %d snapshots", err, history(x))
			}
			if err := call.do(x); err != nil || history(x) != call.leaves {
				t.Errorf("again: error %v, %d snapshots", err, history(x))
			}
		})
		t.Run("FailingAfter/"+string(op), func(t *testing.T) {
			s, x := threeSnapshots(op)
			s.FailAfter(op, boom)
			if err := call.do(x); !errors.Is(err, boom) || history(x) != call.leaves {
				t.Errorf("error %v, %d snapshots", err, history(x))
			}
			s.PowerCut()
			if history(x) != call.leaves {
				t.Errorf("after a power cut: %d snapshots", history(x))
			}
		})
	}
	for _, op := range []mem.Op{mem.OpPut, mem.OpDelete} {
		t.Run("FailingAfter/"+string(op), func(t *testing.T) {
			s := mem.New()
			put := func() error {
				_, err := s.Put(t.Context(), "o/k", strings.NewReader("x"), limnograph.PutOptions{})
				return err
			}
			do := put
			if op == mem.OpDelete {
				must(t, put())
				do = func() error { return s.Delete(t.Context(), "o/k") }
			}
			s.FailAfter(op, boom)
			if err := do(); !errors.Is(err, boom) {
				t.Errorf("error %v", err)
			}
			if _, err := s.Stat(t.Context(), "o/k"); (err == nil) != (op == mem.OpPut) {
				t.Errorf("stat: %v", err)
			}
		})
	}
	t.Run("ReadingFailsWhenTold", func(t *testing.T) {
		s, x := threeSnapshots(mem.OpCommit)
		s.FailNext(mem.OpCurrent, boom)
		s.FailNext(mem.OpHistory, boom)
		if _, err := x.Current(t.Context(), lakeTable); !errors.Is(err, boom) {
			t.Errorf("current: %v", err)
		}
		if _, err := x.History(t.Context(), lakeTable); !errors.Is(err, boom) {
			t.Errorf("history: %v", err)
		}
	})
	t.Run("AFullDiskIsUnavailable", func(t *testing.T) {
		s, x := threeSnapshots(mem.OpCommit)
		s.SetFull(true)
		err := calls[mem.OpCommit].do(x)
		if limnograph.ErrorCode(err) != limnograph.CodeUnavailable || history(x) != 3 {
			t.Errorf("error %v, %d snapshots", err, history(x))
		}
	})
	t.Run("DamagedMetadataIsSteppedOver", func(t *testing.T) {
		_, x := threeSnapshots(mem.OpCommit)
		newest, err := x.Current(t.Context(), lakeTable)
		must(t, err)
		x.Damage(lakeTable, newest.ID)
		_, err = x.Current(t.Context(), lakeTable)
		if limnograph.ErrorCode(err) != limnograph.CodeInternal {
			t.Errorf("current: %v", err)
		}
		if files, steps := filesOf(t, x); files != 2 || steps != 1 {
			t.Errorf("%d files after %d steps", files, steps)
		}
	})
}

func TestSnapshotPowerCut(t *testing.T) {
	t.Run("ACrashAnywhereLeavesTheOldOrTheNewSnapshot", func(t *testing.T) {
		outcomes := map[string]bool{}
		for steps := range 8 {
			underSeeds(t, func(t *testing.T, s *mem.Store) {
				x := lakeOf(t, s)
				must(t, addFile(t, s, x, 0))
				s.CrashAfter(steps)
				err := addFile(t, s, x, 1)
				if err != nil && !errors.Is(err, mem.ErrPowerLost) {
					t.Fatal(err)
				}
				s.PowerCut()
				files, back := filesOf(t, x)
				if back != 0 || files == 0 || err == nil && files != 2 {
					t.Fatalf("after %d steps, %v: %d files, stepped back over %d", steps, err, files, back)
				}
				outcomes[fmt.Sprintf("%d files, committed %v", files, err == nil)] = true
			})
		}
		if len(outcomes) != 3 {
			t.Errorf("outcomes: %v", outcomes)
		}
	})
	t.Run("KillForgetsNothing", func(t *testing.T) {
		s := mem.New()
		x := lakeOf(t, s)
		s.CrashAfter(4) // reading, putting in two steps, and the first step of the commit
		if err := addFile(t, s, x, 0); !errors.Is(err, mem.ErrPowerLost) {
			t.Fatal(err)
		}
		s.Kill()
		if files, _ := filesOf(t, x); files != 1 {
			t.Errorf("%d files", files)
		}
	})
	for _, lie := range []mem.Op{mem.OpCommit, mem.OpPut} {
		t.Run("ALyingOperationLosesWhatItPromised/"+string(lie), func(t *testing.T) {
			seen := map[string]bool{}
			underSeeds(t, func(t *testing.T, s *mem.Store) {
				x := lakeOf(t, s)
				s.Lie(lie)
				for n := range 3 {
					must(t, addFile(t, s, x, n))
				}
				s.PowerCut()
				files, steps := filesOf(t, x)
				if steps != 0 != (lie == mem.OpPut && files < 3) {
					t.Fatalf("%d files after %d steps", files, steps)
				}
				seen[fmt.Sprint(files)] = true
			})
			if len(seen) != 4 {
				t.Errorf("files left: %v", seen)
			}
		})
	}
	t.Run("ATableThatWasNeverSyncedMayVanish", func(t *testing.T) {
		seen := map[limnograph.Code]bool{}
		underSeeds(t, func(t *testing.T, s *mem.Store) {
			s.Lie(mem.OpTable)
			x := lakeOf(t, s)
			s.PowerCut()
			_, err := x.Current(t.Context(), lakeTable)
			seen[limnograph.ErrorCode(err)] = true
		})
		if !seen[""] || !seen[limnograph.CodeNotFound] {
			t.Errorf("outcomes: %v", seen)
		}
	})
}
