package iceberg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// StepBack implements limnograph.SnapshotKeeper. It looks at the metadata that the catalog points at and the snapshots
// that led to its newest one, then at older metadata files. What it finds unreadable it puts aside, with .broken at the
// end of the name. A table whose directory was moved it makes at home there, with one snapshot.
func (s *Store) StepBack(ctx context.Context, tbl string) (steps int, err error) {
	const op = "step back"
	t, release, err := s.begin(ctx, op, tbl)
	if err != nil {
		return 0, err
	}
	defer release()
	steps, err = t.stepBack(ctx, false)
	if err != nil {
		return 0, wrap(op, "table "+tbl, err)
	}
	steps, t.repaired = steps+t.repaired, 0
	return steps, nil
}

// stepBack is StepBack. salvage says what becomes of a table of which no state is whole: the newest one that can be read,
// without the files that are lost, instead of the empty one.
func (t *handle) stepBack(ctx context.Context, salvage bool) (int, error) {
	pointer, err := t.store.pointers.get(ctx, t.name)
	if err != nil {
		return 0, err
	}
	t.forget()
	before, err := t.movedFrom(pointer)
	if err != nil {
		return 0, err
	}
	if before != "" {
		return t.comeHome(ctx, pointer, before)
	}
	from, found, steps, err := t.newestWhole(ctx, pointer)
	if err != nil {
		return 0, err
	}
	if from.location == pointer && steps == 0 {
		t.location, t.meta = pointer, from.meta
		return 0, nil
	}
	if salvage && found == nil {
		done, err := t.salvage(ctx, pointer)
		if err != nil || done {
			return steps, err
		}
	}
	return steps, t.restore(ctx, pointer, from, found)
}

// newestWhole finds the newest intact snapshot, with the metadata that leads to it, and how many states are newer. Without
// one, found is nil: because the metadata has none at all, or because none is intact; then it is the newest that can be read.
func (t *handle) newestWhole(ctx context.Context, pointer string) (from written, found *table.Snapshot, steps int, err error) {
	candidates, err := t.candidates(pointer)
	if err != nil {
		return written{}, nil, 0, err
	}
	var readable written
	stepped := make(map[int64]bool)
	unreadable := 0
	for _, location := range candidates {
		meta, err := t.readMetadata(location)
		if location != pointer && errors.Is(err, errMoved) {
			continue // of the time before the directory was moved here
		}
		if isDamaged(err) {
			unreadable++
			continue
		}
		if err != nil {
			return written{}, nil, 0, err
		}
		t.meta = meta
		if readable.meta == nil {
			readable = written{location, meta}
		}
		found, intact, err := t.intact(ctx, meta, stepped)
		if err != nil || intact {
			return written{location, meta}, found, unreadable + len(stepped), err
		}
	}
	return readable, nil, unreadable + len(stepped), nil
}

// candidates are the metadata files of a table: the one that the catalog points at, then older ones, newest first.
func (t *handle) candidates(pointer string) ([]string, error) {
	all, err := t.versions()
	if err != nil {
		return nil, err
	}
	older := slices.DeleteFunc(all, func(location string) bool { return versionOf(location) >= versionOf(pointer) })
	return append([]string{pointer}, older...), nil
}

// versions are the metadata files in the folder of a table, newest first.
func (t *handle) versions() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(t.store.disk.root, t.metadataDir()))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".metadata.json") {
			all = append(all, t.inMetadata(e.Name()))
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(versionOf(b), versionOf(a)), strings.Compare(a, b)) })
	return all, nil
}

// intact returns the newest intact snapshot that metadata leads to; nil when it has none at all. It adds those that are
// not intact to stepped.
func (t *handle) intact(ctx context.Context, meta table.Metadata, stepped map[int64]bool) (found *table.Snapshot, ok bool, err error) {
	led := history(meta)
	for _, s := range led {
		if stepped[s.SnapshotID] {
			continue
		}
		whole, err := t.isWhole(ctx, &s)
		if err != nil || whole {
			return &s, whole, err
		}
		stepped[s.SnapshotID] = true
	}
	return nil, len(led) == 0, nil
}

// isWhole reports whether all that a snapshot names can be read: its manifests, and the sizes of its data files.
func (t *handle) isWhole(ctx context.Context, s *table.Snapshot) (bool, error) {
	read, err := t.snapshot(s)
	if isDamaged(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, f := range read.Files {
		size, err := t.sizeOf(ctx, f.Key)
		if err != nil || size != f.Size {
			return false, err
		}
	}
	return true, nil
}

// sizeOf returns the size of a data file, -1 when it is missing. A foreign one may lie anywhere.
func (t *handle) sizeOf(ctx context.Context, key string) (int64, error) {
	if strings.Contains(key, ":") || strings.HasPrefix(key, "/") {
		info, err := os.Stat(pathOf(key))
		if errors.Is(err, fs.ErrNotExist) {
			return -1, nil
		}
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	info, err := t.store.cfg.Objects.Stat(ctx, key)
	switch limnograph.ErrorCode(err) {
	case "":
		return info.Size, nil
	case limnograph.CodeNotFound:
		return -1, nil
	}
	return 0, err
}

// restore makes the snapshot found the newest one, with the metadata that led to it and nothing that came after. Without a
// snapshot the table becomes empty; without metadata too it begins anew with the columns that every table has.
func (t *handle) restore(ctx context.Context, pointer string, from written, found *table.Snapshot) error {
	if err := t.store.disk.makeDir(t.metadataDir()); err != nil {
		return err
	}
	var meta table.Metadata
	var err error
	if from.meta == nil {
		meta, err = newMetadata(bareSchema(t.name), t.store.disk.location("lake/"+t.name))
	} else {
		meta, err = without(from, found)
	}
	if err != nil {
		return err
	}
	t.meta, t.location = from.meta, pointer
	version, err := t.nextVersion()
	if err != nil {
		return err
	}
	w, err := t.writeMetadata(meta, version)
	if err != nil {
		return err
	}
	if err := t.point(ctx, w); err != nil {
		return err
	}
	return t.putAside()
}

// without returns metadata whose newest snapshot is found and that knows nothing but what led to it.
func without(from written, found *table.Snapshot) (table.Metadata, error) {
	b, err := table.MetadataBuilderFromBase(from.meta, from.location)
	if err != nil {
		return nil, err
	}
	if found != nil {
		err = b.SetSnapshotRef(table.MainBranch, found.SnapshotID, table.BranchRef)
	} else if from.meta.CurrentSnapshot() != nil {
		err = b.RemoveSnapshotRef(table.MainBranch)
	}
	if err != nil {
		return nil, err
	}
	kept := make(map[int64]bool)
	for _, s := range ancestry(from.meta, found) {
		kept[s.SnapshotID] = true
	}
	var gone []int64
	for _, s := range from.meta.Snapshots() {
		if !kept[s.SnapshotID] {
			gone = append(gone, s.SnapshotID)
		}
	}
	if err := b.RemoveSnapshots(gone, false); err != nil {
		return nil, err
	}
	return b.Build()
}

// nextVersion is greater than that of every metadata file in the folder.
func (t *handle) nextVersion() (int, error) {
	all, err := t.versions()
	highest := versionOf(t.location)
	if len(all) > 0 {
		highest = max(highest, versionOf(all[0]))
	}
	return highest + 1, err
}

// putAside renames metadata files that can't be read, so that nobody takes them for a version of the table.
func (t *handle) putAside() error {
	all, err := t.versions()
	if err != nil {
		return err
	}
	for _, location := range all {
		if _, err := t.readMetadata(location); !isDamaged(err) {
			continue
		}
		if err := os.Rename(pathOf(location), pathOf(location)+".broken"); err != nil {
			return fmt.Errorf("put aside: %w", err)
		}
	}
	return t.store.disk.syncDir(t.metadataDir())
}
