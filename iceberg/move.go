package iceberg

import (
	"context"
	"errors"
	"strings"

	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// movedFrom returns the data directory that the metadata of a table was written in, when it is not this one; else "". The
// pointer tells, or, when the catalog was lost and filled again, the newest metadata that can be read.
func (t *handle) movedFrom(pointer string) (string, error) {
	if t.checkHome(pointer) != nil {
		before, _, ok := strings.Cut(pathOf(pointer), "/"+t.metadataDir()+"/")
		if !ok {
			return "", t.checkHome(pointer)
		}
		return before, nil
	}
	candidates, err := t.candidates(pointer)
	if err != nil {
		return "", err
	}
	for _, location := range candidates {
		meta, err := t.readMetadata(location)
		if isDamaged(err) {
			continue
		}
		if !errors.Is(err, errMoved) {
			return "", err
		}
		before, ok := strings.CutSuffix(strings.TrimSuffix(pathOf(meta.Location()), "/"), "/lake/"+t.name)
		if !ok {
			return "", err
		}
		return before, nil
	}
	return "", nil
}

// comeHome writes a table anew whose metadata was written while the data directory was somewhere else. The newest intact
// snapshot of ours becomes the only one, with the same files, properties and field ids; when none is intact, the newest that
// can be read, without the files that are lost. What lies at the old place is not touched, which may be a copy that lives
// on. It reports how many states it went back.
func (t *handle) comeHome(ctx context.Context, pointer, before string) (steps int, err error) {
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
	if found != nil {
		return steps, t.replace(ctx, pointer, from, content)
	}
	if saved, content, err := there.salvaged(ctx, pointer); err != nil {
		return 0, err
	} else if len(content.Files) > 0 {
		return steps, t.replace(ctx, pointer, saved, content)
	}
	if t.meta, err = t.emptied(from); err != nil {
		return 0, err
	}
	return steps, t.restore(ctx, pointer, written{meta: t.meta}, nil)
}

// replace makes a state the only one of a table, with one metadata file: a crash leaves it done or not begun.
func (t *handle) replace(ctx context.Context, pointer string, from written, content limnograph.Snapshot) (err error) {
	if t.meta, err = t.emptied(from); err != nil {
		return err
	}
	t.location = pointer
	_, err = t.commit(ctx, 0, limnograph.TableChange{Add: content.Files, Properties: content.Properties})
	return err
}

// salvage makes the newest state that can be read the only one, without the files that are lost. It does nothing when
// there is no file left.
func (t *handle) salvage(ctx context.Context, pointer string) (done bool, err error) {
	from, content, err := t.salvaged(ctx, pointer)
	if err != nil || len(content.Files) == 0 {
		return false, err
	}
	if err := t.replace(ctx, pointer, from, content); err != nil {
		return false, err
	}
	return true, t.putAside()
}

// salvaged returns the newest snapshot of ours of which manifests and some files are there, with those files alone, and the
// metadata that leads to it. Its mark is empty: who fills the table must read all of landing again for what the lost files
// held.
func (t *handle) salvaged(ctx context.Context, pointer string) (from written, content limnograph.Snapshot, err error) {
	candidates, err := t.candidates(pointer)
	if err != nil {
		return written{}, limnograph.Snapshot{}, err
	}
	for _, location := range candidates {
		meta, err := t.readMetadata(location)
		if isDamaged(err) || errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return written{}, limnograph.Snapshot{}, err
		}
		t.meta = meta
		if content, err = t.salvagedFrom(ctx, history(meta)); err != nil || len(content.Files) > 0 {
			return written{location, meta}, content, err
		}
	}
	return written{}, limnograph.Snapshot{}, nil
}

func (t *handle) salvagedFrom(ctx context.Context, led []table.Snapshot) (limnograph.Snapshot, error) {
	for _, raw := range led {
		read, err := t.snapshot(&raw)
		if isDamaged(err) || err == nil && len(read.Properties) == 0 {
			continue
		}
		if err != nil {
			return limnograph.Snapshot{}, err
		}
		if read.Files, err = t.present(ctx, read.Files); err != nil || len(read.Files) > 0 {
			read.Properties[limnograph.MarkProperty] = ""
			return read, err
		}
	}
	return limnograph.Snapshot{}, nil
}

// present returns the files that are there in their full size.
func (t *handle) present(ctx context.Context, files []limnograph.DataFile) (there []limnograph.DataFile, err error) {
	for _, f := range files {
		size, err := t.sizeOf(ctx, f.Key)
		if err != nil {
			return nil, err
		}
		if size == f.Size {
			there = append(there, f)
		}
	}
	return there, nil
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
		return newMetadata(bareSchema(t.name), location)
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
