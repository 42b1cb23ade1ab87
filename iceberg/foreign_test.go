package iceberg_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	ice "github.com/apache/iceberg-go"
	sqlcat "github.com/apache/iceberg-go/catalog/sql"
	iceio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// loadForeign loads the table through the SQL catalog of iceberg-go.
func loadForeign(t testing.TB, l *lake) *table.Table {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.root, "lake/catalog.db"))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	catalog, err := sqlcat.NewCatalog("limno", db, sqlcat.SQLite, ice.Properties{"warehouse": "file://" + l.root + "/lake"})
	must(t, err)
	loaded, err := catalog.LoadTable(t.Context(), table.Identifier{"limnograph", "ebs_metrics"})
	must(t, err)
	return loaded
}

// paths are the data files that iceberg-go plans a scan of.
func paths(t testing.TB, loaded *table.Table) []string {
	t.Helper()
	tasks, err := loaded.Scan().PlanFiles(t.Context())
	must(t, err)
	var all []string
	for _, task := range tasks {
		all = append(all, task.File.FilePath())
	}
	slices.Sort(all)
	return all
}

// What is committed here is what iceberg-go's own catalog and scan find, after each kind of change.
func TestIcebergGoPlansTheSameFiles(t *testing.T) {
	l := newLake(t)
	check := func(what string) {
		t.Helper()
		var want []string
		for _, f := range l.current(t).Files {
			want = append(want, "file://"+l.root+"/"+f.Key)
		}
		if got := paths(t, loadForeign(t, l)); !slices.Equal(got, want) {
			t.Errorf("after %s: iceberg-go plans %q, want %q", what, got, want)
		}
	}
	for i := range int64(30) {
		l.add(t, i%3)
	}
	check("appending")
	newest := l.current(t)
	_, err := l.store.Commit(t.Context(), "ebs_metrics", newest.ID, limnograph.TableChange{
		Add: []limnograph.DataFile{l.write(t, 0)}, Remove: newest.Files[:20],
	})
	must(t, err)
	check("replacing")
	must(t, l.store.Expire(t.Context(), "ebs_metrics", 1, 0))
	check("expiry")
	newest = l.current(t)
	_, err = l.store.Commit(t.Context(), "ebs_metrics", newest.ID, limnograph.TableChange{Remove: newest.Files})
	must(t, err)
	check("removing all")
	l.add(t, 0)
	check("beginning anew")
	loaded := loadForeign(t, l)
	manifests, err := loaded.CurrentSnapshot().Manifests(iceio.LocalFS{})
	must(t, err)
	if len(manifests) != 1 {
		t.Errorf("%d manifests for one file: those of deleted files are still there", len(manifests))
	}
}

// A snapshot of another writer is current until somebody walks back.
func TestSnapshotsOfAnotherWriter(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, l *lake){
		"Append": func(t *testing.T, l *lake) {
			f := l.write(t, 5)
			foreign(t, l, func(ctx context.Context, tx *table.Transaction) error {
				return tx.AddFiles(ctx, []string{"file://" + l.root + "/" + f.Key}, nil, false)
			})
		},
		"DeleteOfRows": func(t *testing.T, l *lake) {
			foreign(t, l, func(_ context.Context, tx *table.Transaction) error {
				return tx.SetProperties(ice.Properties{"write.delete.mode": "merge-on-read"})
			})
			foreign(t, l, func(ctx context.Context, tx *table.Transaction) error {
				return tx.Delete(ctx, ice.EqualTo(ice.Reference("version"), int64(0)), nil)
			})
			_, err := l.store.Commit(t.Context(), "ebs_metrics", l.current(t).ID, limnograph.TableChange{})
			wantCode(t, err, limnograph.CodeInvalid)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLake(t)
			l.add(t, 0)
			own := l.add(t, 1)
			write(t, l)
			newest := l.current(t)
			if newest.ID == own.ID || len(newest.Properties) != 0 {
				t.Fatalf("the newest snapshot is %+v", newest)
			}
			must(t, l.store.RollBack(t.Context(), "ebs_metrics", own.ID))
			if got := l.current(t); got.ID != own.ID || got.Properties["limno.mark"] != "2" {
				t.Errorf("after walking back: %+v", got)
			}
			if got := len(l.add(t, 2).Files); got != 3 {
				t.Errorf("%d files", got)
			}
		})
	}
}

func foreign(t *testing.T, l *lake, change func(context.Context, *table.Transaction) error) {
	t.Helper()
	tx := loadForeign(t, l).NewTransaction()
	must(t, change(t.Context(), tx))
	_, err := tx.Commit(t.Context())
	must(t, err)
}
