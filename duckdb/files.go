package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"limnograph"
	"limnograph/objectkey"
)

// How far a datapoint's time may lie from the arrival of its object: what is stamped otherwise is no measurement, and
// enters no curated table either.
const (
	latest   = 15 * 24 * time.Hour // after its time
	earliest = 2 * time.Hour       // before its time
)

// filesOf lists the files of a table that may hold datapoints of a range, in key order.
func filesOf(t limnograph.TableFiles, r limnograph.TimeRange) []limnograph.File {
	files := make([]limnograph.File, 0, len(t.Files))
	for _, f := range t.Files {
		if mayHold(f, r) {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b limnograph.File) int { return cmp.Compare(a.Key, b.Key) })
	return files
}

// mayHold reports whether a file may hold datapoints of a range: by its time bounds, or, while they are unknown, by the
// arrival that its key tells.
func mayHold(f limnograph.File, r limnograph.TimeRange) bool {
	if f.Lines != 0 || r.IsZero() {
		return f.Overlaps(r)
	}
	arrival, known := objectkey.ArrivalOf(f.Key)
	return !known || !arrival.Before(r.From.Add(-earliest)) && !arrival.After(r.To.Add(latest))
}

// need is what a query reads of one table.
type need struct {
	table string
	files []limnograph.File
}

// setFiles gives the session the files of its tables. All of them are held in one step: two queries that hold one table
// each could wait for the other's.
func (s *session) setFiles(needs []need) error {
	var all []limnograph.File
	for _, n := range needs {
		all = append(all, n.files...)
	}
	paths, release, err := s.engine.hold(s.ctx, all)
	if err != nil {
		return err
	}
	s.releases = append(s.releases, release)
	for _, n := range needs {
		own := paths[:len(n.files):len(n.files)]
		paths = paths[len(n.files):]
		if len(own) == 0 {
			own = []string{s.engine.scratch.empty}
		}
		if err := setFiles(s.ctx, s.conn, filesVariable(n.table), own); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) hold(ctx context.Context, files []limnograph.File) (paths []string, release func(), err error) {
	if e.cfg.Hold != nil {
		return e.cfg.Hold(ctx, files)
	}
	paths = make([]string, len(files))
	for i, f := range files {
		paths[i] = e.cfg.Path(f.Key)
	}
	return paths, func() {}, nil
}

// setFiles hands a file list to a view in this session, by the variable that it reads. A text that DuckDB splits takes a twentieth of
// the time of a list literal; no path has a line break (see Config).
func setFiles(ctx context.Context, conn *sql.Conn, variable string, paths []string) error {
	_, err := conn.ExecContext(ctx, "SET VARIABLE "+identifier(variable)+" = string_split(CAST($1 AS VARCHAR), chr(10))",
		strings.Join(paths, "\n"))
	return err
}
