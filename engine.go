package limnograph

import (
	"context"
	"time"
)

// Principal is who asks. Every read path takes one.
type Principal struct {
	Name  string
	Admin bool
	// Collects lets it have runs collected; unless it is Admin, it may do nothing else.
	Collects bool
}

// OnlyCollects reports whether it may have runs collected and nothing else.
func (p Principal) OnlyCollects() bool { return p.Collects && !p.Admin }

// Query is one read of the published tables.
type Query struct {
	Name   string         // panel name, or "sql" for a person's text; for the audit line
	SQL    string         // Trino dialect where the engine's shim reaches
	Params map[string]any // $name parameters of panels: string, int64, float64, bool, time.Time
	Range  TimeRange      // prunes the file set by datapoint time; zero reads all
	// Untrusted marks text written by a person: it is parsed, restricted to one SELECT over published names, and
	// gets no file or system functions. Panels leave it false.
	Untrusted bool
	Timeout   time.Duration // 0: the engine's limit; a longer one is cut to it
}

// Column describes a result column. Type is the engine's name for it, in upper case (VARCHAR, BIGINT, DOUBLE,
// BOOLEAN, TIMESTAMP WITH TIME ZONE, MAP(VARCHAR, DOUBLE)).
type Column struct {
	Name string
	Type string
}

// Rows is a result being read. It is not safe for concurrent use, and must be closed.
type Rows interface {
	Columns() []Column
	// Next returns the next row, or io.EOF. Values are nil, bool, int64, float64, string, []byte, time.Time (UTC),
	// map[string]any or []any; a decimal, a big integer, a date (2026-11-24) and a time of day come as string. The slice
	// is valid until the next call.
	Next() ([]any, error)
	Close() error
}

// Usage is what a query has read and what that is charged.
type Usage struct {
	BytesScanned int64   // bytes read from the objects, as the engine counts them
	CostUSD      float64 // estimate at the engine's list price; 0: no charge by query
}

// Metered is implemented by the Rows of engines that meter their work. The usage is final once Next has returned io.EOF.
type Metered interface {
	Usage() Usage
}

// Engine answers queries on one consistent file set each.
type Engine interface {
	// Query runs q for p. Errors: CodeInvalid (SQL, with the engine's position), CodeForbidden (name or function
	// outside the published ones), CodeTimeout, CodeUnavailable (memory or concurrency limit).
	Query(ctx context.Context, p Principal, q Query) (Rows, error)
}
