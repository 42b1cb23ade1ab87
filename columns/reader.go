package columns

import (
	"encoding/json"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"limnograph"
)

// Reader reads the rows of one Parquet file. It holds one row group.
type Reader struct {
	in      *input
	layout  *Layout
	next    int                      // row group
	left    int64                    // rows of the current one that were not read
	columns []file.ColumnChunkReader // of the current row group, for each field; nil: the file lacks it
	series  map[int64]*Series        // of the current row group
	strings shared                   // of the current row group
	rows    []Row
	fresh   []freshSeries // first seen in this batch
	batch   scratch
	err     error // of an earlier Next
}

// freshSeries is a series whose texts are read from the row that it came with.
type freshSeries struct {
	row    int
	series *Series
}

// scratch takes one column of one batch.
type scratch struct {
	longs   []int64
	bools   []bool
	doubles []float64
	texts   []parquet.ByteArray
	levels  []int16
}

// NewReader returns a reader of a file of size bytes. Columns that the file lacks are NULL. Errors: CodeInvalid (the
// file is damaged, or has another layout), those of the io.ReaderAt.
func NewReader(r io.ReaderAt, size int64, l *Layout) (*Reader, error) {
	in, err := openInput(r, size, l.Columns())
	if err != nil {
		return nil, err
	}
	n := min(in.rows, batchRows)
	return &Reader{
		in: in, layout: l, columns: make([]file.ColumnChunkReader, len(l.fields)), series: map[int64]*Series{}, strings: shared{},
		rows:  make([]Row, n),
		batch: scratch{make([]int64, n), make([]bool, n), make([]float64, n), make([]parquet.ByteArray, n), make([]int16, n)},
	}, nil
}

// Rows returns the number of rows of the file.
func (r *Reader) Rows() int64 { return r.in.rows }

// Next returns the next rows in the order of the file, and io.EOF behind the last one. The slice is valid until the
// next call; the series that it points to stay. Errors: as NewReader.
func (r *Reader) Next() ([]Row, error) {
	if r.err != nil {
		return nil, r.err
	}
	rows, err := r.read()
	if err != nil {
		r.end(err)
		return nil, err
	}
	return rows, nil
}

func (r *Reader) read() (rows []Row, err error) {
	defer guard(r.in.source, &err)
	for r.left == 0 {
		if r.next == r.in.file.NumRowGroups() {
			return nil, io.EOF
		}
		if err := r.openGroup(); err != nil {
			return nil, err
		}
	}
	r.forgetSeries()
	rows = r.rows[:min(r.left, batchRows)]
	if err := r.readSIDs(r.columns[r.layout.index(fromSID)], rows); err != nil {
		return nil, err
	}
	for i, f := range r.layout.fields {
		if err := r.readColumn(r.columns[i], f, rows); err != nil {
			return nil, err
		}
	}
	for _, f := range r.fresh {
		r.completeTexts(f.series)
		f.series.IsTotal = f.series.IsTotal || r.layout.marksTotal(f.series.Dimensions)
		f.series.hash = hashSeries(f.series)
	}
	r.left -= int64(len(rows))
	return rows, nil
}

// completeTexts gives a series of a file from before a column was added the value of that column, which follows from its
// dimensions or metric: so all rows of a series say the same, whatever file they come from.
func (r *Reader) completeTexts(s *Series) {
	var dimensions map[string]string
	for i, f := range r.layout.fields {
		if f.source != fromText || r.columns[i] != nil {
			continue
		}
		if f.text >= len(r.layout.schema.Dimensions) {
			s.Texts[f.text] = extract(r.layout.patterns[f.text-len(r.layout.schema.Dimensions)], s.MetricName)
			continue
		}
		if dimensions == nil && json.Unmarshal([]byte(s.Dimensions), &dimensions) != nil {
			return // no text that this package has written
		}
		value, ok := dimensions[r.layout.schema.Dimensions[f.text].Name]
		s.Texts[f.text] = NullText{value, ok}
	}
}

// end releases what reading needs; from now on Next returns err.
func (r *Reader) end(err error) {
	r.err, r.columns, r.series, r.strings, r.fresh = err, nil, nil, nil, nil
}

// openGroup opens the next row group. Series are remembered for one row group only, which bounds memory: rows of one
// series stand together.
func (r *Reader) openGroup() error {
	rowGroup := r.in.file.RowGroup(r.next)
	for i, column := range r.in.columns {
		if column < 0 {
			continue
		}
		c, err := r.in.openColumn(rowGroup, column)
		if err != nil {
			return err
		}
		r.columns[i] = c
	}
	clear(r.series)
	clear(r.strings)
	r.next, r.left = r.next+1, rowGroup.NumRows()
	return nil
}

// readSIDs begins the rows: it gives them their series, new or known.
func (r *Reader) readSIDs(c file.ColumnChunkReader, rows []Row) error {
	sids := r.batch.longs[:len(rows)]
	if err := r.in.longs(c, sids); err != nil {
		return err
	}
	r.fresh = r.fresh[:0]
	var last *Series
	for i, sid := range sids {
		if last == nil || last.SID != sid {
			last = r.seriesOf(sid, i)
		}
		rows[i] = Row{Series: last}
	}
	return nil
}

// maxSeries bounds the series that are remembered. Rows of one series stand together, so hardly one is read twice.
const maxSeries = 2 * batchRows

// forgetSeries keeps a row group in which each row has its own series from taking its memory for all of them.
func (r *Reader) forgetSeries() {
	if len(r.series) > maxSeries {
		clear(r.series)
		clear(r.strings)
	}
}

func (r *Reader) seriesOf(sid int64, row int) *Series {
	s, ok := r.series[sid]
	if !ok {
		s = &Series{SID: sid, Texts: make([]NullText, len(r.layout.texts))}
		r.series[sid] = s
		r.fresh = append(r.fresh, freshSeries{row, s})
	}
	return s
}

func (r *Reader) readColumn(c file.ColumnChunkReader, f field, rows []Row) error {
	if c == nil {
		return nil
	}
	switch f.source {
	case fromSID:
		return nil
	case fromTS, fromVersion:
		return r.readLongs(c, f.source, rows)
	case fromTotal:
		return r.readTotals(c, len(rows))
	case fromMax, fromMin, fromSum, fromCount:
		return r.readDoubles(c, f.source, rows)
	case fromStats:
		return r.readStats(c, rows)
	default:
		return r.readTexts(c, f, len(rows))
	}
}

func (r *Reader) readLongs(c file.ColumnChunkReader, s source, rows []Row) error {
	values := r.batch.longs[:len(rows)]
	if err := r.in.longs(c, values); err != nil {
		return err
	}
	for i, v := range values {
		if s == fromVersion {
			rows[i].Version = v
		} else {
			rows[i].TS = toMillis(v)
		}
	}
	return nil
}

func (r *Reader) readTotals(c file.ColumnChunkReader, n int) error {
	values := r.batch.bools[:n]
	if err := r.in.bools(c, values); err != nil {
		return err
	}
	for _, f := range r.fresh {
		f.series.IsTotal = values[f.row]
	}
	return nil
}

func (r *Reader) readDoubles(c file.ColumnChunkReader, s source, rows []Row) error {
	levels := r.batch.levels[:len(rows)]
	there, err := r.in.doubles(c, r.batch.doubles[:len(rows)], levels)
	if err != nil {
		return err
	}
	next := 0
	for i := range rows {
		if levels[i] == 0 {
			continue
		}
		if next == there {
			return r.in.damaged(c, nil)
		}
		setStatistic(&rows[i], s, r.batch.doubles[next])
		next++
	}
	return nil
}

func setStatistic(row *Row, s source, v float64) {
	row.Reported |= limnograph.ReportedMax << (s - fromMax)
	switch s {
	case fromMax:
		row.Max = v
	case fromMin:
		row.Min = v
	case fromSum:
		row.Sum = v
	default:
		row.Count = v
	}
}

func (r *Reader) readStats(c file.ColumnChunkReader, rows []Row) error {
	return r.in.texts(c, r.batch.texts[:len(rows)], r.batch.levels[:len(rows)], func(row int, value []byte) {
		rows[row].Stats, rows[row].Extra = string(value), countNames(value)
	})
}

// readTexts reads the texts of the series that are new in this batch.
func (r *Reader) readTexts(c file.ColumnChunkReader, f field, n int) error {
	fresh := r.fresh
	return r.in.texts(c, r.batch.texts[:n], r.batch.levels[:n], func(row int, value []byte) {
		for len(fresh) > 0 && fresh[0].row < row {
			fresh = fresh[1:] // NULL
		}
		if len(fresh) > 0 && fresh[0].row == row {
			f.setText(fresh[0].series, r.strings.bytes(value))
		}
	})
}

// Close releases what the reader holds. It does not close the io.ReaderAt.
func (r *Reader) Close() error {
	r.end(io.EOF)
	return nil
}

// toMillis is exact: no file of ours has less than milliseconds.
func toMillis(micros int64) int64 { return micros / 1000 }
