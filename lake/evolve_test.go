package lake_test

import (
	"context"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
	"limnograph/mem"
)

// A definition may promote one more dimension while datapoints come. Rows of before have NULL there until a rebuild;
// they stay where they are, and merge with what comes later.
func TestADimensionIsPromotedWhileRunning(t *testing.T) {
	w := newWorld(t, lake.Config{})
	whole := w.schema
	w.schema.Dimensions = w.schema.Dimensions[:2]
	w.start(t)
	w.minutely(t, 0, 29, "a", "b")
	w.bring(t, point("a", 3, 2, 777))
	w.schema = whole
	w.minutely(t, 30, 59, "a", "b")
	w.bring(t, point("b", 31, 2, 888))
	w.clock = now.Add(70 * time.Minute)
	w.compact(t)
	wantFiles(t, w, 1)
	wantHeld(t, w, 0)
	if n := len(w.visible(t)); n != 120 {
		t.Errorf("%d rows, want 120", n)
	}
	wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
}

// cutOff is a snapshot store whose callers' context ends in the middle of a commit, before or after it is the newest state.
type cutOff struct {
	*mem.Snapshots
	cancel func() // nil: nothing happens
	after  bool
}

func (c *cutOff) Commit(ctx context.Context, table string, base int64, change limnograph.TableChange) (limnograph.Snapshot, error) {
	if c.cancel == nil {
		return c.Snapshots.Commit(ctx, table, base, change)
	}
	if c.after {
		if s, err := c.Snapshots.Commit(ctx, table, base, change); err != nil {
			return s, err
		}
	}
	c.cancel()
	return limnograph.Snapshot{}, ctx.Err()
}

func TestTheContextEndsInACommit(t *testing.T) {
	for name, after := range map[string]bool{"before it happened": false, "after it happened": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			cut := &cutOff{Snapshots: w.snapshots, after: after}
			var err error
			w.lake, err = lake.New(w.store, cut, w.feed, func() []limnograph.Schema { return []limnograph.Schema{w.schema} }, lake.Config{Now: func() time.Time { return w.clock }})
			must(t, err)
			must(t, w.lake.Open(t.Context()))
			w.bring(t, point("a", 0, 1, 1))
			for i := range 3 {
				w.feed.land(table, w.clock, point("a", 0, float64(2+i), float64(10*i)), point("a", 1+i, 1, 1))
				ctx, cancel := context.WithCancel(t.Context())
				cut.cancel = cancel
				if _, err := w.lake.Curate(ctx, table); err == nil {
					t.Fatal("no error")
				}
				w.sweep(t)
				cut.cancel = nil
				w.clock = w.clock.Add(20 * time.Minute)
				w.sweep(t)
				w.curate(t)
				w.compact(t)
				w.sweep(t)
			}
			w.clock = w.clock.Add(20 * time.Minute)
			w.compact(t)
			if got, want := w.sums(t), "a+0=20 a+1=1 a+2=1 a+3=1"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			wantHeld(t, w, 0)
		})
	}
}

// A further total may come while running. What was written since stays a total when it is merged with rows of before.
func TestATotalIsAddedWhileRunning(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.minutely(t, 0, 29, "a")
	w.schema.Totals = append(w.schema.Totals, limnograph.Dimension{Name: "JobRunId", Value: "jr_1"})
	w.minutely(t, 30, 59, "a")
	for range 2 {
		for _, r := range w.visible(t) {
			if r.TS >= at(30).UnixMilli() && !r.Series.IsTotal {
				t.Fatalf("the row at %s is no total", time.UnixMilli(r.TS).UTC())
			}
		}
		w.clock = now.Add(70 * time.Minute)
		w.compact(t)
	}
	wantEqual(t, w.verify(t, &sealed{feed: w.feed}, lake.VerifyOptions{}))
}
