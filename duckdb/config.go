package duckdb

import (
	"cmp"
	"context"
	"path/filepath"
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
	if strings.ContainsAny(c.TempDir+c.landingRoot(), "*?\n") {
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

// landingRoot is the folder of all landing objects.
func (c Config) landingRoot() string {
	return filepath.Dir(c.Path(objectkey.MetricsPrefix + "x"))
}

// timeout returns the limit of a query: its own, but never more than the engine's.
func (c Config) timeout(q limnograph.Query) time.Duration {
	if q.Timeout <= 0 || q.Timeout > c.Timeout {
		return c.Timeout
	}
	return q.Timeout
}
