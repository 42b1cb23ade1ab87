package iceberg_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// Iceberg metadata holds absolute paths. A directory that was moved or copied is made at home by the server, which creates
// tables and steps back when it starts; who only reads is told so.
func TestMovedDirectory(t *testing.T) {
	for name, c := range map[string]struct {
		harm         func(t *testing.T, l *lake)
		steps, files int
	}{
		"Intact":                  {func(*testing.T, *lake) {}, 0, 3},
		"MetadataIsMissing":       {func(t *testing.T, l *lake) { must(t, os.Remove(l.metadata(t, "00003-*")[0])) }, 1, 2},
		"ADataFileIsMissing":      {func(t *testing.T, l *lake) { must(t, os.Remove(filepath.Join(l.root, dataKey(1, 2)))) }, 2, 1},
		"AllMetadataIsMissing":    {func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics/metadata"))) }, 1, 0},
		"AnotherWriterWasTheLast": {func(*testing.T, *lake) {}, 0, 3},
		"NoFileWasEverAdded":      {func(*testing.T, *lake) {}, 0, 0},
		"AllDataFilesAreMissing":  {func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics/data"))) }, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			old := newLake(t)
			if name != "NoFileWasEverAdded" {
				for i := range int64(3) {
					old.add(t, i)
				}
			}
			before := old.current(t)
			if name == "AnotherWriterWasTheLast" {
				f := old.write(t, 5)
				foreign(t, old, func(ctx context.Context, tx *table.Transaction) error {
					return tx.AddFiles(ctx, []string{"file://" + old.root + "/" + f.Key}, nil, false)
				})
			}
			l := &lake{root: filepath.Join(t.TempDir(), "moved"), files: 10}
			must(t, os.CopyFS(l.root, os.DirFS(old.root)))
			c.harm(t, l)
			l.objects = objectsOf(t, l.root)
			l.store = open(t, l.root, l.objects)
			_, err := l.store.Current(t.Context(), "ebs_metrics")
			wantCode(t, err, limnograph.CodeInvalid)
			if !strings.Contains(fmt.Sprint(err), "limno serve") {
				t.Errorf("%v names no remedy", err)
			}
			l.ids, err = l.store.CreateTable(t.Context(), ebs())
			must(t, err)
			if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != c.steps {
				t.Errorf("stepped back over %d states, %v; want %d", steps, err, c.steps)
			}
			got := l.current(t)
			if len(got.Files) != c.files || c.files > 0 && got.Properties["limno.mark"] != fmt.Sprint(c.files) {
				t.Errorf("the newest snapshot is %+v", got)
			}
			for _, f := range got.Files {
				if !slices.Contains(before.Files, f) {
					t.Errorf("file %+v was not there before", f)
				}
			}
			must(t, os.RemoveAll(old.root))
			l.wantIntact(t, []limnograph.Snapshot{got})
		})
	}
}

// What a table was in another directory is not touched from here, and nothing to step back to.
func TestAMovedTableForgetsItsOldPlace(t *testing.T) {
	old := newLake(t)
	old.add(t, 0)
	l := &lake{root: filepath.Join(t.TempDir(), "moved"), files: 10}
	must(t, os.CopyFS(l.root, os.DirFS(old.root)))
	l.objects = objectsOf(t, l.root)
	l.store = open(t, l.root, l.objects)
	var err error
	l.ids, err = l.store.CreateTable(t.Context(), ebs())
	must(t, err)
	_, err = l.store.StepBack(t.Context(), "ebs_metrics")
	must(t, err)
	l.add(t, 1)
	all := l.metadata(t, "*.json")
	newest, err := os.ReadFile(all[len(all)-1])
	must(t, err)
	if strings.Contains(string(newest), old.root+"/") {
		t.Errorf("%s names a file of %s", newest, old.root)
	}
	for _, name := range l.metadata(t, "*.avro") {
		must(t, os.Remove(name))
	}
	if _, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil {
		t.Fatal(err)
	}
	if got := l.current(t); len(got.Files) != 0 {
		t.Errorf("the newest snapshot is %+v", got)
	}
}

// A copy of a directory without its catalog is found by its metadata, which names the place of the original: it comes home
// like one with its catalog. What is intact stays, also when each state lacks some file.
func TestACopyWithoutItsCatalogComesHome(t *testing.T) {
	for name, c := range map[string]struct {
		harm         func(t *testing.T, l *lake)
		steps, files int
		mark         string
	}{
		"Intact":                           {func(*testing.T, *lake) {}, 0, 3, "3"},
		"NewestMetadataIsCut":              {func(t *testing.T, l *lake) { must(t, os.Truncate(l.metadata(t, "00003-*")[0], 10)) }, 1, 2, "2"},
		"AFileOfAllStatesIsMissing":        {func(t *testing.T, l *lake) { must(t, os.Remove(filepath.Join(l.root, dataKey(0, 1)))) }, 3, 2, ""},
		"MetadataAndAFileOfAllAreGone":     {func(t *testing.T, l *lake) { l.loseMetadataAnd(t, dataKey(0, 1)) }, 3, 1, ""},
		"TheCatalogIsEmpty":                {func(t *testing.T, l *lake) { must(t, os.WriteFile(l.catalog(), nil, 0o644)) }, 0, 3, "3"},
		"AnEarlierStartHasFailedOnTheCopy": {func(t *testing.T, l *lake) { l.pointAt(t, l.metadata(t, "00003-*")[0]) }, 0, 3, "3"},
	} {
		t.Run(name, func(t *testing.T) {
			old := newLake(t)
			for i := range int64(3) {
				old.add(t, i)
			}
			l := &lake{root: filepath.Join(t.TempDir(), "copy"), files: 10}
			must(t, os.CopyFS(l.root, os.DirFS(old.root)))
			for _, suffix := range []string{"", "-wal", "-shm"} {
				must(t, os.Remove(l.catalog()+suffix))
			}
			l.objects = objectsOf(t, l.root)
			c.harm(t, l)
			l.store = open(t, l.root, l.objects)
			var err error
			l.ids, err = l.store.CreateTable(t.Context(), ebs())
			must(t, err)
			if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != c.steps {
				t.Errorf("stepped back over %d states, %v; want %d", steps, err, c.steps)
			}
			got := l.current(t)
			if len(got.Files) != c.files || got.Properties["limno.mark"] != c.mark {
				t.Errorf("the newest snapshot is %+v", got)
			}
			must(t, os.RemoveAll(old.root))
			l.wantIntact(t, []limnograph.Snapshot{got})
		})
	}
}

// When metadata must be stepped over while a file is missing from all states, the other files stay.
func TestATableThatCannotBeReadKeepsItsIntactFiles(t *testing.T) {
	l := newLake(t)
	for i := range int64(3) {
		l.add(t, i)
	}
	l.loseMetadataAnd(t, dataKey(0, 1))
	l.store = open(t, l.root, l.objects)
	var err error
	l.ids, err = l.store.CreateTable(t.Context(), ebs())
	must(t, err)
	got := l.current(t)
	if mark, ok := got.Properties["limno.mark"]; len(got.Files) != 1 || !ok || mark != "" {
		t.Errorf("the newest snapshot is %+v", got)
	}
	if steps, err := l.store.StepBack(t.Context(), "ebs_metrics"); err != nil || steps != 3 {
		t.Errorf("stepped back over %d states, %v; want 3", steps, err)
	}
	l.wantIntact(t, []limnograph.Snapshot{got})
}

func (l *lake) catalog() string { return filepath.Join(l.root, "lake/catalog.db") }

// loseMetadataAnd cuts the newest metadata and removes a data file.
func (l *lake) loseMetadataAnd(t *testing.T, file string) {
	t.Helper()
	must(t, os.Truncate(l.metadata(t, "00003-*")[0], 10))
	must(t, os.Remove(filepath.Join(l.root, file)))
}

// pointAt makes a catalog that points at a metadata file, whatever it says.
func (l *lake) pointAt(t *testing.T, metadata string) {
	t.Helper()
	open(t, l.root, l.objects)
	db, err := sql.Open("sqlite", "file:"+l.catalog())
	must(t, err)
	_, err = db.ExecContext(t.Context(), `INSERT INTO iceberg_tables VALUES ('limno', 'limnograph', 'ebs_metrics', ?, NULL, 'TABLE')`, "file://"+metadata)
	must(t, errors.Join(err, db.Close()))
}
