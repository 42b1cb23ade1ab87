package limnograph

import (
	"context"
	"time"
)

// OtherTable takes the datapoints of namespaces that no schema definition names.
const OtherTable = "other_metrics"

// Schema is a schema definition: what a CloudWatch namespace becomes. It is read from a YAML file.
type Schema struct {
	Namespace  string              // CloudWatch namespace, exact spelling; empty for OtherTable and while unknown (a table found in landing)
	Table      string              // curated table name, such as glue_metrics
	Dimensions []PromotedDimension // dimensions that become columns of the flattening view
	Totals     []Dimension         // a series with one of these pairs is a total over its siblings (is_total)
	Extracts   []ExtractedColumn   // columns cut out of the metric name
	Retention  time.Duration       // how long landing keeps its objects; 0 for ever
	// TableRetention is how long the curated table keeps its datapoints, by their time, in whole days; 0 for ever.
	TableRetention time.Duration
	Projection     Projection // AWS only; the zero value registers partitions
	// Records makes the table a record table: then it has no namespace, no raw table and no view.
	Records *RecordLayout
}

// Projection lets Athena and Trino compute the partitions of the raw table instead of asking the catalogue for them
// (partition projection). Partitions of such a table are not registered.
type Projection struct {
	Senders []string // the senders whose partitions exist; empty: no projection
	Since   int      // first year of the data
}

// Enabled reports whether partitions are computed.
func (p Projection) Enabled() bool { return len(p.Senders) > 0 }

// RawTable is the published name of the table over landing JSON.
func (s Schema) RawTable() string { return "raw_" + s.Table }

// FlatView is the published name of the flattening view.
func (s Schema) FlatView() string { return "raw_" + s.Table + "_flat" }

// RawNames are the published names over landing JSON; a record table has none.
func (s Schema) RawNames() []string {
	if s.Records != nil {
		return nil
	}
	return []string{s.RawTable(), s.FlatView()}
}

// PromotedDimension makes a dimension a column.
type PromotedDimension struct{ Name, Column string }

// ExtractedColumn is a column taken from the metric name: the first group of Pattern (RE2), NULL without a match.
type ExtractedColumn struct{ Column, Pattern string }

// Partition names one arrival hour of one sender in a table.
type Partition struct {
	Sender string
	Hour   time.Time // UTC, truncated to the hour
}

// CatalogReader tells what is published.
type CatalogReader interface {
	// Tables lists the registered schemas, sorted by table name.
	Tables(ctx context.Context) ([]Schema, error)
	// Partitions lists the partitions of a table, sorted by hour, then sender. Errors: CodeNotFound (table).
	Partitions(ctx context.Context, table string) ([]Partition, error)
}

// CatalogWriter publishes tables and partitions. Both calls are idempotent and safe to run concurrently.
type CatalogWriter interface {
	// EnsureTable creates or updates the raw table and its flattening view, and reports whether it changed
	// anything. A table whose namespace was unknown takes the first one given. Columns are only ever added. Errors:
	// CodeInvalid (schema), CodeConflict (the table belongs to another namespace, or would lose or change a column).
	EnsureTable(ctx context.Context, s Schema) (changed bool, err error)
	// AddPartitions registers partitions and reports how many were not registered before; those that exist are left as
	// they are. After an error some may have been registered all the same. Errors: CodeNotFound (table).
	AddPartitions(ctx context.Context, table string, parts []Partition) (added int, err error)
}

// Catalog is the metadata of the published tables.
type Catalog interface {
	CatalogReader
	CatalogWriter
}

// ObjectLedger remembers which sealed objects have been catalogued, for reconciliation and for pruning.
type ObjectLedger interface {
	// Record remembers objects of a table; a known key is left as it is, unless its Lines were 0 and those of now
	// are not: then the bounds are filled in. Errors: CodeNotFound (table).
	Record(ctx context.Context, table string, objects []File) error
	// Objects lists all objects of a table in key order. Errors: CodeNotFound (table).
	Objects(ctx context.Context, table string) ([]File, error)
	// Forget drops objects that the store no longer holds; an unknown key is no error. Errors: CodeNotFound (table).
	Forget(ctx context.Context, table string, keys []string) error
}

// File is one sealed object of a registered partition.
type File struct {
	Key     string
	Size    int64
	Lines   int64 // 0: unknown
	MinTime int64 // datapoint timestamps, milliseconds since the epoch; meaningless when Lines is 0
	MaxTime int64
}

// Overlaps reports whether the file may hold datapoints in r.
func (f File) Overlaps(r TimeRange) bool {
	if f.Lines == 0 || r.IsZero() {
		return true
	}
	return f.MaxTime >= r.From.UnixMilli() && f.MinTime < r.To.UnixMilli()
}

// FileSet is an immutable picture of everything that readers may see. A query takes one and keeps it.
type FileSet struct {
	Version   uint64       // grows with every published change
	Published time.Time    // when this version was published
	Tables    []TableFiles // sorted by table name
}

// TableFiles are the files of one published table.
type TableFiles struct {
	Schema   Schema
	Files    []File    // landing objects, behind the raw names
	Snapshot *Snapshot // of the curated table, behind the name Schema.Table; nil: this mode has no curated tables
}

// TimeRange is a half-open interval [From, To) of datapoint timestamps. The zero value means all time.
type TimeRange struct{ From, To time.Time }

// IsZero reports whether the range is unrestricted.
func (r TimeRange) IsZero() bool { return r.From.IsZero() && r.To.IsZero() }
