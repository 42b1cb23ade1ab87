package columns

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// recordWriter writes the columns of row groups of records, whose values were checked. Its slices are scratch.
type recordWriter struct {
	*chunkWriter
	values []any // of the column, nil: NULL
	longs  []int64
}

// writeColumn writes the next column of the row group, which has the place at in rows.
func (w *recordWriter) writeColumn(rowGroup file.SerialRowGroupWriter, c Column, at int, rows [][]any) error {
	column, err := rowGroup.NextColumn()
	if err != nil {
		return err
	}
	w.values = w.values[:0]
	for _, row := range rows {
		w.values = append(w.values, row[at])
	}
	defer clear(w.values)
	nulls := w.setLevels(len(w.values), func(row int) bool { return w.values[row] != nil })
	levels := w.levels
	if c.Required {
		levels = nil
	}
	switch c.Type {
	case Text:
		return w.writeTexts(column, levels, nulls)
	case Boolean:
		w.bools = there(w.bools[:0], w.values)
		_, err = column.(*file.BooleanColumnChunkWriter).WriteBatch(w.bools, levels, nil)
	case Double:
		err = w.writeDoubles(column, levels)
	default:
		err = w.writeLongs(column, c, levels)
	}
	return err
}

// there appends the values that are not NULL.
func there[T any](dst []T, values []any) []T {
	for _, v := range values {
		if v, ok := v.(T); ok {
			dst = append(dst, v)
		}
	}
	return dst
}

func (w *recordWriter) writeDoubles(column file.ColumnChunkWriter, levels []int16) error {
	w.doubles = there(w.doubles[:0], w.values)
	if !w.areFew(w.doubles) {
		column.FallbackToPlain()
	}
	_, err := column.(*file.Float64ColumnChunkWriter).WriteBatch(w.doubles, levels, nil)
	return err
}

func (w *recordWriter) writeLongs(column file.ColumnChunkWriter, c Column, levels []int16) error {
	w.longs = there(w.longs[:0], w.values)
	if c.Type == Timestamp {
		for i, v := range w.longs {
			w.longs[i] = v * 1000
		}
	}
	_, err := column.(*file.Int64ColumnChunkWriter).WriteBatch(w.longs, levels, nil)
	return err
}

// writeTexts writes few distinct texts as a dictionary and indexes, many as they are.
func (w *recordWriter) writeTexts(column file.ColumnChunkWriter, levels []int16, nulls int) error {
	dictionary := array.NewStringBuilder(memory.DefaultAllocator)
	defer dictionary.Release()
	clear(w.entries)
	if !w.enter(dictionary) {
		return w.writePlain(column, levels)
	}
	values := dictionary.NewStringArray()
	defer values.Release()
	return w.writeDictionary(column, values, levels, nulls)
}

// enter fills the dictionary and the index of each row in it; false: there are too many texts for one.
func (w *recordWriter) enter(dictionary *array.StringBuilder) bool {
	w.indexes = w.indexes[:0]
	most := max(fewDoubles, len(w.values)/2)
	last, entry := "", int32(-1)
	for _, v := range w.values {
		text, ok := v.(string)
		if !ok {
			w.indexes = append(w.indexes, -1)
			continue
		}
		if entry < 0 || text != last {
			if last, entry = text, w.entryOf(dictionary, text); len(w.entries) > most {
				return false
			}
		}
		w.indexes = append(w.indexes, entry)
	}
	return true
}

func (w *recordWriter) entryOf(dictionary *array.StringBuilder, text string) int32 {
	entry, ok := w.entries[text]
	if !ok {
		entry = int32(len(w.entries))
		w.entries[text] = entry
		dictionary.Append(text)
	}
	return entry
}

func (w *recordWriter) writePlain(column file.ColumnChunkWriter, levels []int16) error {
	column.FallbackToPlain()
	w.texts = w.texts[:0]
	for _, v := range w.values {
		if text, ok := v.(string); ok {
			w.texts = append(w.texts, parquet.ByteArray(text))
		}
	}
	defer clear(w.texts)
	_, err := column.(*file.ByteArrayColumnChunkWriter).WriteBatch(w.texts, levels, nil)
	return err
}
