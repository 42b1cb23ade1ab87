package duckdb

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// Config holds what an Engine needs. Files, Path and TempDir are required.
type Config struct {
	Files func() *limnograph.FileSet // the newest published picture; each query takes one
	Path  func(key string) string    // the file of an object key
	// Hold returns the files of objects that are not all there, in their order, and what ends the hold once the query
	// has ended; it may take its time. nil: every object is at its Path. Each file must stand at the Path of its key.
	Hold func(ctx context.Context, files []limnograph.File) (paths []string, release func(), err error)
	// HoldData is told of the data files of curated tables before a query opens them, and returns what ends the hold once
	// the query has ended; it answers at once. They are all at their Path. nil: nobody needs to know.
	HoldData func(files []limnograph.DataFile) (release func())

	TempDir       string        // an existing folder for spilled data and exports; a folder of its own is made in it
	MemoryLimit   int64         // bytes that DuckDB may use over all queries; 0: 2 GiB
	Threads       int           // 0: one for each core
	Timeout       time.Duration // of one query, waiting and reading included; 0: 30 s
	MaxConcurrent int           // queries at a time, the others wait; 0: 4
}

const (
	defaultMemory = 2 << 30
	// spillFactor bounds the disk that large queries may use, as a multiple of the memory.
	spillFactor = 4
	// maxSQL bounds the text of a statement: longer ones nest deeper than a parser's stack is safe for.
	maxSQL = 100_000
)

func (c Config) withDefaults() (Config, error) {
	const op = "open engine"
	if c.Files == nil || c.Path == nil || c.TempDir == "" {
		return c, &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: "Files, Path and TempDir are required"}
	}
	dir, err := filepath.Abs(c.TempDir)
	if err != nil {
		return c, &limnograph.Error{Code: limnograph.CodeInternal, Op: op, Err: err}
	}
	c.TempDir = dir
	if strings.ContainsAny(strings.Join(append(slices.Collect(maps.Values(c.roots())), c.TempDir), ""), "*?\n") {
		return c, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: op, Message: "the path of the data directory holds *, ? or a line break",
			Hint: "move the data to a directory without them",
		}
	}
	c.MemoryLimit = cmp.Or(c.MemoryLimit, defaultMemory)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.MaxConcurrent = cmp.Or(c.MaxConcurrent, 4)
	return c, nil
}

// roots are the folders that DuckDB may read, by the keys that they stand for: the landing objects and the curated
// tables.
func (c Config) roots() map[string]string {
	return map[string]string{
		"landing/metrics": filepath.Dir(c.Path(objectkey.MetricsPrefix + "x")),
		"lake":            filepath.Dir(c.Path("lake/x")),
	}
}

// timeout returns the limit of a query: its own, but never more than the engine's.
func (c Config) timeout(q limnograph.Query) time.Duration {
	if q.Timeout <= 0 || q.Timeout > c.Timeout {
		return c.Timeout
	}
	return q.Timeout
}
