package iceberg_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ice "github.com/apache/iceberg-go"
	iceio "github.com/apache/iceberg-go/io"

	"limnograph"
	"limnograph/iceberg"
)

const (
	noon = 1_795_521_600_000 // 2026-11-24, 12:00 UTC, milliseconds
	aDay = 24 * 60 * 60 * 1000
)

func ebs() limnograph.Schema {
	return limnograph.Schema{
		Namespace: "AWS/EBS", Table: "ebs_metrics",
		Dimensions: []limnograph.PromotedDimension{{Name: "VolumeId", Column: "volume_id"}},
	}
}

func dataKey(days int64, n int) string {
	day := time.UnixMilli(noon + days*aDay).UTC().Format(time.DateOnly)
	return fmt.Sprintf("lake/ebs_metrics/data/day=%s/12-%016x-%032x.parquet", day, n, n)
}

// lake is a data directory with one table.
type lake struct {
	root    string
	objects limnograph.ObjectStore
	store   *iceberg.Store
	ids     map[string]int
	files   int
}

func newLake(t testing.TB) *lake {
	t.Helper()
	l := &lake{root: t.TempDir()}
	l.objects = objectsOf(t, l.root)
	l.store = open(t, l.root, l.objects)
	var err error
	l.ids, err = l.store.CreateTable(t.Context(), ebs())
	must(t, err)
	return l
}

func (l *lake) write(t testing.TB, days int64) limnograph.DataFile {
	t.Helper()
	l.files++
	return writeFile(t, l.objects, ebs(), l.ids, dataKey(days, l.files), noon+days*aDay, noon+days*aDay+1)
}

func (l *lake) current(t testing.TB) limnograph.Snapshot {
	t.Helper()
	s, err := l.store.Current(t.Context(), "ebs_metrics")
	must(t, err)
	return s
}

// add commits one new file.
func (l *lake) add(t testing.TB, days int64) limnograph.Snapshot {
	t.Helper()
	made, err := l.store.Commit(t.Context(), "ebs_metrics", l.current(t).ID, limnograph.TableChange{
		Add: []limnograph.DataFile{l.write(t, days)}, Properties: map[string]string{"limno.mark": fmt.Sprint(l.files)},
	})
	must(t, err)
	return made
}

// metadata lists the files of the metadata folder that a pattern matches, sorted.
func (l *lake) metadata(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(l.root, "lake/ebs_metrics/metadata", pattern))
	must(t, err)
	return found
}

// Two processes that commit on the same snapshot: one wins, and the other is told that it lost and not that something
// failed.
func TestOneOfTwoProcessesWins(t *testing.T) {
	l := newLake(t)
	others := []*iceberg.Store{l.store, open(t, l.root, l.objects), open(t, l.root, l.objects)}
	for round := range 15 {
		base := l.current(t)
		errs := make([]error, len(others))
		var wg sync.WaitGroup
		for i, s := range others {
			change := limnograph.TableChange{Add: []limnograph.DataFile{l.write(t, int64(i))}}
			wg.Go(func() { _, errs[i] = s.Commit(t.Context(), "ebs_metrics", base.ID, change) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if limnograph.ErrorCode(err) != limnograph.CodeConflict {
				t.Errorf("the loser was told %v", err)
			}
		}
		if files := len(l.current(t).Files); won != 1 || files != round+1 {
			t.Fatalf("%d writers won, %d files after round %d", won, files, round)
		}
	}
}

// Other engines plan a day from few manifests, and each of these holds that day alone.
func TestManifestsHoldOneDayAndStayFew(t *testing.T) {
	l := newLake(t)
	for i := range int64(60) {
		l.add(t, i%2)
	}
	meta := loadForeign(t, l).Metadata()
	manifests, err := meta.CurrentSnapshot().Manifests(iceio.LocalFS{})
	must(t, err)
	if len(manifests) > 2*12 {
		t.Errorf("%d manifests for 60 commits to two days", len(manifests))
	}
	files := 0
	for _, m := range manifests {
		days := map[any]bool{}
		for e, err := range m.Entries(iceio.LocalFS{}, true) {
			must(t, err)
			files++
			days[e.DataFile().Partition()[1000]] = true
		}
		if len(days) != 1 {
			t.Errorf("manifest %s holds %d days", m.FilePath(), len(days))
		}
	}
	if files != 60 {
		t.Errorf("%d files in the manifests", files)
	}
	if got := meta.SortOrder().Len(); got != 4 {
		t.Errorf("sort order %v", meta.SortOrder())
	}
}

func TestExpireDeletesMetadataThatNobodyNeeds(t *testing.T) {
	l := newLake(t)
	for i := range int64(30) {
		l.add(t, i)
	}
	before := len(l.metadata(t, "*.avro"))
	must(t, l.store.Expire(t.Context(), "ebs_metrics", 3, time.Hour))
	if got := len(l.metadata(t, "*.avro")); got != before {
		t.Errorf("%d files within the grace time, %d before", got, before)
	}
	must(t, l.store.Expire(t.Context(), "ebs_metrics", 3, 0))
	if got := len(l.metadata(t, "snap-*.avro")); got != 3 {
		t.Errorf("%d manifest lists for 3 snapshots", got)
	}
	if got := len(l.metadata(t, "*-m*.avro")); got != 30 { // one for each day
		t.Errorf("%d manifests", got)
	}
	if got := len(l.metadata(t, "*.metadata.json")); got != 21 {
		t.Errorf("%d metadata files", got)
	}
	l.store = open(t, l.root, l.objects)
	if history, err := l.store.History(t.Context(), "ebs_metrics"); err != nil || len(history) != 3 || len(history[2].Files) != 28 {
		t.Errorf("history %+v, %v", history, err)
	}
	if got := len(l.add(t, 0).Files); got != 31 {
		t.Errorf("%d files", got)
	}
}

// Times that a file does not hold would hide rows from queries.
func TestErrTimesThatTheFileDoesNotHold(t *testing.T) {
	l := newLake(t)
	f := l.write(t, 0)
	f.MinTime--
	_, err := l.store.Commit(t.Context(), "ebs_metrics", 0, limnograph.TableChange{Add: []limnograph.DataFile{f}})
	wantCode(t, err, limnograph.CodeInvalid)
}

func TestErrColumnOfAnotherType(t *testing.T) {
	l := newLake(t)
	tx := loadForeign(t, l).NewTransaction()
	must(t, tx.UpdateSchema(true, false).AddColumn([]string{"zone"}, ice.PrimitiveTypes.Int64, "", false, nil).Commit())
	_, err := tx.Commit(t.Context())
	must(t, err)
	s := ebs()
	s.Dimensions = append(s.Dimensions, limnograph.PromotedDimension{Name: "Zone", Column: "zone"})
	_, err = l.store.CreateTable(t.Context(), s)
	wantCode(t, err, limnograph.CodeConflict)
}

func TestErrBadConfiguration(t *testing.T) {
	_, err := iceberg.Open(t.Context(), iceberg.Config{Root: "data"})
	wantCode(t, err, limnograph.CodeInvalid)
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "lake"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "lake/catalog.db"), []byte(strings.Repeat("not a database ", 1000)), 0o644))
	_, err = iceberg.Open(t.Context(), iceberg.Config{Root: root})
	wantCode(t, err, limnograph.CodeInvalid)
}

// The clock of the store is the one that stamps, also when it goes backwards.
func TestTimeComesFromTheStoresClock(t *testing.T) {
	l := newLake(t)
	now := time.UnixMilli(noon + 1000*aDay).UTC()
	var err error
	l.store, err = iceberg.Open(t.Context(), iceberg.Config{Root: l.root, Objects: l.objects, Now: func() time.Time { return now }})
	must(t, err)
	defer l.store.Close()
	first := l.add(t, 0)
	now = now.Add(-24 * time.Hour)
	second := l.add(t, 0)
	if !first.Committed.Equal(now.Add(24*time.Hour)) || !second.Committed.Equal(first.Committed) {
		t.Errorf("committed at %v and %v", first.Committed, second.Committed)
	}
}

// A clock that stands in the past, as that of a simulation, stamps all that foreign readers see.
func TestAClockInThePast(t *testing.T) {
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	l := &lake{root: t.TempDir()}
	l.objects = objectsOf(t, l.root)
	var err error
	l.store, err = iceberg.Open(t.Context(), iceberg.Config{Root: l.root, Objects: l.objects, Now: func() time.Time { return now }})
	must(t, err)
	defer l.store.Close()
	l.ids, err = l.store.CreateTable(t.Context(), ebs())
	must(t, err)
	first := l.add(t, 0)
	l.add(t, 0)
	must(t, l.store.RollBack(t.Context(), "ebs_metrics", first.ID))
	now = now.Add(time.Second)
	if next := l.add(t, 0); !first.Committed.Equal(now.Add(-time.Second)) || !next.Committed.Equal(now) {
		t.Errorf("committed at %v and %v", first.Committed, next.Committed)
	}
	meta := loadForeign(t, l).Metadata()
	for e := range meta.SnapshotLogs() {
		if e.TimestampMs > now.UnixMilli() {
			t.Errorf("the snapshot log holds %v", time.UnixMilli(e.TimestampMs).UTC())
		}
	}
	if meta.LastUpdatedMillis() != now.UnixMilli() {
		t.Errorf("last updated at %d", meta.LastUpdatedMillis())
	}
}

func wantCode(t testing.TB, err error, want limnograph.Code) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
}
