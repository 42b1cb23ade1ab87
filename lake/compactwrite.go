package lake

import (
	"context"
	"errors"

	"limnograph"
	"limnograph/columns"
)

// fileSplit writes sorted rows as one file after the other, each of about the same number of rows.
type fileSplit struct {
	*tableFiles
	at      span
	perFile int64
	out     *content
	writer  *columns.Writer
	rows    int64 // in the present file
	files   []limnograph.DataFile
}

// newFileSplit returns a split of about rows rows into files.
func (t *tableFiles) newFileSplit(at span, rows int64, files int) *fileSplit {
	return &fileSplit{tableFiles: t, at: at, perFile: max(1, (rows+int64(files)-1)/int64(files))}
}

// write appends rows.
func (s *fileSplit) write(ctx context.Context, rows []columns.Row) error {
	for len(rows) > 0 {
		if s.writer == nil {
			if err := s.begin(); err != nil {
				return err
			}
		}
		some := min(int64(len(rows)), s.perFile-s.rows)
		if err := s.writer.Write(rows[:some]); err != nil {
			return err
		}
		rows, s.rows = rows[some:], s.rows+some
		if s.rows == s.perFile {
			if err := s.end(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *fileSplit) begin() (err error) {
	s.out, s.rows = newContent(), 0
	s.writer, err = columns.NewWriter(s.out, s.layout)
	return err
}

// end stores the present file, if there is one.
func (s *fileSplit) end(ctx context.Context) error {
	if s.writer == nil {
		return nil
	}
	sum, err := s.writer.Close()
	out := s.out
	s.writer, s.out = nil, nil
	if err != nil {
		return err
	}
	f, err := s.putData(ctx, s.at, out, sum)
	if err == nil {
		s.files = append(s.files, f)
	}
	return err
}

// mergeFiles writes data files as at most outputs new ones, with the updates that win. It returns what was written also
// after an error.
func (t *tableFiles) mergeFiles(ctx context.Context, at span, files []limnograph.DataFile, outputs int, updates map[columns.Key]columns.Row) (made []limnograph.DataFile, merged int64, err error) {
	open, err := t.openAll(ctx, files)
	defer func() {
		for _, f := range open {
			err = errors.Join(err, f.Close())
		}
	}()
	if err != nil {
		return nil, 0, err
	}
	sources := make([]rowSource, len(open))
	for i, f := range open {
		sources[i] = f
	}
	merge, err := newRowMerge(t.layout, sources, updates)
	if err != nil {
		return nil, 0, err
	}
	split := t.newFileSplit(at, rowsOf(files), outputs)
	err = split.writeAll(ctx, merge)
	return split.files, merge.merged, err
}

// mergeRows is how many rows pass from the readers to the writer at a time.
const mergeRows = 2048

func (s *fileSplit) writeAll(ctx context.Context, m *rowMerge) error {
	rows := make([]columns.Row, 0, mergeRows)
	for {
		if err := ctx.Err(); err != nil {
			return &limnograph.Error{Code: limnograph.CodeTimeout, Op: "merge data files", Err: err}
		}
		some, err := m.next(rows)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			return s.end(ctx)
		}
		if err := s.write(ctx, some); err != nil {
			return err
		}
	}
}

// openAll opens files. What was opened is returned also after an error.
func (t *tableFiles) openAll(ctx context.Context, files []limnograph.DataFile) (open []*rowFile, err error) {
	for _, f := range files {
		r, err := t.open(ctx, f.Key)
		if err != nil {
			return open, err
		}
		open = append(open, r)
	}
	return open, nil
}
