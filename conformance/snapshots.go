package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"limnograph"
	"limnograph/columns"
)

// SnapshotsFixture is a snapshot store without tables, and the store of its data files.
type SnapshotsFixture struct {
	Store   limnograph.SnapshotStore
	Objects limnograph.ObjectStore
	// Reopen returns a fresh handle on the same tables.
	Reopen func(t testing.TB) limnograph.SnapshotStore
	// Write stores a data file of the table of a schema, with the field ids of CreateTable and one row at each of the
	// times (milliseconds since the epoch).
	Write func(t testing.TB, s limnograph.Schema, ids map[string]int, key string, times []int64) limnograph.DataFile
}

// Snapshots checks that an implementation keeps the contract of limnograph.SnapshotStore. open returns an empty store.
func Snapshots(t *testing.T, open func(t *testing.T) SnapshotsFixture, lacks ...Lack) {
	suite := newSuite(lacks)
	for _, c := range []struct {
		outcome string
		check   func(t testing.TB, x *snapshotTest)
	}{
		{"UnknownTableIsNotFound", snapshotUnknown},
		{"ANewTableHasNoSnapshot", snapshotNone},
		{"CreateTableIsIdempotent", snapshotCreate},
		{"ColumnsAreAddedAndIDsStay", snapshotColumns},
		{"CommitsFollowEachOther", snapshotChain},
		{"ACommitMayHoldPropertiesAlone", snapshotProperties},
		{"PropertiesComeBackAsGiven", snapshotTexts},
		{"FilesComeBackAsGiven", snapshotFiles},
		{"ManyFiles", snapshotMany},
		{"FilesAreReplacedInOneStep", snapshotReplace},
		{"ErrStaleBaseChangesNothing", snapshotStale},
		{"ErrBadChangeChangesNothing", snapshotBad},
		{"OneOfManyWritersWins", snapshotRace},
		{"RollBackMakesAnEarlierOneTheNewest", snapshotRollBack},
		{"ExpireKeepsTheNewest", snapshotExpire},
		{"NoDataFileIsEverDeleted", snapshotKeepsData},
		{"StepBackOverFilesThatAreMissingOrCut", snapshotStepBack},
		{"StepBackToNothingMakesTheTableEmpty", snapshotStepBackAll},
		{"TablesAreApart", snapshotApart},
		{"RecordTablesAreTablesToo", snapshotRecords},
		{"RecordTableOfWhichNothingIsLeftBeginsAnew", snapshotRecordsBack},
		{"AReopenedStoreSeesTheSame", snapshotReopen},
		{"RandomOrdersOfCallsKeepTheContract", snapshotWalk},
		{"CancelledContextIsRefused", snapshotCancelled},
	} {
		suite.run(t, c.outcome, func(t *testing.T) func(testing.TB) {
			x := &snapshotTest{SnapshotsFixture: open(t), schema: ebs(), ids: map[string]map[string]int{}}
			return func(t testing.TB) { c.check(t, x) }
		})
	}
	suite.finish(t)
}

// snapshotTest is a fixture with a table.
type snapshotTest struct {
	SnapshotsFixture
	schema limnograph.Schema
	ids    map[string]map[string]int // by table
	files  int                       // written so far
}

const (
	noon   = 1_795_521_600_000 // 2026-11-24, 12:00 UTC, milliseconds
	aDay   = 24 * 60 * 60 * 1000
	aTable = "ebs_metrics"
)

func (x *snapshotTest) create(t testing.TB, s limnograph.Schema) map[string]int {
	t.Helper()
	ids, err := x.Store.CreateTable(t.Context(), s)
	if err != nil {
		t.Fatalf("create table %s: %v", s.Table, err)
	}
	x.ids[s.Table] = ids
	return ids
}

// write stores a data file of one table of the test.
func (x *snapshotTest) write(t testing.TB, times ...int64) limnograph.DataFile {
	t.Helper()
	return x.writeTo(t, x.schema, times...)
}

func (x *snapshotTest) writeTo(t testing.TB, s limnograph.Schema, times ...int64) limnograph.DataFile {
	t.Helper()
	x.files++
	day := time.UnixMilli(times[0]).UTC().Format(time.DateOnly)
	key := fmt.Sprintf("%sday=%s/12-%016x-%032x.parquet", limnograph.DataPrefix(s.Table), day, x.files*7919%1000, x.files)
	return x.Write(t, s, x.ids[s.Table], key, times)
}

func (x *snapshotTest) current(t testing.TB) limnograph.Snapshot {
	t.Helper()
	s, err := x.Store.Current(t.Context(), x.schema.Table)
	if err != nil {
		t.Fatalf("current: %v", err)
	}
	return s
}

func (x *snapshotTest) history(t testing.TB) []limnograph.Snapshot {
	t.Helper()
	all, err := x.Store.History(t.Context(), x.schema.Table)
	if err != nil {
		t.Fatalf("history: %v", err)
	}
	return all
}

// commit commits on the newest snapshot and checks what comes back.
func (x *snapshotTest) commit(t testing.TB, change limnograph.TableChange) limnograph.Snapshot {
	t.Helper()
	base := x.current(t)
	want, err := change.Apply(x.schema.Table, base.Files)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x.Store.Commit(t.Context(), x.schema.Table, base.ID, change)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	sameFiles(t, want, made.Files)
	if made.ID == 0 || made.ID == base.ID || made.Committed.Location() != time.UTC {
		t.Errorf("committed %d at %v after %d", made.ID, made.Committed, base.ID)
	}
	x.wantCurrent(t, made)
	return made
}

func (x *snapshotTest) add(t testing.TB, times ...int64) limnograph.Snapshot {
	t.Helper()
	return x.commit(t, limnograph.TableChange{
		Add: []limnograph.DataFile{x.write(t, times...)}, Properties: map[string]string{"limno.mark": fmt.Sprint(x.files)},
	})
}

func (x *snapshotTest) wantCurrent(t testing.TB, want limnograph.Snapshot) {
	t.Helper()
	sameSnapshots(t, []limnograph.Snapshot{want}, []limnograph.Snapshot{x.current(t)})
}

func (x *snapshotTest) wantHistory(t testing.TB, want ...limnograph.Snapshot) {
	t.Helper()
	sameSnapshots(t, want, x.history(t))
}

func sameSnapshots(t testing.TB, want, got []limnograph.Snapshot) {
	t.Helper()
	if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("snapshots (-want +got):\n%s", diff)
	}
}

// plain makes nothing and emptiness equal.
func plain(all []limnograph.Snapshot) []limnograph.Snapshot {
	out := []limnograph.Snapshot{}
	for _, s := range all {
		if len(s.Files) == 0 {
			s.Files = nil
		}
		if len(s.Properties) == 0 {
			s.Properties = nil
		}
		out = append(out, s)
	}
	return out
}

func sameFiles(t testing.TB, want, got []limnograph.DataFile) {
	t.Helper()
	if !slices.Equal(want, got) {
		t.Errorf("files (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func snapshotUnknown(t testing.TB, x *snapshotTest) {
	ctx := t.Context()
	_, err := x.Store.Current(ctx, "nothing")
	wantCode(t, err, limnograph.CodeNotFound)
	_, err = x.Store.History(ctx, "nothing")
	wantCode(t, err, limnograph.CodeNotFound)
	_, err = x.Store.Commit(ctx, "nothing", 0, limnograph.TableChange{})
	wantCode(t, err, limnograph.CodeNotFound)
	wantCode(t, x.Store.RollBack(ctx, "nothing", 1), limnograph.CodeNotFound)
	_, err = x.Store.StepBack(ctx, "nothing")
	wantCode(t, err, limnograph.CodeNotFound)
	wantCode(t, x.Store.Expire(ctx, "nothing", 1, 0), limnograph.CodeNotFound)
}

func snapshotNone(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	x.wantCurrent(t, limnograph.Snapshot{})
	x.wantHistory(t)
	x.wantSteps(t, 0)
	wantCode(t, x.Store.RollBack(t.Context(), aTable, 1), limnograph.CodeNotFound)
	if err := x.Store.Expire(t.Context(), aTable, 1, 0); err != nil {
		t.Error(err)
	}
}

func snapshotCreate(t testing.TB, x *snapshotTest) {
	first := x.create(t, x.schema)
	seen := map[int]bool{}
	for _, c := range columns.ColumnsOf(x.schema) {
		id := first[c.Name]
		if id <= 0 || seen[id] {
			t.Errorf("column %s has the field id %d", c.Name, id)
		}
		seen[id] = true
	}
	if len(first) != len(seen) {
		t.Errorf("ids %v", first)
	}
	if diff := cmp.Diff(first, x.create(t, x.schema)); diff != "" {
		t.Errorf("ids of a second call: %s", diff)
	}
}

func snapshotColumns(t testing.TB, x *snapshotTest) {
	small := x.schema
	first := x.create(t, small)
	made := x.add(t, noon)
	grown := small
	grown.Dimensions = append(slices.Clone(small.Dimensions), limnograph.PromotedDimension{Name: "Zone", Column: "zone"})
	grown.Extracts = nil // what a schema gives up stays a column
	second := x.create(t, grown)
	for name, id := range first {
		if second[name] != id {
			t.Errorf("column %s had the id %d and has %d", name, id, second[name])
		}
		if id == second["zone"] {
			t.Errorf("the new column took the id of %s", name)
		}
	}
	if len(second) != len(first)+1 {
		t.Errorf("ids %v", second)
	}
	if diff := cmp.Diff(second, x.create(t, small)); diff != "" {
		t.Errorf("ids of the old schema: %s", diff)
	}
	x.wantHistory(t, made)
	x.schema = grown
	x.wantHistory(t, x.add(t, noon+1), made)
}

func snapshotChain(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	want := []limnograph.Snapshot{x.add(t, noon)}
	for i := range int64(4) {
		want = append([]limnograph.Snapshot{x.add(t, noon+i*aDay)}, want...)
		if want[0].Committed.Before(want[1].Committed) {
			t.Errorf("committed at %v after %v", want[0].Committed, want[1].Committed)
		}
	}
	x.wantHistory(t, want...)
	x.wantSteps(t, 0)
	x.wantHistory(t, want...)
}

func snapshotProperties(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	first := x.commit(t, limnograph.TableChange{Properties: map[string]string{"limno.mark": "a"}})
	second := x.add(t, noon)
	third := x.commit(t, limnograph.TableChange{Properties: map[string]string{"limno.mark": "b"}})
	fourth := x.commit(t, limnograph.TableChange{})
	x.wantHistory(t, fourth, third, second, first)
	if len(fourth.Properties) != 0 || len(fourth.Files) != 1 {
		t.Errorf("the last one is %+v", fourth)
	}
}

func snapshotTexts(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	given := map[string]string{
		"limno.mark": `{"through":18446744073709551615,"open":[[1,2]]}`, "limno.empty": "", "limno.long": strings.Repeat("lake ", 20_000),
		"limno.ü": "a\nb\t\"c\" \\ <&> ü \u2028", "limno.number": "007", "limno.held": "[]",
	}
	made := x.commit(t, limnograph.TableChange{Properties: given})
	if diff := cmp.Diff(given, made.Properties); diff != "" {
		t.Errorf("properties: %s", diff)
	}
}

func snapshotFiles(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	var add []limnograph.DataFile
	for _, times := range [][]int64{
		{noon}, {noon - noon%aDay}, {noon - noon%aDay + aDay - 1}, {noon + 1, noon + 2, noon + 999}, {0}, {aDay - 1}, {-1}, {-aDay, -1},
	} {
		add = append(add, x.write(t, times...))
	}
	slices.SortFunc(add, func(a, b limnograph.DataFile) int { return strings.Compare(b.Key, a.Key) })
	given := slices.Clone(add)
	made := x.commit(t, limnograph.TableChange{Add: add})
	if diff := cmp.Diff(given, add); diff != "" {
		t.Errorf("the change was changed: %s", diff)
	}
	slices.Reverse(given)
	sameFiles(t, given, made.Files)
	x.Store = x.Reopen(t)
	x.wantCurrent(t, made)
}

func snapshotMany(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	const files = 300
	var add []limnograph.DataFile
	for i := range int64(files) {
		add = append(add, x.write(t, noon-i%30*aDay+i))
	}
	x.commit(t, limnograph.TableChange{Add: add[:files/2]})
	x.commit(t, limnograph.TableChange{Add: add[files/2:]})
	made := x.commit(t, limnograph.TableChange{Remove: add[100:250]})
	if len(made.Files) != 150 {
		t.Errorf("%d files", len(made.Files))
	}
	x.Store = x.Reopen(t)
	x.wantCurrent(t, made)
}

func snapshotReplace(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	first := x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{x.write(t, noon), x.write(t, noon+1), x.write(t, noon+aDay)}})
	small := first.Files[:2]
	one := x.write(t, noon, noon+1)
	second := x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{one}, Remove: small, Properties: map[string]string{"limno.mark": "m"}})
	if len(second.Files) != 2 || !slices.Contains(second.Files, one) {
		t.Errorf("files %+v", second.Files)
	}
	third := x.commit(t, limnograph.TableChange{Remove: second.Files})
	x.wantHistory(t, third, second, first)
	x.wantHistory(t, x.add(t, noon), third, second, first)
}

func snapshotStale(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	_, err := x.Store.Commit(t.Context(), aTable, 42, limnograph.TableChange{})
	wantCode(t, err, limnograph.CodeConflict)
	first := x.add(t, noon)
	second := x.add(t, noon)
	late := x.write(t, noon)
	for _, base := range []int64{0, first.ID, 42, -1} {
		for _, change := range []limnograph.TableChange{
			{Add: []limnograph.DataFile{late}}, {Remove: first.Files}, {Properties: map[string]string{"limno.mark": "late"}}, {},
		} {
			got, err := x.Store.Commit(t.Context(), aTable, base, change)
			wantCode(t, err, limnograph.CodeConflict)
			if got.ID != 0 || got.Files != nil {
				t.Errorf("a refused commit returned %+v", got)
			}
		}
	}
	x.wantHistory(t, second, first)
}

func snapshotBad(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	made := x.add(t, noon)
	good, live := x.write(t, noon), made.Files[0]
	with := func(change func(*limnograph.DataFile)) []limnograph.DataFile {
		f := good
		change(&f)
		return []limnograph.DataFile{f}
	}
	for _, change := range []limnograph.TableChange{
		{Remove: []limnograph.DataFile{good}},
		{Remove: []limnograph.DataFile{live, live}},
		{Add: []limnograph.DataFile{live}},
		{Add: []limnograph.DataFile{live}, Remove: []limnograph.DataFile{live}},
		{Add: []limnograph.DataFile{good, good}},
		{Add: []limnograph.DataFile{good}, Remove: []limnograph.DataFile{good}},
		{Add: with(func(f *limnograph.DataFile) { f.MaxTime += aDay })},
		{Add: with(func(f *limnograph.DataFile) { f.MaxTime-- })},
		{Add: with(func(f *limnograph.DataFile) { f.Size = 0 })},
		{Add: with(func(f *limnograph.DataFile) { f.Rows = 0 })},
		{Add: with(func(f *limnograph.DataFile) { f.Size++ })},
		{Add: with(func(f *limnograph.DataFile) { f.Key = strings.Replace(f.Key, aTable, "other_metrics", 1) })},
		{Add: with(func(f *limnograph.DataFile) { f.Key += ".gone.parquet" })},
		{Add: []limnograph.DataFile{good}, Properties: map[string]string{"mark": "x"}},
	} {
		_, err := x.Store.Commit(t.Context(), aTable, made.ID, change)
		wantCode(t, err, limnograph.CodeInvalid)
	}
	x.wantHistory(t, made)
	x.commit(t, limnograph.TableChange{Add: []limnograph.DataFile{good}})
}

func snapshotCancelled(t testing.TB, x *snapshotTest) {
	x.create(t, x.schema)
	made := x.add(t, noon)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := x.Store.Current(ctx, aTable)
	wantCode(t, err, limnograph.CodeTimeout)
	_, err = x.Store.Commit(ctx, aTable, made.ID, limnograph.TableChange{})
	wantCode(t, err, limnograph.CodeTimeout)
	_, err = x.Store.CreateTable(ctx, other())
	wantCode(t, err, limnograph.CodeTimeout)
	x.wantHistory(t, made)
}
