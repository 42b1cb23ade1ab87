package columns

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/parquet/file"

	"limnograph"
)

// Summary is what a written file holds.
type Summary struct {
	Rows    int64
	MinTime int64 // smallest and greatest ts, milliseconds since the epoch
	MaxTime int64
}

// maxMillis is the greatest distance from the epoch that microseconds can say.
const maxMillis = math.MaxInt64 / 1000

// Writer writes one Parquet file. It buffers one row group. Equal rows make equal bytes.
type Writer struct {
	layout *Layout
	sink   *sink
	file   *file.Writer
	group  *group
	chunks *chunkWriter
	last   Row
	sum    Summary
	err    error // of an earlier call
}

// NewWriter returns a writer of a file with the rows of a layout. Errors: those of the io.Writer.
func NewWriter(w io.Writer, l *Layout) (*Writer, error) {
	s := &sink{w: w}
	f, err := newFile(s, l.Columns(), l.sortedBy(), datapointProperties()...)
	if err != nil {
		return nil, err
	}
	return &Writer{
		layout: l, sink: s, file: f, group: newGroup(), chunks: newChunkWriter(),
		sum: Summary{MinTime: math.MaxInt64, MaxTime: math.MinInt64},
	}, nil
}

// Write appends rows, which the caller may use again afterwards. Errors: CodeInvalid (rows are not in the sort order,
// over all calls, or a timestamp does not fit), those of the io.Writer. After an error nothing more can be written.
func (w *Writer) Write(rows []Row) error {
	w.group.grow(len(rows))
	for i := range rows {
		if w.err != nil {
			return w.err
		}
		w.err = w.add(&rows[i])
	}
	return w.err
}

func (w *Writer) add(r *Row) error {
	if r.TS > maxMillis || r.TS < -maxMillis {
		return unwritable(fmt.Sprintf("timestamp %d of metric %q does not fit into microseconds", r.TS, r.Series.MetricName))
	}
	if w.last.Series != nil {
		if err := w.checkOrder(r); err != nil {
			return err
		}
	}
	w.last = *r
	w.sum.Rows++
	w.sum.MinTime, w.sum.MaxTime = min(w.sum.MinTime, r.TS), max(w.sum.MaxTime, r.TS)
	w.group.add(r)
	if w.group.isFull() {
		return w.flush()
	}
	return nil
}

func (w *Writer) checkOrder(r *Row) error {
	c := w.layout.Compare(&w.last, r)
	if c < 0 || c == 0 && w.last.Version <= r.Version {
		return nil
	}
	return unwritable(fmt.Sprintf("row %d (metric %q at %d) comes before the row that was written last", w.sum.Rows, r.Series.MetricName, r.TS))
}

func unwritable(message string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "write data file", Message: message}
}

// flush writes the row group.
func (w *Writer) flush() (err error) {
	defer func() {
		if r := recover(); r != nil { // the Parquet writer panics on some errors of the sink
			err = w.sink.cause(fmt.Errorf("write row group: %v", r))
		}
	}()
	rowGroup, err := w.file.AppendRowGroupChecked()
	if err != nil {
		return w.sink.cause(err)
	}
	for _, f := range w.layout.fields {
		if err := w.chunks.write(rowGroup, f, w.group); err != nil {
			return w.sink.cause(fmt.Errorf("write column %s: %w", f.Name, err))
		}
	}
	if err := rowGroup.Close(); err != nil {
		return w.sink.cause(err)
	}
	w.group.reset()
	return nil
}

// Close completes the file and returns what it holds; MinTime and MaxTime are 0 without rows. It does not close the
// io.Writer. Errors: that of an earlier Write, those of the io.Writer.
func (w *Writer) Close() (Summary, error) {
	if w.err == nil && w.group.len() > 0 {
		w.err = w.flush()
	}
	if w.err == nil {
		w.err = w.finish()
	}
	if w.err != nil {
		return Summary{}, w.err
	}
	if w.sum.Rows == 0 {
		return Summary{}, nil
	}
	return w.sum, nil
}

func (w *Writer) finish() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = w.sink.cause(fmt.Errorf("write footer: %v", r))
		}
	}()
	if err := w.file.Close(); err != nil {
		return w.sink.cause(err)
	}
	return nil
}

// sink hides what else the io.Writer can do, so that nobody closes it, and remembers its first error: the Parquet
// writer wraps some of them in text only.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	s.err = err
	return n, err
}

// cause returns the error of the io.Writer when there was one, else err.
func (s *sink) cause(err error) error {
	if s.err != nil {
		return s.err
	}
	return err
}
