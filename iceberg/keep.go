package iceberg

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// RollBack implements limnograph.SnapshotKeeper.
func (s *Store) RollBack(ctx context.Context, tbl string, id int64) error {
	const op = "roll back table"
	t, release, err := s.load(ctx, op, tbl)
	if err != nil {
		return err
	}
	defer release()
	led := history(t.meta)
	at := slices.IndexFunc(led, func(s table.Snapshot) bool { return s.SnapshotID == id })
	if at < 0 {
		return fail(limnograph.CodeNotFound, op, "table "+tbl+" has no snapshot "+strconv.FormatInt(id, 10)+" in its history", nil)
	}
	if at == 0 {
		return nil
	}
	b, err := table.MetadataBuilderFromBase(t.meta, t.location)
	if err == nil {
		err = b.SetSnapshotRef(table.MainBranch, id, table.BranchRef)
	}
	if err == nil {
		err = t.publish(ctx, b)
	}
	if err != nil {
		return wrap(op, "table "+tbl, err)
	}
	return nil
}

// Expire implements limnograph.SnapshotKeeper. Snapshots that are not in the history are forgotten too. Errors: also
// CodeInvalid (keep is less than 1), CodeConflict (somebody else committed meanwhile: nothing has changed).
func (s *Store) Expire(ctx context.Context, tbl string, keep int, grace time.Duration) error {
	const op = "expire snapshots"
	t, release, err := s.load(ctx, op, tbl)
	if err != nil {
		return err
	}
	defer release()
	if keep < 1 {
		return fail(limnograph.CodeInvalid, op, "at least one snapshot must be kept", nil)
	}
	err = t.expire(ctx, keep)
	if err == nil {
		err = t.sweep(grace)
	}
	if err != nil {
		return wrap(op, "table "+tbl, err)
	}
	return nil
}

func (t *handle) expire(ctx context.Context, keep int) error {
	kept := history(t.meta)
	kept = kept[:min(keep, len(kept))]
	var forgotten []int64
	for _, s := range t.meta.Snapshots() {
		if !slices.ContainsFunc(kept, func(k table.Snapshot) bool { return k.SnapshotID == s.SnapshotID }) {
			forgotten = append(forgotten, s.SnapshotID)
		}
	}
	if len(forgotten) == 0 {
		return nil
	}
	b, err := table.MetadataBuilderFromBase(t.meta, t.location)
	if err != nil {
		return err
	}
	if err := b.RemoveSnapshots(forgotten, false); err != nil {
		return err
	}
	return t.publish(ctx, b)
}

// sweep deletes metadata that no retained snapshot needs and that is older than grace, and forgets what was read of it.
func (t *handle) sweep(grace time.Duration) error {
	needed, err := t.needed()
	if err != nil {
		return err
	}
	forget(t.lists, needed)
	forget(t.files, needed)
	entries, err := os.ReadDir(filepath.Join(t.store.disk.root, t.metadataDir()))
	if err != nil {
		return err
	}
	limit := t.store.cfg.Now().Add(-grace)
	for _, e := range entries {
		if e.IsDir() || needed[e.Name()] || !isMetadata(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err == nil && !info.ModTime().After(limit) {
			err = t.store.disk.Remove(t.inMetadata(e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func forget[T any](read map[string]T, needed map[string]bool) {
	maps.DeleteFunc(read, func(location string, _ T) bool { return !needed[base(location)] })
}

func isMetadata(name string) bool {
	return path.Ext(name) == ".avro" || strings.HasSuffix(name, ".metadata.json")
}

// needed are the names of the files that the newest metadata leads to.
func (t *handle) needed() (map[string]bool, error) {
	names := map[string]bool{base(t.location): true}
	for e := range t.meta.PreviousFiles() {
		names[base(e.MetadataFile)] = true
	}
	for _, s := range t.meta.Snapshots() {
		names[base(s.ManifestList)] = true
		all, err := t.manifests(&s)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			names[base(m.FilePath())] = true
		}
	}
	return names, nil
}
