package lake_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"limnograph"
	"limnograph/lake"
	"limnograph/record"
)

// A rebuild knows only sealed landing: what a row knows from elsewhere stays.
func TestRebuildKeepsWhatIsNotSealed(t *testing.T) {
	for name, later := range map[string]limnograph.JobRun{
		"the end":                      answer("jr_1", time.Hour, limnograph.RunSucceeded),
		"an event that changes little": {RunKey: keyOfRun("jr_1"), Source: limnograph.FromEvent, ObservedAt: now.Add(-58 * time.Minute), State: limnograph.RunRunning},
	} {
		t.Run(name, func(t *testing.T) {
			w := runsWorld(t)
			w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunRunning))
			w.feed.landRuns(later)
			w.curateRuns(t)
			want := w.runs(t)["jr_1"]
			s := &sealed{feed: w.feed, unsealed: 1}
			report := w.verifyRuns(t, s)
			wantEqual(t, report)
			if report.Unsealed != 1 {
				t.Errorf("%+v", report)
			}
			_, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: limnograph.RunsTable})
			must(t, err)
			got := w.runs(t)["jr_1"]
			if table := record.Runs(); !table.Covers(got, want) || !table.Covers(want, got) {
				t.Errorf("%v\nbecame\n%v", want.Values(), got.Values())
			}
		})
	}
}

// Objects are packed while they are read.
func TestObjectsOfRunsVanish(t *testing.T) {
	w := runsWorld(t)
	for i := range 9 {
		w.feed.landRuns(answer("jr_"+string(rune('a'+i)), time.Hour, limnograph.RunSucceeded))
	}
	w.curateRuns(t)
	s := &sealed{feed: w.feed}
	vanish := func() {
		for key := range s.objects(limnograph.RunsTable) {
			s.gone = map[string]bool{key: true}
		}
	}
	vanish()
	report := w.verifyRuns(t, s)
	wantEqual(t, report)
	if report.Rows != 9 || report.Statements != 9 {
		t.Errorf("%+v", report)
	}
	vanish()
	result, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: limnograph.RunsTable})
	must(t, err)
	if got := result.Tables[0]; got.Statements != 9 || got.Rows != 9 {
		t.Errorf("%+v", got)
	}
}

// twoTables is a lake with datapoints and runs.
func twoTables(t *testing.T, w *world, cfg lake.Config) {
	t.Helper()
	schemas := []limnograph.Schema{glue(), record.Runs().Schema()}
	var err error
	w.lake, err = lake.New(w.store, w.snapshots, w.feed, func() []limnograph.Schema { return schemas }, cfg)
	must(t, err)
	must(t, w.lake.Open(t.Context()))
}

// A day whose datapoints cannot be added up keeps no other day waiting, and none is added up twice because of it.
func TestOneDayIsNotRolledUp(t *testing.T) {
	w := newWorld(t, lake.Config{})
	twoTables(t, w, lake.Config{Now: func() time.Time { return w.clock }})
	asked := make(map[time.Time]int)
	fails := true
	w.lake.RollUpBy(func(_ context.Context, touched limnograph.TimeRange) ([]limnograph.RunMetrics, error) {
		asked[touched.From]++
		if fails && touched.From.Equal(now.Add(-26*time.Hour)) {
			return nil, errors.New("too much memory")
		}
		return []limnograph.RunMetrics{{RunKey: keyOfRun(touched.From.String()), First: touched.From, Last: touched.From}}, nil
	})
	for _, ago := range []time.Duration{time.Hour, 26 * time.Hour, 50 * time.Hour} {
		w.feed.land("glue_metrics", now, statement{Metric: "a", TS: now.Add(-ago), Count: 1})
	}
	w.curate(t)
	for range 3 {
		if err := w.lake.RollUpNow(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	if n := len(w.runs(t)); n != 2 {
		t.Errorf("%d runs", n)
	}
	fails = false
	must(t, w.lake.RollUpNow(t.Context()))
	must(t, w.lake.RollUpNow(t.Context()))
	if n := len(w.runs(t)); n != 3 {
		t.Errorf("%d runs in the end", n)
	}
	for ago, want := range map[time.Duration]int{time.Hour: 1, 26 * time.Hour: 4, 50 * time.Hour: 1} {
		if got := asked[now.Add(-ago)]; got != want {
			t.Errorf("the datapoints of %s ago were added up %d times, want %d", ago, got, want)
		}
	}
}

// States of runs are curated while a roll-up takes its time. The clock is the real one: encoders of Parquet files are shared by
// the process, and would not survive a bubble of synctest.
func TestStatesDoNotWaitForRollUps(t *testing.T) {
	w := newWorld(t, lake.Config{})
	twoTables(t, w, lake.Config{Now: time.Now, CommitEvery: 40 * time.Millisecond})
	busy := make(chan struct{}, 100)
	w.lake.RollUpBy(func(ctx context.Context, _ limnograph.TimeRange) ([]limnograph.RunMetrics, error) {
		busy <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	w.feed.land("glue_metrics", time.Now(), statement{Metric: "a", TS: time.Now().Add(-time.Hour), Count: 1})
	w.curate(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.lake.Run(ctx) }()
	<-busy
	w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunSucceeded))
	for deadline := time.Now().Add(time.Minute); len(w.lake.Snapshots().Tables[limnograph.RunsTable].Files) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the run waits for the roll-up")
		}
	}
	cancel()
	must(t, <-done)
	if w.runs(t)["jr_1"] == nil {
		t.Error("the run is not there")
	}
}

// A table of runs that keeps so many days gives up older ones, and the jobs have no time that could be old.
func TestRunsAreRetained(t *testing.T) {
	w := newWorld(t, lake.Config{})
	w.schema = record.Runs().Schema()
	w.schema.TableRetention = 3 * 24 * time.Hour
	w.start(t)
	w.feed.landRuns(answer("jr_old", 70*time.Hour, limnograph.RunSucceeded), answer("jr_new", time.Hour, limnograph.RunSucceeded))
	w.curateRuns(t)
	w.clock = w.clock.Add(48 * time.Hour)
	must(t, w.lake.Retain(t.Context(), limnograph.RunsTable))
	if rows := w.runs(t); len(rows) != 1 || rows["jr_new"] == nil {
		t.Errorf("%d runs", len(rows))
	}
	w.feed.landRuns(answer("jr_new", time.Hour, limnograph.RunFailed))
	w.curateRuns(t)
	w.wantState(t, "jr_new", limnograph.RunFailed)
}

// large says that its objects have very many lines, so that they are read in several parts.
type large struct{ *sealed }

func (l large) Objects(ctx context.Context, table string) iter.Seq2[limnograph.File, error] {
	return func(yield func(limnograph.File, error) bool) {
		for f, err := range l.sealed.Objects(ctx, table) {
			f.Lines = 300_000
			if !yield(f, err) {
				return
			}
		}
	}
}

func TestRunsAreComparedAndRebuiltInParts(t *testing.T) {
	w := runsWorld(t)
	for i := range 12 {
		w.feed.landRuns(answer(fmt.Sprintf("jr_%d", i), time.Duration(i)*7*time.Hour, limnograph.RunRunning))
	}
	w.curateRuns(t)
	w.feed.landRuns(answer("jr_3", 21*time.Hour, limnograph.RunSucceeded))
	w.curateRuns(t)
	stateAt := slices.IndexFunc(record.Runs().Schema().Records.Columns, func(c limnograph.RecordColumn) bool { return c.Name == "worker_type" })
	w.replaceRows(t, func(values [][]any) [][]any { values[0][stateAt] = "G.8X"; return values })
	s := &sealed{feed: w.feed, unsealed: 1}
	verify := func() lake.TableReport {
		report, err := w.lake.Verify(t.Context(), large{s}, lake.VerifyOptions{Table: limnograph.RunsTable})
		must(t, err)
		return report.Tables[0]
	}
	if got := verify(); got.Rows != 12 || got.Statements != 12 || got.Different != 1 || got.Unsealed != 1 || got.Missing+got.Extra+got.Twice != 0 {
		t.Errorf("%+v", got)
	}
	for key := range s.objects(limnograph.RunsTable) {
		s.gone = map[string]bool{key: true}
	}
	result, err := w.lake.Rebuild(t.Context(), large{s}, lake.RebuildOptions{Table: limnograph.RunsTable})
	must(t, err)
	if got := result.Tables[0]; got.Statements != 12 || got.Rows != 12 || got.Commits != 1 {
		t.Errorf("%+v", got)
	}
	wantEqual(t, verify())
	w.wantState(t, "jr_3", limnograph.RunSucceeded)
}

// Rows that come again from landing get their roll-ups again.
func TestRollUpsOfLostFilesAreMadeAgain(t *testing.T) {
	for name, restart := range map[string]bool{"while it runs": false, "at the start": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, lake.Config{})
			records := int64(5)
			open := func() {
				twoTables(t, w, lake.Config{Now: func() time.Time { return w.clock }})
				w.lake.RollUpBy(func(context.Context, limnograph.TimeRange) ([]limnograph.RunMetrics, error) {
					return []limnograph.RunMetrics{{RunKey: keyOfRun("jr_1"), First: now.Add(-time.Hour), Last: now, RecordsIn: &records}}, nil
				})
			}
			open()
			w.feed.land("glue_metrics", now, statement{Metric: "a", TS: now.Add(-time.Hour), Count: 1})
			w.curate(t)
			w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunRunning))
			w.curateRuns(t)
			must(t, w.lake.RollUpNow(t.Context()))
			for _, f := range w.lake.Snapshots().Tables[limnograph.RunsTable].Files {
				must(t, w.store.Delete(t.Context(), f.Key))
			}
			history, err := w.snapshots.History(t.Context(), limnograph.RunsTable)
			must(t, err)
			for _, s := range history {
				for _, f := range s.Files {
					_ = w.store.Delete(t.Context(), f.Key) // some are gone already
				}
			}
			if restart {
				open()
			}
			w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunSucceeded))
			w.curateRuns(t)
			must(t, w.lake.RollUpNow(t.Context()))
			if got, _ := w.wantState(t, "jr_1", limnograph.RunSucceeded).Long("records_in"); got != records {
				t.Errorf("%d records", got)
			}
		})
	}
}
