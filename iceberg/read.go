package iceberg

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	ice "github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"limnograph"
)

const dayMillis = 24 * 60 * 60 * 1000

// Current implements limnograph.SnapshotReader. A snapshot of another writer is returned with its data files, without
// properties, and without a word on row deletes: its files alone are not the table.
func (s *Store) Current(ctx context.Context, tbl string) (limnograph.Snapshot, error) {
	const op = "read newest snapshot"
	t, release, err := s.load(ctx, op, tbl)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	defer release()
	newest, err := t.current()
	if err != nil {
		return limnograph.Snapshot{}, wrap(op, "table "+tbl, err)
	}
	return clone(newest), nil
}

func clone(s limnograph.Snapshot) limnograph.Snapshot {
	s.Files, s.Properties = slices.Clone(s.Files), maps.Clone(s.Properties)
	return s
}

// current returns the newest snapshot, which the caller must not change.
func (t *handle) current() (limnograph.Snapshot, error) {
	newest := t.meta.CurrentSnapshot()
	if newest == nil || newest.SnapshotID == t.newest.ID {
		return t.newest, nil
	}
	read, err := t.snapshot(newest)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	t.newest = read
	return read, nil
}

// History implements limnograph.SnapshotReader.
func (s *Store) History(ctx context.Context, tbl string) ([]limnograph.Snapshot, error) {
	const op = "read snapshots"
	t, release, err := s.load(ctx, op, tbl)
	if err != nil {
		return nil, err
	}
	defer release()
	var all []limnograph.Snapshot
	for _, raw := range history(t.meta) {
		read, err := t.snapshot(&raw)
		if err != nil {
			return nil, wrap(op, "table "+tbl, err)
		}
		all = append(all, read)
	}
	return all, nil
}

// history returns the newest snapshot and those that led to it, as far as they are retained.
func history(meta table.Metadata) []table.Snapshot { return ancestry(meta, meta.CurrentSnapshot()) }

// ancestry returns a snapshot and those that led to it.
func ancestry(meta table.Metadata, s *table.Snapshot) []table.Snapshot {
	var all []table.Snapshot
	seen := make(map[int64]bool)
	for s != nil && !seen[s.SnapshotID] {
		seen[s.SnapshotID] = true
		all = append(all, *s)
		if s.ParentSnapshotID == nil {
			break
		}
		s = meta.SnapshotByID(*s.ParentSnapshotID)
	}
	return all
}

// snapshot reads what a snapshot holds.
func (t *handle) snapshot(raw *table.Snapshot) (limnograph.Snapshot, error) {
	manifests, err := t.manifests(raw)
	if err != nil {
		return limnograph.Snapshot{}, err
	}
	out := limnograph.Snapshot{
		ID: raw.SnapshotID, Committed: time.UnixMilli(raw.TimestampMs).UTC(), Properties: make(map[string]string),
	}
	for _, m := range manifests {
		files, err := t.filesOf(m)
		if err != nil {
			return limnograph.Snapshot{}, err
		}
		out.Files = append(out.Files, files...)
	}
	slices.SortFunc(out.Files, func(a, b limnograph.DataFile) int { return strings.Compare(a.Key, b.Key) })
	if raw.Summary != nil {
		for name, value := range raw.Summary.Properties {
			if strings.HasPrefix(name, limnograph.PropertyPrefix) {
				out.Properties[name] = value
			}
		}
	}
	return out, nil
}

// manifests returns the manifests of a snapshot.
func (t *handle) manifests(raw *table.Snapshot) ([]ice.ManifestFile, error) {
	if known, ok := t.lists[raw.ManifestList]; ok {
		return known, nil
	}
	content, err := t.store.disk.read(raw.ManifestList)
	if err != nil {
		return nil, t.damaged(raw.ManifestList, err)
	}
	all, err := ice.ReadManifestList(bytes.NewReader(content))
	if err != nil {
		return nil, t.damaged(raw.ManifestList, err)
	}
	t.lists[raw.ManifestList] = all
	return all, nil
}

// filesOf returns the live data files of a manifest; none of one that holds deletes.
func (t *handle) filesOf(m ice.ManifestFile) ([]limnograph.DataFile, error) {
	if m.ManifestContent() != ice.ManifestContentData {
		return nil, nil
	}
	if known, ok := t.files[m.FilePath()]; ok {
		return known, nil
	}
	entries, err := t.entries(m)
	if err != nil {
		return nil, err
	}
	files := make([]limnograph.DataFile, 0, len(entries))
	for _, e := range entries {
		files = append(files, t.dataFile(e.DataFile()))
	}
	t.files[m.FilePath()] = files
	return files, nil
}

// entries reads the live entries of a manifest.
func (t *handle) entries(m ice.ManifestFile) ([]ice.ManifestEntry, error) {
	var all []ice.ManifestEntry
	for e, err := range m.Entries(t.store.disk, true) {
		if err != nil {
			return nil, t.damaged(m.FilePath(), err)
		}
		all = append(all, e)
	}
	return all, nil
}

func (t *handle) dataFile(f ice.DataFile) limnograph.DataFile {
	out := limnograph.DataFile{Key: t.store.disk.key(f.FilePath()), Size: f.FileSizeBytes(), Rows: f.Count()}
	out.MinTime, out.MaxTime = t.bounds(f)
	return out
}

// bounds returns the smallest and greatest ts of a file: from its statistics, else its partition, else anything.
func (t *handle) bounds(f ice.DataFile) (low, high int64) {
	if field, ok := t.meta.CurrentSchema().FindFieldByName(timeColumn); ok {
		low, high := f.LowerBoundValues()[field.ID], f.UpperBoundValues()[field.ID]
		if len(low) == 8 && len(high) == 8 {
			return millis(low), millis(high)
		}
	}
	for _, value := range f.Partition() {
		if day, ok := value.(ice.Date); ok {
			return int64(day) * dayMillis, (int64(day)+1)*dayMillis - 1
		}
	}
	return 0, math.MaxInt64
}

// millis turns a bound in microseconds into milliseconds.
func millis(bound []byte) int64 {
	micros := int64(binary.LittleEndian.Uint64(bound))
	ms := micros / 1000
	if micros%1000 < 0 {
		ms--
	}
	return ms
}

func base(location string) string { return path.Base(location) }
