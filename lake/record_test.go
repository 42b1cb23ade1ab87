package lake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/columns"
	"limnograph/lake"
	"limnograph/record"
)

// runsWorld is a world of the table of runs.
func runsWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, lake.Config{})
	w.schema = record.Runs().Schema()
	w.start(t)
	return w
}

func keyOfRun(id string) limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: "111122223333", Region: "eu-west-1", JobName: "orders-staged"}, RunID: id}
}

// answer is what the Glue API says about a run that started some time before now.
func answer(id string, ago time.Duration, state limnograph.RunState) limnograph.JobRun {
	start := now.Add(-ago)
	r := limnograph.JobRun{
		RunKey: keyOfRun(id), Source: limnograph.FromAPI, ObservedAt: start.Add(time.Minute), State: state,
		StartedAt: start, ModifiedAt: start.Add(30 * time.Second), WorkerType: "G.1X",
	}
	if state.IsTerminal() {
		r.CompletedAt, r.ModifiedAt = start.Add(5*time.Minute), start.Add(5*time.Minute)
	}
	return r
}

// landRuns adds a batch of run records.
func (f *feed) landRuns(runs ...limnograph.JobRun) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	b := limnograph.LandedBatch{Sequence: f.next, Arrival: now, Position: int64(f.next) << 24, Count: len(runs)}
	for i, r := range runs {
		line := record.EncodeRun(r)
		b.Lines = append(b.Lines, line[:len(line)-2]...)
		b.Lines = fmt.Appendf(b.Lines, ",\"limno_position\":%d}\n", b.Position+int64(i))
	}
	f.batches[limnograph.RunsTable] = append(f.batches[limnograph.RunsTable], b)
}

func (w *world) curateRuns(t *testing.T) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = w.lake.Curate(t.Context(), limnograph.RunsTable)
		must(t, err)
	}
}

// runs reads the newest snapshot: rows by run id. It fails when a run has two rows.
func (w *world) runs(t *testing.T) map[string]*record.Row {
	t.Helper()
	s := record.Runs().Schema()
	ids, err := w.snapshots.CreateTable(t.Context(), s)
	must(t, err)
	rows := make(map[string]*record.Row)
	for _, f := range w.lake.Snapshots().Tables[s.Table].Files {
		object, err := w.store.OpenAt(t.Context(), f.Key)
		must(t, err)
		values, err := columns.ReadRecords(object, object.Size(), s, ids)
		must(t, err)
		must(t, object.Close())
		for _, v := range values {
			row, err := record.Runs().RowOf(v)
			must(t, err)
			if id := row.Text("job_run_id"); rows[id] != nil {
				t.Fatalf("run %s has two rows", id)
			}
			if row.TS() < f.MinTime || row.TS() > f.MaxTime {
				t.Errorf("row at %d in a file of %d to %d", row.TS(), f.MinTime, f.MaxTime)
			}
			rows[row.Text("job_run_id")] = row
		}
	}
	return rows
}

func (w *world) wantState(t *testing.T, id string, want limnograph.RunState) *record.Row {
	t.Helper()
	row := w.runs(t)[id]
	if row == nil {
		t.Fatalf("no row of %s", id)
	}
	if got := row.Text("state"); got != string(want) {
		t.Errorf("%s is %s, want %s", id, got, want)
	}
	return row
}

func TestRunIsReplacedInPlace(t *testing.T) {
	w := runsWorld(t)
	w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunRunning), answer("jr_2", time.Hour, limnograph.RunRunning))
	w.curateRuns(t)
	w.wantState(t, "jr_1", limnograph.RunRunning)
	w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunSucceeded))
	w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunRunning)) // late
	w.curateRuns(t)
	w.wantState(t, "jr_1", limnograph.RunSucceeded)
	w.wantState(t, "jr_2", limnograph.RunRunning)
	if n := len(w.lake.Snapshots().Tables[limnograph.RunsTable].Files); n != 1 {
		t.Errorf("%d files", n)
	}
}

// A restart knows where each row is; nothing comes twice when the mark is lost.
func TestRunsSurviveARestartAndALostMark(t *testing.T) {
	w := runsWorld(t)
	for i := range 5 {
		w.feed.landRuns(answer(fmt.Sprintf("jr_%d", i), time.Duration(i+1)*20*time.Hour, limnograph.RunRunning))
		w.curateRuns(t)
	}
	w.start(t)
	w.feed.landRuns(answer("jr_4", 100*time.Hour, limnograph.RunFailed))
	w.curateRuns(t)
	w.wantState(t, "jr_4", limnograph.RunFailed)
	if n := len(w.runs(t)); n != 5 {
		t.Errorf("%d runs", n)
	}
	w.feed.batches[limnograph.RunsTable] = append(w.feed.batches[limnograph.RunsTable], w.feed.batches[limnograph.RunsTable]...)
	w.curateRuns(t)
	if n := len(w.runs(t)); n != 5 {
		t.Errorf("%d runs after all came again", n)
	}
}

// A row whose time becomes known to be earlier moves to the file of that time.
func TestRunMovesToItsHour(t *testing.T) {
	w := runsWorld(t)
	event := limnograph.JobRun{RunKey: keyOfRun("jr_1"), Source: limnograph.FromEvent, ObservedAt: now.Add(-time.Minute), State: limnograph.RunSucceeded}
	w.feed.landRuns(event, answer("jr_2", 3*time.Minute, limnograph.RunRunning))
	w.curateRuns(t)
	w.feed.landRuns(answer("jr_1", 30*time.Hour, limnograph.RunSucceeded))
	w.curateRuns(t)
	row := w.wantState(t, "jr_1", limnograph.RunSucceeded)
	if want := now.Add(-30 * time.Hour).UnixMilli(); row.TS() != want {
		t.Errorf("ts is %d, want %d", row.TS(), want)
	}
	if n := len(w.lake.Snapshots().Tables[limnograph.RunsTable].Files); n != 2 {
		t.Errorf("%d files", n)
	}
}

func TestOldDaysOfRunsBecomeOneFile(t *testing.T) {
	w := runsWorld(t)
	for i := range 12 {
		w.feed.landRuns(answer(fmt.Sprintf("jr_%d", i), time.Duration(3*i)*time.Hour, limnograph.RunSucceeded))
		w.curateRuns(t)
	}
	if n := len(w.lake.Snapshots().Tables[limnograph.RunsTable].Files); n != 12 {
		t.Errorf("%d files", n)
	}
	w.clock = w.clock.Add(5 * 24 * time.Hour)
	if done, err := w.lake.Compact(t.Context(), limnograph.RunsTable); err != nil || done != 2 {
		t.Errorf("%d days, %v", done, err)
	}
	if n := len(w.lake.Snapshots().Tables[limnograph.RunsTable].Files); n != 2 {
		t.Errorf("%d files after compaction", n)
	}
	w.feed.landRuns(answer("jr_3", 9*time.Hour, limnograph.RunFailed))
	w.curateRuns(t)
	if n := len(w.runs(t)); n != 12 {
		t.Errorf("%d runs", n)
	}
}

// The roll-up is asked for the times of the files that are new, and what it says stands in the row.
func TestRollUpFollowsTheDatapoints(t *testing.T) {
	w := newWorld(t, lake.Config{})
	schemas := []limnograph.Schema{glue(), record.Runs().Schema()}
	var err error
	w.lake, err = lake.New(w.store, w.snapshots, w.feed, func() []limnograph.Schema { return schemas }, lake.Config{Now: func() time.Time { return w.clock }})
	must(t, err)
	must(t, w.lake.Open(t.Context()))
	var asked []limnograph.TimeRange
	records := int64(5)
	w.lake.RollUpBy(func(_ context.Context, touched limnograph.TimeRange) ([]limnograph.RunMetrics, error) {
		asked = append(asked, touched)
		return []limnograph.RunMetrics{{RunKey: keyOfRun("jr_1"), First: now.Add(-time.Hour), Last: now, RecordsIn: &records}}, nil
	})
	must(t, w.lake.RollUpNow(t.Context()))
	w.feed.land("glue_metrics", now, statement{Metric: "a", TS: now.Add(-time.Hour), Count: 1}, statement{Metric: "a", TS: now.Add(-26 * time.Hour), Count: 1})
	w.curate(t)
	must(t, w.lake.RollUpNow(t.Context()))
	if len(asked) != 2 || !asked[0].From.Equal(now.Add(-time.Hour)) || !asked[1].From.Equal(now.Add(-26*time.Hour)) {
		t.Errorf("asked for %v", asked)
	}
	row := w.wantState(t, "jr_1", limnograph.RunUnknown)
	if got, _ := row.Long("records_in"); got != records {
		t.Errorf("%d records", got)
	}
	must(t, w.lake.RollUpNow(t.Context()))
	if len(asked) != 2 {
		t.Errorf("asked again: %v", asked)
	}
	records = 6
	w.feed.land("glue_metrics", now, statement{Metric: "b", TS: now.Add(-time.Minute), Count: 1})
	w.curate(t)
	must(t, w.lake.RollUpNow(t.Context()))
	if len(asked) != 3 || !asked[2].From.Equal(now.Add(-time.Minute)) {
		t.Errorf("asked for %v", asked)
	}
	if got, _ := w.wantState(t, "jr_1", limnograph.RunUnknown).Long("records_in"); got != records {
		t.Errorf("%d records", got)
	}
}

// A file that was damaged is given up, and what landing holds comes again.
func TestDamagedRunsHeal(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, w *world, key string){
		"deleted": func(t *testing.T, w *world, key string) { must(t, w.store.Delete(t.Context(), key)) },
		"cut off": func(t *testing.T, w *world, key string) { w.overwrite(t, key, w.content(t, key)[:100]) },
	} {
		t.Run(name, func(t *testing.T) {
			w := runsWorld(t)
			w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunSucceeded), answer("jr_2", 9*time.Hour, limnograph.RunSucceeded))
			w.curateRuns(t)
			damage(t, w, w.lake.Snapshots().Tables[limnograph.RunsTable].Files[0].Key)
			w.feed.landRuns(answer("jr_1", time.Hour, limnograph.RunSucceeded), answer("jr_2", 9*time.Hour, limnograph.RunFailed), answer("jr_3", 2*time.Hour, limnograph.RunFailed))
			w.curateRuns(t)
			if n := len(w.runs(t)); n != 3 {
				t.Errorf("%d runs", n)
			}
		})
	}
}

// verifyRuns compares the table of runs with landing.
func (w *world) verifyRuns(t *testing.T, s *sealed) lake.TableReport {
	t.Helper()
	report, err := w.lake.Verify(t.Context(), s, lake.VerifyOptions{Table: limnograph.RunsTable})
	must(t, err)
	return report.Tables[0]
}

// replaceRows puts a changed copy of the newest file of runs into the table, as a defect might have done.
func (w *world) replaceRows(t *testing.T, change func(values [][]any) [][]any) {
	t.Helper()
	s := record.Runs().Schema()
	ids, err := w.snapshots.CreateTable(t.Context(), s)
	must(t, err)
	base, err := w.snapshots.Current(t.Context(), s.Table)
	must(t, err)
	object, err := w.store.OpenAt(t.Context(), base.Files[0].Key)
	must(t, err)
	values, err := columns.ReadRecords(object, object.Size(), s, ids)
	must(t, errors.Join(err, object.Close()))
	var content bytes.Buffer
	sum, err := columns.WriteRecords(&content, s, ids, change(values))
	must(t, err)
	hash := sha256.Sum256(content.Bytes())
	f := limnograph.DataFile{
		Key: path.Join(path.Dir(base.Files[0].Key), fmt.Sprintf("12-00000000000000aa-%x.parquet", hash[:16])), Size: int64(content.Len()),
		Rows: sum.Rows, MinTime: sum.MinTime, MaxTime: sum.MaxTime,
	}
	_, err = w.store.Put(t.Context(), f.Key, &content, limnograph.PutOptions{})
	must(t, err)
	_, err = w.snapshots.Commit(t.Context(), s.Table, base.ID, limnograph.TableChange{Add: []limnograph.DataFile{f}, Remove: base.Files[:1], Properties: base.Properties})
	must(t, err)
	w.start(t)
}

func TestRunsAreVerifiedAndRebuilt(t *testing.T) {
	stateAt := slices.IndexFunc(record.Runs().Schema().Records.Columns, func(c limnograph.RecordColumn) bool { return c.Name == "worker_type" })
	for name, c := range map[string]struct {
		change func(values [][]any) [][]any
		wrong  func(r lake.TableReport) bool
	}{
		"a value was changed": {
			change: func(values [][]any) [][]any { values[1][stateAt] = "G.8X"; return values },
			wrong:  func(r lake.TableReport) bool { return r.Different == 1 && r.Missing == 0 },
		},
		"a row was lost": {
			change: func(values [][]any) [][]any { return values[1:] },
			wrong:  func(r lake.TableReport) bool { return r.Missing == 1 && r.Different == 0 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := runsWorld(t)
			for i := range 9 {
				w.feed.landRuns(answer(fmt.Sprintf("jr_%d", i), time.Duration(i)*time.Minute, limnograph.RunRunning))
				w.curateRuns(t)
			}
			s := &sealed{feed: w.feed}
			wantEqual(t, w.verifyRuns(t, s))
			w.replaceRows(t, c.change)
			report := w.verifyRuns(t, s)
			if !c.wrong(report) || report.Equal() || len(report.Differences) != 1 {
				t.Errorf("%+v", report)
			}
			result, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: limnograph.RunsTable})
			must(t, err)
			if got := result.Tables[0]; got.Statements != 9 || got.Rows != 9 {
				t.Errorf("%+v", got)
			}
			wantEqual(t, w.verifyRuns(t, s))
			if n := len(w.runs(t)); n != 9 {
				t.Errorf("%d runs", n)
			}
		})
	}
}

// What is in no sealed object yet is no difference, and a rebuild does not lose it; nor what landing holds no more.
func TestUnsealedAndOlderRunsAreNoDifference(t *testing.T) {
	w := runsWorld(t)
	for i := range 9 {
		w.feed.landRuns(answer(fmt.Sprintf("jr_%d", i), time.Duration(i)*time.Minute, limnograph.RunRunning))
	}
	w.curateRuns(t)
	w.feed.landRuns(answer("jr_8", 8*time.Minute, limnograph.RunSucceeded))
	s := &sealed{feed: w.feed, unsealed: 3, dropped: map[uint64]bool{1: true, 2: true}}
	report := w.verifyRuns(t, s)
	wantEqual(t, report)
	if report.Unsealed != 2 || report.Older != 2 { // jr_7 and jr_8 are in no object; jr_0 and jr_1 have expired
		t.Errorf("%+v", report)
	}
	_, err := w.lake.Rebuild(t.Context(), s, lake.RebuildOptions{Table: limnograph.RunsTable})
	must(t, err)
	if n := len(w.runs(t)); n != 9 {
		t.Errorf("%d runs", n)
	}
	w.wantState(t, "jr_8", limnograph.RunSucceeded)
}

// Whatever happens between, the table is the merge of all that has landed.
func TestRunsConverge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := runsWorld(t)
		want := make(map[string]*record.Row)
		states := []limnograph.RunState{limnograph.RunWaiting, limnograph.RunRunning, limnograph.RunSucceeded, limnograph.RunFailed}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0:
				w.start(t)
			case 1:
				w.clock = w.clock.Add(time.Duration(rapid.IntRange(1, 60).Draw(rt, "hours")) * time.Hour)
				_, err := w.lake.Compact(t.Context(), limnograph.RunsTable)
				must(t, err)
			case 2:
				must(t, w.lake.Expire(t.Context(), limnograph.RunsTable))
				_, err := w.lake.Sweep(t.Context(), limnograph.RunsTable)
				must(t, err)
			case 3:
				if files := w.lake.Snapshots().Tables[limnograph.RunsTable].Files; len(files) > 0 {
					must(t, w.store.Delete(t.Context(), rapid.SampledFrom(files).Draw(rt, "lost").Key))
				}
			default:
				r := answer(fmt.Sprintf("jr_%d", rapid.IntRange(0, 5).Draw(rt, "run")), time.Duration(rapid.IntRange(0, 70).Draw(rt, "ago"))*time.Hour,
					rapid.SampledFrom(states).Draw(rt, "state"))
				r.ObservedAt = now.Add(time.Duration(rapid.IntRange(-5, 5).Draw(rt, "observed")) * time.Minute)
				w.feed.landRuns(r)
				if rapid.Bool().Draw(rt, "curate") {
					w.curateRuns(t)
				}
			}
		}
		w.feed.landRuns(answer("jr_0", 0, limnograph.RunRunning)) // what was damaged last is found out by a round
		w.curateRuns(t)
		must(t, w.lake.CatchUp(t.Context()))
		for _, b := range w.feed.batches[limnograph.RunsTable] {
			for line := range bytes.Lines(b.Lines) {
				s, err := record.Runs().Parse(line, b.Position)
				must(t, err)
				key := ""
				row := record.Runs().Merge(nil, s)
				key = row.Text("job_run_id")
				want[key] = record.Runs().Merge(want[key], s)
			}
		}
		report := w.verifyRuns(t, &sealed{feed: w.feed})
		if len(report.Problems) > 0 { // a file was lost that no statement has touched since
			_, err := w.lake.Rebuild(t.Context(), &sealed{feed: w.feed}, lake.RebuildOptions{Table: limnograph.RunsTable})
			must(t, err)
		}
		got := w.runs(t)
		if len(got) != len(want) {
			rt.Fatalf("%d runs, want %d", len(got), len(want))
		}
		for id, row := range want {
			if got[id] == nil || fmt.Sprint(got[id].Values()) != fmt.Sprint(row.Values()) {
				rt.Fatalf("%s:\n%v\nwant\n%v", id, got[id].Values(), row.Values())
			}
		}
	})
}
