package columns

import (
	"fmt"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// batchRows is the number of rows that are read at once.
const batchRows = 4 << 10

// openColumn opens a column of a row group.
func (in *input) openColumn(rowGroup *file.RowGroupReader, column int) (file.ColumnChunkReader, error) {
	c, err := rowGroup.Column(column)
	if err != nil {
		return nil, in.source.invalid("column "+in.name(column)+" cannot be opened", err)
	}
	return c, nil
}

func (in *input) name(column int) string { return in.file.MetaData().Schema.Column(column).Path() }

// damaged is the error of a column that ends early or cannot be decoded.
func (in *input) damaged(c file.ColumnChunkReader, err error) error {
	if err == nil {
		err = c.Err()
	}
	return in.source.invalid("column "+c.Descriptor().Path()+" is cut off or damaged", err)
}

// fill reads all of a required column's values for the next rows.
func fill[T any](in *input, c file.ColumnChunkReader, read func(int64, []T, []int16, []int16) (int64, int, error), values []T) error {
	for done := 0; done < len(values); {
		n, got, err := read(int64(len(values)-done), values[done:], nil, nil)
		if err != nil || got == 0 || int(n) != got {
			return in.damaged(c, err)
		}
		done += got
	}
	return nil
}

func (in *input) longs(c file.ColumnChunkReader, values []int64) error {
	return fill(in, c, c.(*file.Int64ColumnChunkReader).ReadBatch, values)
}

func (in *input) bools(c file.ColumnChunkReader, values []bool) error {
	return fill(in, c, c.(*file.BooleanColumnChunkReader).ReadBatch, values)
}

// doubles reads the next values of an optional column: those that are there, and a level for each row, 1: it is there.
func (in *input) doubles(c file.ColumnChunkReader, values []float64, levels []int16) (there int, err error) {
	return fillOptional(in, c, c.(*file.Float64ColumnChunkReader).ReadBatch, values, levels)
}

func fillOptional[T any](in *input, c file.ColumnChunkReader, read func(int64, []T, []int16, []int16) (int64, int, error), values []T, levels []int16) (there int, err error) {
	for done := 0; done < len(levels); {
		n, got, err := read(int64(len(levels)-done), values[there:], levels[done:], nil)
		if err != nil || n == 0 {
			return 0, in.damaged(c, err)
		}
		done, there = done+int(n), there+got
	}
	return there, nil
}

// texts yields the next rows of a text column that are there, in order: the row and its value, which is valid until
// yield returns. values and levels are scratch; they have the number of rows to read.
func (in *input) texts(c file.ColumnChunkReader, values []parquet.ByteArray, levels []int16, yield func(row int, value []byte)) error {
	optional := c.Descriptor().MaxDefinitionLevel() > 0
	if !optional {
		levels = nil
	}
	for done := 0; done < len(values); {
		n, got, err := c.(*file.ByteArrayColumnChunkReader).ReadBatchInPage(int64(len(values)-done), values, levels, nil)
		if err != nil || n == 0 {
			return in.damaged(c, err)
		}
		if err := yieldTexts(values[:got], levels, int(n), done, yield); err != nil {
			return in.damaged(c, err)
		}
		done += int(n)
	}
	return nil
}

func yieldTexts(values []parquet.ByteArray, levels []int16, n, first int, yield func(row int, value []byte)) error {
	next := 0
	for i := range n {
		if levels != nil && levels[i] == 0 {
			continue
		}
		if next == len(values) {
			return fmt.Errorf("%d values are fewer than its levels say", next)
		}
		yield(first+i, values[next])
		next++
	}
	return nil
}
