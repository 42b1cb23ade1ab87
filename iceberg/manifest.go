package iceberg

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	ice "github.com/apache/iceberg-go"

	"limnograph"
)

// mergeAt is how many manifests of one day become one at the next commit that adds a file to that day. Each manifest
// holds files of one day only, so that other engines plan a day from few small manifests.
const mergeAt = 12

// groupKey names the files that share a manifest.
type groupKey struct {
	spec int32 // partition spec
	day  int64 // days since the epoch
}

// group is what a new manifest holds.
type group struct {
	added    []ice.DataFile
	existing []ice.ManifestEntry
	deleted  []ice.ManifestEntry
}

func dayOf(f limnograph.DataFile) int64 {
	return (limnograph.DataFile{MinTime: f.MinTime}).Day().UnixMilli() / dayMillis
}

// writeSnapshot writes the manifests that differ from those of the newest snapshot, and the list of all. It returns the
// location of the list.
func (t *handle) writeSnapshot(id int64, added []ice.DataFile, change limnograph.TableChange) (string, error) {
	name, err := t.store.newName()
	if err != nil {
		return "", err
	}
	kept, groups, err := t.regroup(added, change)
	if err != nil {
		return "", err
	}
	all := kept
	for i, key := range sorted(groups) {
		m, err := t.writeManifest(t.inMetadata(fmt.Sprintf("%s-m%d.avro", name, i)), id, key, groups[key])
		if err != nil {
			return "", err
		}
		all = append(all, m)
	}
	return t.writeList(t.inMetadata(fmt.Sprintf("snap-%d-0-%s.avro", id, name)), id, all)
}

func sorted(groups map[groupKey]*group) []groupKey {
	var keys []groupKey
	for key := range groups {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b groupKey) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.spec, b.spec)) })
	return keys
}

// regroup decides which manifests stay as they are, and what the new ones hold.
func (t *handle) regroup(added []ice.DataFile, change limnograph.TableChange) (kept []ice.ManifestFile, groups map[groupKey]*group, err error) {
	groups = make(map[groupKey]*group)
	for i, f := range added {
		g := groupOf(groups, groupKey{f.SpecID(), dayOf(change.Add[i])})
		g.added = append(g.added, f)
	}
	gone := make(map[string]bool, len(change.Remove))
	for _, f := range change.Remove {
		gone[f.Key] = true
	}
	before, err := t.before()
	if err != nil {
		return nil, nil, err
	}
	full, err := t.fullDays(before)
	if err != nil {
		return nil, nil, err
	}
	touched := make(map[groupKey]bool, len(groups))
	for key := range groups {
		touched[key] = true
	}
	for _, m := range before {
		files, err := t.filesOf(m)
		if err != nil {
			return nil, nil, err
		}
		key, one := onlyDay(m, files)
		switch {
		case len(files) == 0: // it told the snapshot before what had been deleted
		case slices.ContainsFunc(files, func(f limnograph.DataFile) bool { return gone[f.Key] }), one && full[key] && touched[key]:
			if err := t.rewrite(m, gone, groups); err != nil {
				return nil, nil, err
			}
		default:
			kept = append(kept, m)
		}
	}
	return kept, groups, nil
}

func groupOf(groups map[groupKey]*group, key groupKey) *group {
	if groups[key] == nil {
		groups[key] = &group{}
	}
	return groups[key]
}

// before returns the manifests of the newest snapshot.
func (t *handle) before() ([]ice.ManifestFile, error) {
	newest := t.meta.CurrentSnapshot()
	if newest == nil {
		return nil, nil
	}
	all, err := t.manifests(newest)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.ManifestContent() != ice.ManifestContentData {
			return nil, &limnograph.Error{
				Code: limnograph.CodeInvalid, Message: "another writer has deleted rows of table " + t.name + " by delete files, which this product does not write upon",
				Hint: "roll the table back to the newest snapshot of limno",
			}
		}
	}
	return all, nil
}

// fullDays are the days with so many manifests that they are merged.
func (t *handle) fullDays(all []ice.ManifestFile) (map[groupKey]bool, error) {
	counts, full := make(map[groupKey]int), make(map[groupKey]bool)
	for _, m := range all {
		files, err := t.filesOf(m)
		if err != nil {
			return nil, err
		}
		if key, one := onlyDay(m, files); one {
			counts[key]++
			full[key] = counts[key] >= mergeAt-1
		}
	}
	return full, nil
}

// onlyDay returns the day of all files of a manifest, and false when there is more than one.
func onlyDay(m ice.ManifestFile, files []limnograph.DataFile) (groupKey, bool) {
	if len(files) == 0 {
		return groupKey{}, false
	}
	day := dayOf(files[0])
	same := !slices.ContainsFunc(files, func(f limnograph.DataFile) bool { return dayOf(f) != day })
	return groupKey{m.PartitionSpecID(), day}, same
}

// rewrite hands the entries of a manifest to the new manifests of their days.
func (t *handle) rewrite(m ice.ManifestFile, gone map[string]bool, groups map[groupKey]*group) error {
	entries, err := t.entries(m)
	if err != nil {
		return err
	}
	for _, e := range entries {
		f := t.dataFile(e.DataFile())
		g := groupOf(groups, groupKey{m.PartitionSpecID(), dayOf(f)})
		if gone[f.Key] {
			g.deleted = append(g.deleted, e)
		} else {
			g.existing = append(g.existing, e)
		}
	}
	return nil
}

func (t *handle) writeManifest(location string, snapshotID int64, key groupKey, g *group) (ice.ManifestFile, error) {
	spec := t.meta.PartitionSpecByID(int(key.spec))
	if spec == nil {
		return nil, fail(limnograph.CodeInternal, "", fmt.Sprintf("table %s has no partition spec %d", t.name, key.spec), nil)
	}
	var out bytes.Buffer
	w, err := ice.NewManifestWriter(t.meta.Version(), &out, *spec, t.meta.CurrentSchema(), snapshotID)
	if err != nil {
		return nil, err
	}
	if err := fill(w, snapshotID, g); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	m, err := w.ToManifestFile(location, int64(out.Len()))
	if err != nil {
		return nil, err
	}
	if err := t.store.disk.write(location, out.Bytes()); err != nil {
		return nil, err
	}
	t.files[location] = t.live(g)
	return m, nil
}

func fill(w *ice.ManifestWriter, snapshotID int64, g *group) error {
	for _, f := range g.added {
		if err := w.Add(ice.NewManifestEntryBuilder(ice.EntryStatusADDED, &snapshotID, f).Build()); err != nil {
			return err
		}
	}
	for _, e := range g.existing {
		if err := w.Existing(e); err != nil {
			return err
		}
	}
	for _, e := range g.deleted {
		if err := w.Delete(e); err != nil {
			return err
		}
	}
	return nil
}

// live are the data files that a new manifest makes live.
func (t *handle) live(g *group) []limnograph.DataFile {
	files := make([]limnograph.DataFile, 0, len(g.added)+len(g.existing))
	for _, f := range g.added {
		files = append(files, t.dataFile(f))
	}
	for _, e := range g.existing {
		files = append(files, t.dataFile(e.DataFile()))
	}
	return files
}

func (t *handle) writeList(location string, id int64, all []ice.ManifestFile) (string, error) {
	sequence := t.meta.LastSequenceNumber() + 1
	var parent *int64
	if newest := t.meta.CurrentSnapshot(); newest != nil {
		parent = &newest.SnapshotID
	}
	var out bytes.Buffer
	if err := ice.WriteManifestList(t.meta.Version(), &out, id, parent, &sequence, 0, all); err != nil {
		return "", err
	}
	return location, t.store.disk.write(location, out.Bytes())
}
