package iceberg_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"limnograph"
)

// What is deleted below an open store is noticed, and made anew, at the next use: nothing is written where nobody finds it.
func TestDeletedWhileOpen(t *testing.T) {
	for name, c := range map[string]struct {
		harm  func(t *testing.T, l *lake)
		gone  func(err error) bool
		files int
	}{
		"TheFolder": {
			func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake"))) },
			func(err error) bool { return limnograph.ErrorCode(err) == limnograph.CodeNotFound }, 0,
		},
		"TheCatalog": {
			func(t *testing.T, l *lake) {
				for _, suffix := range []string{"", "-wal", "-shm"} {
					must(t, os.Remove(l.catalog()+suffix))
				}
			},
			func(err error) bool { return limnograph.ErrorCode(err) == limnograph.CodeNotFound }, 2,
		},
		"TheMetadata": {
			func(t *testing.T, l *lake) { must(t, os.RemoveAll(filepath.Join(l.root, "lake/ebs_metrics/metadata"))) },
			func(err error) bool { return errors.Is(err, fs.ErrNotExist) }, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			l.add(t, 0)
			base := l.add(t, 1)
			c.harm(t, l)
			if _, err := l.store.Current(t.Context(), "ebs_metrics"); !c.gone(err) {
				t.Errorf("the newest snapshot: %v", err)
			}
			if _, err := l.store.Commit(t.Context(), "ebs_metrics", base.ID, limnograph.TableChange{}); !c.gone(err) {
				t.Errorf("a commit: %v", err)
			}
			var err error
			l.ids, err = l.store.CreateTable(t.Context(), ebs())
			must(t, err)
			if got := l.current(t); len(got.Files) != c.files {
				t.Errorf("the newest snapshot is %+v", got)
			}
			made := l.add(t, 2)
			l.store = open(t, l.root, l.objects) // another process finds it
			l.wantIntact(t, []limnograph.Snapshot{made})
		})
	}
}
