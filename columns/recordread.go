package columns

import (
	"io"
	"math"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"limnograph"
)

// ReadRecords returns the rows of a file of size bytes, of the record table of a schema whose columns have the given field
// ids, in the order and form of WriteRecords. s may have some of the columns of the table only, with ts and the key among
// them: nothing else is read. Columns that the file lacks are nil. The rows are the caller's, also to change, and need r no
// longer. They share memory in batches of some thousands: who keeps one row of a file keeps its batch, unless the row is
// cloned; texts are shared between rows, never with r. Errors: CodeInvalid (s is of no record table, or the file is
// damaged or of another layout), those of the io.ReaderAt.
func ReadRecords(r io.ReaderAt, size int64, s limnograph.Schema, ids map[string]int) (rows [][]any, err error) {
	l, err := newRecordLayout(s, ids)
	if err != nil {
		return nil, err
	}
	in, err := openInput(r, size, l.columns)
	if err != nil {
		return nil, err
	}
	defer guard(in.source, &err)
	reader := newRecordReader(in, l)
	for i := range in.file.NumRowGroups() {
		if rows, err = reader.readGroup(i, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// recordReader reads row groups of records.
type recordReader struct {
	in      *input
	layout  *recordLayout
	columns []file.ColumnChunkReader // of the row group; nil: the file lacks it
	known   []boxes                  // of each column
	batch   scratch
}

func newRecordReader(in *input, l *recordLayout) *recordReader {
	n := min(in.rows, batchRows)
	return &recordReader{
		in: in, layout: l, columns: make([]file.ColumnChunkReader, len(l.columns)), known: make([]boxes, len(l.columns)),
		batch: scratch{make([]int64, n), make([]bool, n), make([]float64, n), make([]parquet.ByteArray, n), make([]int16, n)},
	}
}

func (r *recordReader) readGroup(index int, rows [][]any) ([][]any, error) {
	rowGroup := r.in.file.RowGroup(index)
	for i, at := range r.in.columns {
		if at < 0 {
			continue
		}
		c, err := r.in.openColumn(rowGroup, at)
		if err != nil {
			return nil, err
		}
		r.columns[i] = c
	}
	for left := rowGroup.NumRows(); left > 0; left -= batchRows {
		batch := newRows(int(min(left, batchRows)), len(r.columns))
		for i, c := range r.columns {
			if c == nil {
				continue
			}
			if err := r.readColumn(c, i, batch); err != nil {
				return nil, err
			}
		}
		rows = append(rows, batch...)
	}
	return rows, nil
}

// newRows returns n rows without values, in one piece of memory.
func newRows(n, width int) [][]any {
	all, rows := make([]any, n*width), make([][]any, n)
	for i := range rows {
		rows[i] = all[i*width : (i+1)*width : (i+1)*width]
	}
	return rows
}

func (r *recordReader) readColumn(c file.ColumnChunkReader, at int, rows [][]any) error {
	column := r.layout.columns[at]
	switch column.Type {
	case Text:
		known := &r.known[at]
		return r.in.texts(c, r.batch.texts[:len(rows)], r.batch.levels[:len(rows)], func(row int, value []byte) {
			rows[row][at] = known.text(value)
		})
	case Boolean:
		return readNumbers(r, c, at, rows, c.(*file.BooleanColumnChunkReader).ReadBatch, r.batch.bools, equal)
	case Double:
		return readNumbers(r, c, at, rows, c.(*file.Float64ColumnChunkReader).ReadBatch, r.batch.doubles, equalBits)
	default:
		return readNumbers(r, c, at, rows, r.longs(c, column.Type), r.batch.longs, equal)
	}
}

func equal[T comparable](a, b T) bool { return a == b }

func equalBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// readBatch reads the next values of a column, as those of the Parquet reader do.
type readBatch[T any] func(rows int64, values []T, levels, repetitions []int16) (n int64, there int, err error)

// longs reads a column of numbers, times as milliseconds.
func (r *recordReader) longs(c file.ColumnChunkReader, t Type) readBatch[int64] {
	read := c.(*file.Int64ColumnChunkReader).ReadBatch
	if t != Timestamp {
		return read
	}
	return func(rows int64, values []int64, levels, repetitions []int16) (n int64, there int, err error) {
		n, there, err = read(rows, values, levels, repetitions)
		for i, v := range values[:there] {
			values[i] = toMillis(v)
		}
		return n, there, err
	}
}

// readNumbers reads a column into its place in rows. Those of neighbours that are the same share one value.
func readNumbers[T any](r *recordReader, c file.ColumnChunkReader, at int, rows [][]any, read readBatch[T], values []T, same func(a, b T) bool) error {
	values = values[:len(rows)]
	if r.layout.columns[at].Required {
		if err := fill(r.in, c, read, values); err != nil {
			return err
		}
		box(rows, at, values, nil, same)
		return nil
	}
	levels := r.batch.levels[:len(rows)]
	n, err := fillOptional(r.in, c, read, values, levels)
	if err != nil {
		return err
	}
	if !box(rows, at, values[:n], levels, same) {
		return r.in.damaged(c, nil)
	}
	return nil
}

// box puts values into their place in rows: into all of them, or, with levels, into those that have one. It reports whether there were values enough.
func box[T any](rows [][]any, at int, values []T, levels []int16, same func(a, b T) bool) bool {
	next := 0
	var last any
	for i := range rows {
		if levels != nil && levels[i] == 0 {
			continue
		}
		if next == len(values) {
			return false
		}
		if last == nil || !same(values[next], values[next-1]) {
			last = values[next]
		}
		rows[i][at] = last
		next++
	}
	return true
}

// boxes keeps one value for each of the first texts of a column: most columns have few.
type boxes struct {
	known map[string]any
	last  string
	value any
}

// maxBoxes bounds the texts that are remembered for a column.
const maxBoxes = 1 << 10

func (b *boxes) text(text []byte) any {
	if b.value != nil && string(text) == b.last {
		return b.value
	}
	v, ok := b.known[string(text)]
	if !ok {
		v = b.add(string(text))
	}
	b.last, b.value = v.(string), v
	return v
}

func (b *boxes) add(text string) any {
	var v any = text
	if b.known == nil {
		b.known = make(map[string]any)
	}
	if len(b.known) < maxBoxes {
		b.known[text] = v
	}
	return v
}
