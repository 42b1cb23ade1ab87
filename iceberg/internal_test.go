package iceberg

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	ice "github.com/apache/iceberg-go"

	"limnograph"
	"limnograph/columns"
	"limnograph/localdir"
)

// A power cut may come at any moment: what the catalog points at must be durable before, with its name.
func TestTheCatalogNamesOnlyWhatIsDurable(t *testing.T) {
	root := t.TempDir()
	objects, err := localdir.Open(root)
	must(t, err)
	s, err := Open(t.Context(), Config{Root: root, Objects: objects})
	must(t, err)
	defer s.Close()
	schema := limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}
	var durable []string
	pointer := ""
	s.disk.synced = func(path string) {
		durable = append(durable, path)
		if now, err := s.pointers.get(t.Context(), schema.Table); err == nil && now != pointer {
			t.Errorf("the catalog named %s before %s was synced", now, path)
		}
	}
	ids, err := s.CreateTable(t.Context(), schema)
	must(t, err)
	for range 30 {
		pointer, err = s.pointers.get(t.Context(), schema.Table)
		must(t, err)
		durable = nil
		newest, err := s.Current(t.Context(), schema.Table)
		must(t, err)
		change := limnograph.TableChange{Add: []limnograph.DataFile{oneRow(t, objects, schema, ids, len(newest.Files))}}
		_, err = s.Commit(t.Context(), schema.Table, newest.ID, change)
		must(t, err)
		expectDurable(t, s, durable)
	}
	// 30 commits to one day: what is remembered of them does not grow.
	if h := s.tables[schema.Table]; len(h.lists) != 1 || len(h.files) > 3*mergeAt {
		t.Errorf("%d manifest lists and %d manifests are remembered", len(h.lists), len(h.files))
	}
}

// expectDurable checks that all new files of the newest snapshot are durable, and their directory after them.
func expectDurable(t *testing.T, s *Store, durable []string) {
	t.Helper()
	h := s.tables["ebs_metrics"]
	newest := h.meta.CurrentSnapshot()
	names := []string{h.location, newest.ManifestList}
	manifests, err := newest.Manifests(s.disk)
	must(t, err)
	for _, m := range manifests {
		if m.SnapshotID() == newest.SnapshotID {
			names = append(names, m.FilePath())
		}
	}
	for _, name := range names {
		file := slices.Index(durable, pathOf(name))
		if dir := slices.Index(durable, filepath.Dir(pathOf(name))); file < 0 || dir < file {
			t.Errorf("%s is not durable: %q", name, durable)
		}
	}
}

func oneRow(t *testing.T, objects limnograph.ObjectStore, s limnograph.Schema, ids map[string]int, n int) limnograph.DataFile {
	t.Helper()
	layout, err := columns.NewLayout(s, ids)
	must(t, err)
	var body bytes.Buffer
	w, err := columns.NewWriter(&body, layout)
	must(t, err)
	must(t, w.Write([]columns.Row{{Series: &columns.Series{MetricName: "m", Dimensions: "{}", Unit: "None"}}}))
	_, err = w.Close()
	must(t, err)
	key := limnograph.DataPrefix(s.Table) + "day=1970-01-01/" + string(rune('A'+n)) + ".parquet"
	info, err := objects.Put(t.Context(), key, &body, limnograph.PutOptions{})
	must(t, err)
	return limnograph.DataFile{Key: key, Size: info.Size, Rows: 1}
}

// Other engines need not write bounds.
func TestBoundsOfAForeignFile(t *testing.T) {
	meta, err := newMetadata(limnograph.Schema{Namespace: "AWS/EBS", Table: "ebs_metrics"}, "file:///x")
	must(t, err)
	h := &handle{meta: meta}
	file := func(partition map[int]any) ice.DataFile {
		b, err := ice.NewDataFileBuilder(meta.PartitionSpec(), ice.EntryContentData, "file:///x", ice.ParquetFile, partition, nil, nil, 1, 1)
		must(t, err)
		return b.Build()
	}
	if low, high := h.bounds(file(map[int]any{1000: ice.Date(2)})); low != 2*dayMillis || high != 3*dayMillis-1 {
		t.Errorf("of a partition: %d to %d", low, high)
	}
	if low, high := h.bounds(file(nil)); low != 0 || high < 1<<62 {
		t.Errorf("of nothing: %d to %d", low, high)
	}
	if got := millis([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}); got != -1 {
		t.Errorf("a microsecond before the epoch is %d ms", got)
	}
}

func TestVersionOf(t *testing.T) {
	for name, want := range map[string]int{
		"file:///x/00012-a.metadata.json": 12, "v3.metadata.json": 3, "x.metadata.json": -1, "99999999999999999999-x": -1, "": -1,
	} {
		if got := versionOf(name); got != want {
			t.Errorf("version of %q is %d, want %d", name, got, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
