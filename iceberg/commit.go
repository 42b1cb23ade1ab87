package iceberg

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	ice "github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// Commit implements limnograph.SnapshotWriter. Added files must be stored, with their size, rows and times.
//
// Manifests, the manifest list and the metadata are durable before the catalog points at them.
func (s *Store) Commit(ctx context.Context, tbl string, base int64, change limnograph.TableChange) (limnograph.Snapshot, error) {
	const op = "commit snapshot"
	t, release, err := s.load(ctx, op, tbl)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	defer release()
	made, err := t.commit(ctx, base, change)
	if err != nil {
		return limnograph.Snapshot{}, wrap(op, "table "+tbl, err)
	}
	return clone(made), nil
}

func (t *handle) commit(ctx context.Context, base int64, change limnograph.TableChange) (limnograph.Snapshot, error) {
	if err := t.checkBase(base); err != nil {
		return limnograph.Snapshot{}, err
	}
	newest, err := t.current()
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	files, err := change.Apply(t.name, newest.Files)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	added, err := t.describe(ctx, change.Add)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	id, err := t.store.newID()
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	list, err := t.writeSnapshot(id, added, change)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	raw := t.next(id, list, summary(newest.Files, files, change))
	if err := t.publishSnapshot(ctx, raw); err != nil {
		return limnograph.Snapshot{}, err
	}
	if t.newest, err = t.snapshot(raw); err != nil {
		return limnograph.Snapshot{}, err
	}
	return t.newest, t.trim(raw)
}

// trim forgets what was read of earlier snapshots, so that memory does not grow from commit to commit. Manifests that few
// commits have replaced may stay.
func (t *handle) trim(newest *table.Snapshot) error {
	all, err := t.manifests(newest)
	if err != nil {
		return err
	}
	maps.DeleteFunc(t.lists, func(location string, _ []ice.ManifestFile) bool { return location != newest.ManifestList })
	if len(t.files) <= 2*len(all)+mergeAt {
		return nil
	}
	live := make(map[string]bool, len(all))
	for _, m := range all {
		live[m.FilePath()] = true
	}
	maps.DeleteFunc(t.files, func(location string, _ []limnograph.DataFile) bool { return !live[location] })
	return nil
}

// checkBase refuses a base that is not the newest snapshot.
func (t *handle) checkBase(base int64) error {
	var newest int64
	if s := t.meta.CurrentSnapshot(); s != nil {
		newest = s.SnapshotID
	}
	if newest == base {
		return nil
	}
	return fail(limnograph.CodeConflict, "", fmt.Sprintf("snapshot %d is not the newest one of table %s, which is %d", base, t.name, newest), nil)
}

// next is the snapshot that follows the newest one.
func (t *handle) next(id int64, list string, sum *table.Summary) *table.Snapshot {
	schemaID := t.meta.CurrentSchema().ID
	s := &table.Snapshot{
		SnapshotID: id, SequenceNumber: t.meta.LastSequenceNumber() + 1, TimestampMs: t.now(),
		ManifestList: list, Summary: sum, SchemaID: &schemaID,
	}
	if parent := t.meta.CurrentSnapshot(); parent != nil {
		s.ParentSnapshotID = &parent.SnapshotID
	}
	return s
}

func (t *handle) publishSnapshot(ctx context.Context, raw *table.Snapshot) error {
	b, err := table.MetadataBuilderFromBase(t.meta, t.previous())
	if err != nil {
		return err
	}
	if err := b.AddSnapshot(raw); err != nil {
		return err
	}
	if err := b.SetSnapshotRef(table.MainBranch, raw.SnapshotID, table.BranchRef); err != nil {
		return err
	}
	return t.publish(ctx, b)
}

// describe reads the footers of new data files, for the statistics that other engines plan with.
func (t *handle) describe(ctx context.Context, add []limnograph.DataFile) ([]ice.DataFile, error) {
	var all []ice.DataFile
	for _, f := range add {
		info, err := t.store.cfg.Objects.Stat(ctx, f.Key)
		if err != nil {
			return nil, t.badFile(f, "is not there", err)
		}
		if info.Size != f.Size {
			return nil, t.badFile(f, fmt.Sprintf("has %d bytes and not %d", info.Size, f.Size), nil)
		}
		described, err := table.FileToDataFile(ctx, t.store.disk, t.store.disk.location(f.Key), t.meta.CurrentSchema(),
			t.meta.PartitionSpec(), t.meta.DefaultSortOrder(), t.meta.Properties())
		if err != nil {
			return nil, t.badFile(f, "can't be read", err)
		}
		if got := t.dataFile(described); got != f {
			return nil, t.badFile(f, fmt.Sprintf("is in truth %+v and not %+v", got, f), nil)
		}
		all = append(all, described)
	}
	return all, nil
}

func (t *handle) badFile(f limnograph.DataFile, why string, err error) error {
	return fail(limnograph.CodeInvalid, "", fmt.Sprintf("data file %q of table %s %s", f.Key, t.name, why), err)
}

// summary says what a snapshot did. Who replaces files may have changed rows, so that this is an overwrite and never a
// replace, which promises that all rows are the same.
func summary(before, after []limnograph.DataFile, change limnograph.TableChange) *table.Summary {
	op := table.OpAppend
	if len(change.Remove) > 0 {
		op = table.OpOverwrite
	}
	if len(change.Remove) > 0 && len(change.Add) == 0 {
		op = table.OpDelete
	}
	removed := removedOf(before, change.Remove)
	props := ice.Properties{"total-delete-files": "0", "total-position-deletes": "0", "total-equality-deletes": "0"}
	for _, count := range []struct {
		files      string
		rows, size string
		of         []limnograph.DataFile
	}{
		{"added-data-files", "added-records", "added-files-size", change.Add},
		{"deleted-data-files", "deleted-records", "removed-files-size", removed},
		{"total-data-files", "total-records", "total-files-size", after},
	} {
		var rows, size int64
		for _, f := range count.of {
			rows, size = rows+f.Rows, size+f.Size
		}
		props[count.files] = strconv.Itoa(len(count.of))
		props[count.rows], props[count.size] = strconv.FormatInt(rows, 10), strconv.FormatInt(size, 10)
	}
	maps.Copy(props, change.Properties)
	return &table.Summary{Operation: op, Properties: props}
}

// removedOf returns the live files that remove names.
func removedOf(live, remove []limnograph.DataFile) []limnograph.DataFile {
	keys := make(map[string]bool, len(remove))
	for _, f := range remove {
		keys[f.Key] = true
	}
	return slices.DeleteFunc(slices.Clone(live), func(f limnograph.DataFile) bool { return !keys[f.Key] })
}
