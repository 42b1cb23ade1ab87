package limnograph

import (
	"context"
	"io"
	"strconv"
	"time"
)

// DataFile is one immutable Parquet file of a curated table. All of its rows lie in one UTC day, its partition.
type DataFile struct {
	Key     string // in the object store, below lake/<table>/data/
	Size    int64  // bytes
	Rows    int64
	MinTime int64 // smallest and greatest ts, milliseconds since the epoch, both inclusive
	MaxTime int64
}

// Overlaps reports whether the file may hold rows in r.
func (f DataFile) Overlaps(r TimeRange) bool {
	return r.IsZero() || f.MaxTime >= r.From.UnixMilli() && f.MinTime < r.To.UnixMilli()
}

// Day returns the partition of the file.
func (f DataFile) Day() time.Time { return time.UnixMilli(f.MinTime).UTC().Truncate(24 * time.Hour) }

// Snapshot is one committed state of a curated table. It is immutable, and so are the files that it names.
type Snapshot struct {
	ID         int64             // 0: the table has none yet
	Committed  time.Time         // UTC
	Files      []DataFile        // all live files, in key order
	Properties map[string]string // what the committer wrote with it; names begin with PropertyPrefix
}

// PropertyPrefix begins the name of every snapshot property that is ours.
const PropertyPrefix = "limno."

// ArrivalProperty is the newest arrival of a batch that the snapshot covers, in milliseconds since the epoch.
const ArrivalProperty = PropertyPrefix + "arrival"

// MarkProperty tells up to where a snapshot covers what has landed; empty: all of landing is to be read again.
const MarkProperty = PropertyPrefix + "mark"

// Arrival returns the newest arrival of a batch that the snapshot covers; where it does not say so, when it was committed.
func (s *Snapshot) Arrival() time.Time {
	if ms, err := strconv.ParseInt(s.Properties[ArrivalProperty], 10, 64); err == nil && ms > 0 {
		return time.UnixMilli(ms).UTC()
	}
	return s.Committed
}

// TableChange turns a snapshot into the next one, in one step.
type TableChange struct {
	Add        []DataFile // stored and durable
	Remove     []DataFile // of the base
	Properties map[string]string
}

// SnapshotReader reads the states of curated tables.
type SnapshotReader interface {
	// Current returns the newest snapshot; the zero Snapshot when the table has none. Errors: CodeNotFound (table),
	// CodeInternal (its metadata is damaged; fs.ErrNotExist is in the chain when it is gone).
	Current(ctx context.Context, table string) (Snapshot, error)
	// History returns the retained snapshots that led to the newest one, which comes first. Errors: as Current.
	History(ctx context.Context, table string) ([]Snapshot, error)
}

// SnapshotWriter makes new states of curated tables.
type SnapshotWriter interface {
	// CreateTable creates the curated table of a schema, or adds the columns that it lacks, and returns the field id of
	// every column of the table. Errors: CodeConflict (a column has another type).
	CreateTable(ctx context.Context, s Schema) (fieldIDs map[string]int, err error)
	// Commit makes the change the newest snapshot, if base is the newest one until then, and returns it. Errors:
	// CodeConflict (base is not the newest one: nothing has changed), CodeInvalid (change: nothing has changed). After any
	// other error the change may have been committed or not: Current tells.
	Commit(ctx context.Context, table string, base int64, change TableChange) (Snapshot, error)
}

// SnapshotKeeper tends the history of curated tables. It never deletes a data file.
type SnapshotKeeper interface {
	// RollBack makes an earlier snapshot of the history the newest one. Errors: CodeNotFound.
	RollBack(ctx context.Context, table string, id int64) error
	// StepBack makes the newest intact state of a table current and durable, whatever a crash has left: one whose
	// metadata can be read and whose data files are all there. A process may have ended before its last commit was synced:
	// nobody may see that and lose it at a power cut. It reports how many states it went back; 0: the newest one is
	// intact. A table of which nothing is left intact becomes empty.
	StepBack(ctx context.Context, table string) (steps int, err error)
	// Expire forgets all but the newest keep snapshots, and removes metadata that is older than grace and that none of
	// those needs.
	Expire(ctx context.Context, table string, keep int, grace time.Duration) error
}

// SnapshotStore keeps the snapshots of curated tables: Iceberg on local files, or memory.
type SnapshotStore interface {
	SnapshotReader
	SnapshotWriter
	SnapshotKeeper
}

// ObjectAt is a stored object that is read at any offset.
type ObjectAt interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// RandomReader opens stored objects for reading at any offset.
type RandomReader interface {
	// OpenAt opens key. What was opened stays readable until it is closed, also when the object is deleted meanwhile.
	// Errors: CodeNotFound.
	OpenAt(ctx context.Context, key string) (ObjectAt, error)
}
