package iceberg_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limnograph"
)

// A crash or a broken disk may leave any file of the table missing, cut or changed. Each case harms a table of five
// snapshots, which have one file more each.
func TestStepBack(t *testing.T) {
	newest := func(files []string) string { return files[len(files)-1] }
	for name, c := range map[string]struct {
		harm  func(t *testing.T, l *lake)
		steps int
	}{
		"Nothing":                 {func(*testing.T, *lake) {}, 0},
		"NewestMetadataIsMissing": {func(t *testing.T, l *lake) { must(t, os.Remove(newest(l.metadata(t, "*.json")))) }, 1},
		"NewestMetadataIsCut":     {func(t *testing.T, l *lake) { must(t, os.Truncate(newest(l.metadata(t, "*.json")), 300)) }, 1},
		"NewestMetadataIsEmpty":   {func(t *testing.T, l *lake) { must(t, os.Truncate(newest(l.metadata(t, "*.json")), 0)) }, 1},
		"NewestMetadataIsZeros": {func(t *testing.T, l *lake) {
			must(t, os.WriteFile(newest(l.metadata(t, "*.json")), make([]byte, 5000), 0o644))
		}, 1},
		"ThreeMetadataFilesAreMissing": {func(t *testing.T, l *lake) {
			for _, name := range l.metadata(t, "*.json")[3:] {
				must(t, os.Remove(name))
			}
		}, 1},
		"ThreeMetadataFilesAreCut": {func(t *testing.T, l *lake) {
			for _, name := range l.metadata(t, "*.json")[3:] {
				must(t, os.Truncate(name, 10))
			}
		}, 3},
		"ManifestListIsMissing": {func(t *testing.T, l *lake) { must(t, os.Remove(l.list(t, 0))) }, 1},
		"ManifestListIsCut":     {func(t *testing.T, l *lake) { must(t, os.Truncate(l.list(t, 0), 100)) }, 1},
		"TwoManifestListsAreEmpty": {func(t *testing.T, l *lake) {
			must(t, os.Truncate(l.list(t, 0), 0))
			must(t, os.Truncate(l.list(t, 1), 0))
		}, 2},
		"ManifestIsMissing": {func(t *testing.T, l *lake) { must(t, os.Remove(l.manifest(t, 1))) }, 2},
		"ManifestIsCut":     {func(t *testing.T, l *lake) { must(t, os.Truncate(l.manifest(t, 1), 700)) }, 2},
		"DataFileIsCut": {func(t *testing.T, l *lake) {
			must(t, os.Truncate(filepath.Join(l.root, l.current(t).Files[2].Key), 30))
		}, 3},
		"MetadataAndDataFileAreMissing": {func(t *testing.T, l *lake) {
			file := l.current(t).Files[3].Key
			must(t, os.Remove(newest(l.metadata(t, "*.json"))))
			must(t, os.Remove(filepath.Join(l.root, file)))
		}, 2},
		"AllDataIsMissing": {func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics/data"))) }, 5},
		"AllManifestsAreMissing": {func(t *testing.T, l *lake) {
			for _, name := range l.metadata(t, "*.avro") {
				must(t, os.Remove(name))
			}
		}, 5},
		"AllMetadataIsCut": {func(t *testing.T, l *lake) {
			for _, name := range l.metadata(t, "*.json") {
				must(t, os.Truncate(name, 100))
			}
		}, 6}, // that of the empty table too
		"TheWholeFolderIsMissing": {func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics"))) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			for i := range int64(5) {
				l.add(t, i)
			}
			led, err := l.store.History(t.Context(), "ebs_metrics")
			must(t, err)
			c.harm(t, l)
			l.store = open(t, l.root, l.objects)
			steps, err := l.store.StepBack(t.Context(), "ebs_metrics")
			if err != nil || steps != c.steps {
				t.Fatalf("stepped back over %d states, %v; want %d", steps, err, c.steps)
			}
			l.wantIntact(t, led)
		})
	}
}

// list is the manifest list of the n-th newest snapshot.
func (l *lake) list(t *testing.T, n int) string {
	t.Helper()
	meta := loadForeign(t, l).Metadata()
	s := meta.CurrentSnapshot()
	for range n {
		s = meta.SnapshotByID(*s.ParentSnapshotID)
	}
	return strings.TrimPrefix(s.ManifestList, "file://")
}

// manifest is the manifest that the n-th newest snapshot added.
func (l *lake) manifest(t *testing.T, n int) string {
	t.Helper()
	_, uuid, _ := strings.Cut(filepath.Base(l.list(t, n)), "-0-")
	return filepath.Join(l.root, "lake/ebs_metrics/metadata", strings.TrimSuffix(uuid, ".avro")+"-m0.avro")
}

// wantIntact checks that the table holds one of the states that it had or nothing, and that it works again.
func (l *lake) wantIntact(t *testing.T, led []limnograph.Snapshot) {
	t.Helper()
	for range 2 {
		got := l.current(t)
		at := slices.IndexFunc(led, func(s limnograph.Snapshot) bool { return s.ID == got.ID })
		if at < 0 && (got.ID != 0 || len(got.Files) > 0) || at >= 0 && !slices.Equal(got.Files, led[at].Files) {
			t.Errorf("the newest snapshot is %+v", got)
		}
		if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != 0 {
			t.Errorf("again: %d steps, %v", steps, err)
		}
		var err error
		l.ids, err = l.store.CreateTable(t.Context(), ebs())
		must(t, err)
		made := l.add(t, 0)
		must(t, l.store.Expire(t.Context(), "ebs_metrics", 2, 0))
		led = []limnograph.Snapshot{made}
		l.store = open(t, l.root, l.objects)
	}
	if len(paths(t, loadForeign(t, l))) != len(l.current(t).Files) {
		t.Error("iceberg-go plans other files")
	}
}

// What a crash leaves between the new metadata and the pointer is nothing: it was not committed.
func TestMetadataThatNothingPointsAtIsIgnored(t *testing.T) {
	l := newLake(t)
	made := l.add(t, 0)
	for name, content := range map[string]string{"00002-x.metadata.json": "{", "00009-y.metadata.json": "", "x-m0.avro": ""} {
		must(t, os.WriteFile(filepath.Join(l.root, "lake/ebs_metrics/metadata", name), []byte(content), 0o644))
	}
	l.store = open(t, l.root, l.objects)
	if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != 0 {
		t.Errorf("%d steps, %v", steps, err)
	}
	if got := l.current(t); got.ID != made.ID {
		t.Errorf("the newest snapshot is %+v", got)
	}
	l.add(t, 0)
	must(t, l.store.Expire(t.Context(), "ebs_metrics", 5, 0))
	if left := append(l.metadata(t, "*[xy]*.json"), l.metadata(t, "x-*")...); len(left) != 0 {
		t.Errorf("expiry left %q", left)
	}
}

// Metadata that can't be read is kept for a person to look at.
func TestBrokenMetadataIsPutAside(t *testing.T) {
	l := newLake(t)
	l.add(t, 0)
	l.add(t, 0)
	files := l.metadata(t, "*.json")
	must(t, os.Truncate(files[len(files)-1], 50))
	l.store = open(t, l.root, l.objects)
	_, err := l.store.Current(t.Context(), "ebs_metrics")
	wantCode(t, err, limnograph.CodeInternal)
	_, err = l.store.CreateTable(t.Context(), ebs()) // steps back by itself, and leaves it to StepBack to say so
	must(t, err)
	for _, want := range []int{1, 0} {
		if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != want {
			t.Errorf("stepped back over %d states, %v; want %d", steps, err, want)
		}
	}
	must(t, l.store.Expire(t.Context(), "ebs_metrics", 1, 0))
	if got := l.metadata(t, "*.broken"); len(got) != 1 {
		t.Errorf("put aside: %q", got)
	}
}

// A catalog that is lost costs nothing: the tables are found by their metadata.
func TestALostCatalogIsFilledAgain(t *testing.T) {
	for name, c := range map[string]struct {
		harm  func(t *testing.T, l *lake)
		steps int
		files int
	}{
		"Intact":              {func(*testing.T, *lake) {}, 0, 3},
		"NewestMetadataIsCut": {func(t *testing.T, l *lake) { must(t, os.Truncate(l.metadata(t, "00003-*")[0], 10)) }, 1, 2},
		"NoMetadata": {func(t *testing.T, l *lake) {
			must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics/metadata")))
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			for i := range int64(3) {
				l.add(t, i)
			}
			led, err := l.store.History(t.Context(), "ebs_metrics")
			must(t, err)
			c.harm(t, l)
			catalog := filepath.Join(l.root, "lake/catalog.db")
			for _, file := range []string{catalog, catalog + "-wal", catalog + "-shm"} {
				must(t, os.Remove(file))
			}
			l.store = open(t, l.root, l.objects)
			_, err = l.store.StepBack(t.Context(), "ebs_metrics")
			wantCode(t, err, limnograph.CodeNotFound)
			l.ids, err = l.store.CreateTable(t.Context(), ebs())
			must(t, err)
			if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != c.steps {
				t.Errorf("stepped back over %d states, %v; want %d", steps, err, c.steps)
			}
			if got := l.current(t); len(got.Files) != c.files {
				t.Errorf("the newest snapshot is %+v", got)
			}
			l.wantIntact(t, led)
		})
	}
}
