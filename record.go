package limnograph

import "slices"

// The record tables. Their rows are records about things, made of the statements about each thing; those of other
// curated tables are datapoints.
const (
	RunsTable      = "job_runs"       // one row is one run
	JobsTable      = "jobs"           // one row is one job of the inventory
	RunErrorsTable = "job_run_errors" // one row is the error text of one run, kept apart for access control
)

// RecordTables lists the names of the record tables, sorted.
func RecordTables() []string { return []string{RunErrorsTable, RunsTable, JobsTable} }

// IsRecordTable reports whether a name is that of a record table.
func IsRecordTable(name string) bool { return slices.Contains(RecordTables(), name) }

// ColumnType is the type of a column of a record table.
type ColumnType uint8

// The types, with what stands for a value in Go; nil is NULL.
const (
	TextColumn    ColumnType = iota + 1 // string
	LongColumn                          // int64
	DoubleColumn                        // float64
	BooleanColumn                       // bool
	TimeColumn                          // int64, milliseconds since the epoch
)

// RecordColumn is a column of a record table. The first one of each table is ts.
type RecordColumn struct {
	Name     string
	Type     ColumnType
	Required bool // never NULL
	Doc      string
}

// RecordLayout tells the columns of a record table, and those by which its files are sorted, which name a row too.
type RecordLayout struct {
	Columns []RecordColumn
	Key     []string
	// Timeless says that ts tells nothing about when a row matters: no time range leaves out a file of the table.
	Timeless bool
}
