package columns

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"limnograph"
)

// WriteRecords writes one Parquet file with rows of the record table of a schema whose columns have the given field ids. A
// row has a value for each column of s.Records, in that order: string, int64, float64, bool or nil, times as milliseconds
// since the epoch. Rows are in the order of the key, each key once. Nothing is written unless all of them are right. Equal
// rows make equal bytes. It neither changes nor keeps the rows, and does not close the io.Writer. Errors: CodeInvalid (s is of
// no record table, a row is wrong or out of order: the message says which, and in what column), those of the io.Writer.
func WriteRecords(w io.Writer, s limnograph.Schema, ids map[string]int, rows [][]any) (Summary, error) {
	l, err := newRecordLayout(s, ids)
	if err != nil {
		return Summary{}, err
	}
	sum, ends, err := l.check(rows)
	if err != nil {
		return Summary{}, err
	}
	if err := l.write(&sink{w: w}, rows, ends); err != nil {
		return Summary{}, err
	}
	return sum, nil
}

func (l *recordLayout) write(s *sink, rows [][]any, ends []int) (err error) {
	defer func() {
		if r := recover(); r != nil { // the Parquet writer panics on some errors of the sink
			err = s.cause(fmt.Errorf("write data file: %v", r))
		}
	}()
	f, err := newFile(s, l.columns, l.sorted, l.encodings()...)
	if err != nil {
		return err
	}
	chunks := &recordWriter{chunkWriter: newChunkWriter(), values: make([]any, 0, min(len(rows), groupRows))}
	begin := 0
	for _, end := range ends {
		if err := l.writeGroup(f, chunks, rows[begin:end]); err != nil {
			return s.cause(err)
		}
		begin = end
	}
	if err := f.Close(); err != nil {
		return s.cause(err)
	}
	return nil
}

// encodings are those of columns that have no dictionary: booleans, and whole numbers, whose neighbours are near.
func (l *recordLayout) encodings() (options []parquet.WriterProperty) {
	for _, c := range l.columns {
		switch c.Type {
		case Boolean:
			options = append(options, parquet.WithDictionaryFor(c.Name, false))
		case Long, Timestamp:
			options = append(options, parquet.WithDictionaryFor(c.Name, false), parquet.WithEncodingFor(c.Name, parquet.Encodings.DeltaBinaryPacked))
		}
	}
	return options
}

func (l *recordLayout) writeGroup(f *file.Writer, chunks *recordWriter, rows [][]any) error {
	rowGroup, err := f.AppendRowGroupChecked()
	if err != nil {
		return err
	}
	for i, c := range l.columns {
		if err := chunks.writeColumn(rowGroup, c, i, rows); err != nil {
			return fmt.Errorf("write column %s: %w", c.Name, err)
		}
	}
	return rowGroup.Close()
}
