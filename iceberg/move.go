package iceberg

import (
	"context"
	"strings"

	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// comeHome writes a table anew whose metadata was written while the data directory was somewhere else. The newest intact
// snapshot of ours becomes the only one, with the same files, properties and field ids. What lies at the old place is not touched,
// which may be a copy that lives on. It reports how many states it went back.
func (t *handle) comeHome(ctx context.Context, pointer string) (steps int, err error) {
	before, _, ok := strings.Cut(pathOf(pointer), "/"+t.metadataDir()+"/")
	if !ok {
		return 0, t.checkHome(pointer)
	}
	there := &handle{store: &Store{cfg: t.store.cfg, disk: disk{root: t.store.disk.root, moved: before}}, name: t.name}
	there.forget()
	from, found, steps, err := there.newestWhole(ctx, pointer)
	if err != nil {
		return 0, err
	}
	there.meta = from.meta
	content, err := there.newestOwn(ctx, found)
	if err != nil {
		return 0, err
	}
	if t.meta, err = t.emptied(from); err != nil {
		return 0, err
	}
	t.location = pointer
	if found == nil {
		return steps, t.restore(ctx, pointer, written{meta: t.meta}, nil)
	}
	_, err = t.commit(ctx, 0, limnograph.TableChange{Add: content.Files, Properties: content.Properties})
	return steps, err
}

// newestOwn returns the newest intact snapshot that has properties of ours, found or one that led to it; found itself, when
// none has. One of another writer would leave nothing to roll back to.
func (t *handle) newestOwn(ctx context.Context, found *table.Snapshot) (limnograph.Snapshot, error) {
	for _, raw := range ancestry(t.meta, found) {
		whole, err := t.isWhole(ctx, &raw)
		if err != nil {
			return limnograph.Snapshot{}, err
		}
		if !whole {
			continue
		}
		read, err := t.snapshot(&raw)
		if err != nil || len(read.Properties) > 0 {
			return read, err
		}
	}
	if found == nil {
		return limnograph.Snapshot{}, nil
	}
	return t.snapshot(found)
}

// emptied returns metadata without snapshots, for a table that is here.
func (t *handle) emptied(from written) (table.Metadata, error) {
	location := t.store.disk.location("lake/" + t.name)
	if from.meta == nil {
		return newMetadata(limnograph.Schema{Table: t.name}, location)
	}
	meta, err := without(from, nil)
	if err != nil {
		return nil, err
	}
	b, err := table.MetadataBuilderFromBase(meta, "")
	if err != nil {
		return nil, err
	}
	if err := b.SetLoc(location); err != nil {
		return nil, err
	}
	return b.TrimMetadataLogs(0).Build()
}

// previous is the metadata that the next one names as the one before it. That of another directory has no place there:
// a foreign writer deletes the oldest that are named, wherever they are.
func (t *handle) previous() string {
	if t.checkHome(t.location) != nil {
		return ""
	}
	return t.location
}
