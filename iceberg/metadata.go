package iceberg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	ice "github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"limnograph"
)

// handle is one table. Its mutex is held by whoever uses it.
type handle struct {
	store *Store
	name  string

	mu       sync.Mutex
	repaired int    // states that CreateTable stepped back over, which nobody was told of yet
	location string // of the newest metadata that was read
	meta     table.Metadata
	newest   limnograph.Snapshot              // of meta, once somebody asked for it
	lists    map[string][]ice.ManifestFile    // manifest lists by location; all of this is immutable on disk
	files    map[string][]limnograph.DataFile // live files of manifests by location
}

// forget drops what was read.
func (t *handle) forget() {
	t.location, t.meta, t.newest = "", nil, limnograph.Snapshot{}
	t.lists, t.files = make(map[string][]ice.ManifestFile), make(map[string][]limnograph.DataFile)
}

func (t *handle) metadataDir() string { return "lake/" + t.name + "/metadata" }

func (t *handle) inMetadata(name string) string {
	return t.store.disk.location(t.metadataDir() + "/" + name)
}

// load reads the newest metadata, unless it is known and still there. Errors: CodeNotFound (table), CodeInternal (damaged),
// CodeInvalid (it is of another directory).
func (t *handle) load(ctx context.Context) error {
	location, err := t.store.pointers.get(ctx, t.name)
	if err != nil {
		return err
	}
	if location == t.location {
		return t.stillThere()
	}
	meta, err := t.readMetadata(location)
	if err != nil {
		return err
	}
	t.location, t.meta, t.newest = location, meta, limnograph.Snapshot{}
	return nil
}

// stillThere looks for the file of the metadata that is known: somebody may delete it at any time.
func (t *handle) stillThere() error {
	if _, err := os.Stat(t.store.disk.path(t.location)); err != nil {
		return t.damaged(t.location, err)
	}
	return nil
}

func (t *handle) readMetadata(location string) (table.Metadata, error) {
	if err := t.checkHome(location); err != nil {
		return nil, err
	}
	content, err := t.store.disk.read(location)
	if err != nil {
		return nil, t.damaged(location, err)
	}
	meta, err := table.ParseMetadataBytes(content)
	if err != nil {
		return nil, t.damaged(location, err)
	}
	if meta.Version() != 2 {
		return nil, fail(limnograph.CodeInvalid, "", fmt.Sprintf("table %s has Iceberg format version %d; this version reads and writes 2", t.name, meta.Version()), nil)
	}
	return meta, t.checkHome(meta.Location() + "/")
}

// errMoved says that metadata was written while the data directory was somewhere else: all paths in it are absolute.
var errMoved = errors.New("the data directory was moved")

// checkHome refuses metadata of another directory.
func (t *handle) checkHome(location string) error {
	home := t.store.disk.location("lake/" + t.name + "/")
	if strings.HasPrefix(t.store.disk.path(location), pathOf(home)) {
		return nil
	}
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Message: "the metadata of table " + t.name + " names " + pathOf(location) + ", outside " + t.store.disk.root, Err: errMoved,
		Hint: "start limno serve on the directory once; or delete its lake folder and rebuild it with limno rebuild",
	}
}

// damaged says that metadata can't be read. A file that is there but can't be opened for now is not damaged.
func (t *handle) damaged(location string, err error) error {
	if code := codeOf(err); code != limnograph.CodeInternal {
		return fail(code, "", "the metadata of table "+t.name, err)
	}
	return &limnograph.Error{
		Code: limnograph.CodeInternal, Message: "the metadata of table " + t.name + " is damaged: " + base(location), Err: err,
		Hint: "starting limno serve steps back to the newest intact state",
	}
}

func isDamaged(err error) bool { return limnograph.ErrorCode(err) == limnograph.CodeInternal }

// written is a metadata file that is durable, and that nothing points at yet.
type written struct {
	location string
	meta     table.Metadata
}

// writeMetadata writes metadata durably, together with the names of all other files in the folder.
func (t *handle) writeMetadata(meta table.Metadata, version int) (written, error) {
	content, err := t.encode(meta)
	if err != nil {
		return written{}, err
	}
	parsed, err := table.ParseMetadataBytes(content)
	if err != nil {
		return written{}, err
	}
	name, err := t.store.newName()
	if err != nil {
		return written{}, err
	}
	location := t.inMetadata(fmt.Sprintf("%05d-%s.metadata.json", version, name))
	if err := t.store.disk.write(location, content); err != nil {
		return written{}, err
	}
	return written{location, parsed}, t.store.disk.syncDir(t.metadataDir())
}

// encode writes metadata as JSON by the clock of the store: iceberg-go stamps some of it with its own.
func (t *handle) encode(meta table.Metadata) ([]byte, error) {
	content, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(content, &fields); err != nil {
		return nil, err
	}
	now := t.now()
	fields["last-updated-ms"] = strconv.AppendInt(nil, now, 10)
	var log []table.SnapshotLogEntry
	if err := json.Unmarshal(fields["snapshot-log"], &log); len(fields["snapshot-log"]) > 0 && err != nil {
		return nil, err
	}
	for i := range log {
		log[i].TimestampMs = min(log[i].TimestampMs, now)
	}
	if len(log) > 0 {
		if fields["snapshot-log"], err = json.Marshal(log); err != nil {
			return nil, err
		}
	}
	return json.Marshal(fields)
}

// now returns the time, never before the last change of the table, in milliseconds since the epoch.
func (t *handle) now() int64 {
	now := t.store.cfg.Now().UnixMilli()
	if t.meta != nil {
		now = max(now, t.meta.LastUpdatedMillis())
	}
	return now
}

// publish makes what was built the newest metadata. Errors: CodeConflict (somebody else was faster: nothing has changed).
func (t *handle) publish(ctx context.Context, b *table.MetadataBuilder) error {
	meta, err := b.Build()
	if err != nil {
		return err
	}
	w, err := t.writeMetadata(meta, versionOf(t.location)+1)
	if err != nil {
		return err
	}
	return t.point(ctx, w)
}

// point moves the pointer from the metadata that is known to new one.
func (t *handle) point(ctx context.Context, w written) error {
	moved, err := t.store.pointers.move(ctx, t.name, t.location, w.location)
	if err != nil {
		return err
	}
	if !moved {
		return fail(limnograph.CodeConflict, "", "another writer has changed table "+t.name+" meanwhile", nil)
	}
	before := t.meta
	t.location, t.meta, t.newest = w.location, w.meta, limnograph.Snapshot{}
	t.dropOld(before)
	return nil
}

// dropOld deletes metadata files that fell out of the log of versions. One that stays is deleted by Expire.
func (t *handle) dropOld(before table.Metadata) {
	if before == nil {
		return
	}
	for old := range before.PreviousFiles() {
		if !slices.ContainsFunc(slices.Collect(t.meta.PreviousFiles()), func(e table.MetadataLogEntry) bool { return e.MetadataFile == old.MetadataFile }) &&
			t.checkHome(old.MetadataFile) == nil {
			_ = t.store.disk.Remove(old.MetadataFile)
		}
	}
}

// versionOf returns the number in the name of a metadata file; -1 when it has none.
func versionOf(location string) int {
	digits := regexp.MustCompile(`^v?(\d+)[-.]`).FindStringSubmatch(path.Base(location))
	if digits == nil {
		return -1
	}
	n, err := strconv.Atoi(digits[1])
	if err != nil {
		return -1
	}
	return n
}
