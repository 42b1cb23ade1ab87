package columns

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"limnograph"
)

// chunkWriter writes the columns of row groups. Its slices are scratch.
//
// What a series says is looked up once for each series: its columns are written as a dictionary and indexes.
type chunkWriter struct {
	levels  []int16 // definition levels, 1: the value is there
	indexes []int32
	valid   []byte
	entry   []int32 // dictionary entry of each series, -1: NULL
	entries map[string]int32
	times   map[int64]int32
	doubles []float64
	seen    map[uint64]struct{}
	bools   []bool
	texts   []parquet.ByteArray
}

func newChunkWriter() *chunkWriter {
	return &chunkWriter{entries: map[string]int32{}, times: map[int64]int32{}, seen: map[uint64]struct{}{}}
}

// write writes the next column of the row group.
func (c *chunkWriter) write(rowGroup file.SerialRowGroupWriter, f field, g *group) error {
	column, err := rowGroup.NextColumn()
	if err != nil {
		return err
	}
	switch f.source {
	case fromTS:
		return c.writeTimes(column, g)
	case fromSID:
		return c.writeSIDs(column, g)
	case fromVersion:
		_, err := column.(*file.Int64ColumnChunkWriter).WriteBatch(g.version, nil, nil)
		return err
	case fromTotal:
		return c.writeTotals(column, g)
	case fromMax, fromMin, fromSum, fromCount:
		return c.writeDoubles(column, g, f.source)
	case fromStats:
		return c.writeStats(column, g)
	default:
		return c.writeTexts(column, f, g)
	}
}

// writeTexts writes a column whose values belong to the series.
func (c *chunkWriter) writeTexts(column file.ColumnChunkWriter, f field, g *group) error {
	clear(c.entries)
	c.entry = c.entry[:0]
	dictionary := array.NewStringBuilder(memory.DefaultAllocator)
	defer dictionary.Release()
	for _, s := range g.series {
		t := f.textOf(s)
		if !t.Valid {
			c.entry = append(c.entry, -1)
			continue
		}
		e, ok := c.entries[t.Value]
		if !ok {
			e = int32(len(c.entries))
			c.entries[t.Value] = e
			dictionary.Append(t.Value)
		}
		c.entry = append(c.entry, e)
	}
	values := dictionary.NewStringArray()
	defer values.Release()
	return c.writeEntries(column, f, values, g)
}

func (c *chunkWriter) writeSIDs(column file.ColumnChunkWriter, g *group) error {
	c.entry = c.entry[:0]
	dictionary := array.NewInt64Builder(memory.DefaultAllocator)
	defer dictionary.Release()
	for i, s := range g.series {
		c.entry = append(c.entry, int32(i))
		dictionary.Append(s.SID)
	}
	values := dictionary.NewInt64Array()
	defer values.Release()
	return c.writeEntries(column, field{Column: Column{Required: true}}, values, g)
}

// writeEntries writes the dictionary and, for each row, the entry of its series.
func (c *chunkWriter) writeEntries(column file.ColumnChunkWriter, f field, dictionary arrow.Array, g *group) error {
	n := g.len()
	c.indexes = slices.Grow(c.indexes[:0], n)[:n]
	for i, o := range g.ordinal {
		c.indexes[i] = c.entry[o]
	}
	if f.Required {
		return c.writeDictionary(column, dictionary, nil, 0)
	}
	nulls := c.setLevels(n, func(i int) bool { return c.indexes[i] >= 0 })
	return c.writeDictionary(column, dictionary, c.levels, nulls)
}

// setLevels computes definition levels and validity bits, and returns the number of NULLs.
func (c *chunkWriter) setLevels(n int, isThere func(row int) bool) int {
	c.levels = slices.Grow(c.levels[:0], n)[:n]
	c.valid = slices.Grow(c.valid[:0], (n+7)/8)[:(n+7)/8]
	clear(c.valid)
	nulls := 0
	for i := range n {
		if isThere(i) {
			c.levels[i] = 1
			bitutil.SetBit(c.valid, i)
		} else {
			c.levels[i] = 0
			nulls++
		}
	}
	return nulls
}

// dictionaryEncoder is what an encoder of the Parquet writer can do that is given its dictionary.
type dictionaryEncoder interface {
	PutDictionary(values arrow.Array) error
	NumEntries() int
}

// writeDictionary writes c.indexes into the dictionary. Every entry of it is in use, so it has the bounds of the column.
func (c *chunkWriter) writeDictionary(column file.ColumnChunkWriter, dictionary arrow.Array, levels []int16, nulls int) error {
	encoder, ok := column.CurrentEncoder().(dictionaryEncoder)
	if !ok {
		return fmt.Errorf("encoder %T takes no dictionary", column.CurrentEncoder())
	}
	if err := encoder.PutDictionary(dictionary); err != nil {
		return err
	}
	if encoder.NumEntries() != dictionary.Len() {
		return fmt.Errorf("dictionary has %d distinct entries of %d", encoder.NumEntries(), dictionary.Len())
	}
	if stats := column.PageStatistics(); stats != nil {
		stats.IncNulls(int64(nulls))
		stats.IncNumValues(int64(len(c.indexes) - nulls))
		if err := stats.UpdateFromArrow(dictionary, false); err != nil {
			return err
		}
	}
	indexes := c.indexArray(nulls)
	defer indexes.Release()
	return column.WriteDictIndices(indexes, levels, nil)
}

func (c *chunkWriter) indexArray(nulls int) arrow.Array {
	var valid *memory.Buffer
	if nulls > 0 {
		valid = memory.NewBufferBytes(c.valid)
	}
	buffers := []*memory.Buffer{valid, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.indexes))}
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(c.indexes), buffers, nil, nulls, 0)
	defer data.Release()
	return array.NewInt32Data(data)
}

// writeTimes writes ts: the few distinct times of a row group as a dictionary.
func (c *chunkWriter) writeTimes(column file.ColumnChunkWriter, g *group) error {
	clear(c.times)
	dictionary := array.NewInt64Builder(memory.DefaultAllocator)
	defer dictionary.Release()
	c.indexes = c.indexes[:0]
	for _, ts := range g.ts {
		e, ok := c.times[ts]
		if !ok {
			e = int32(len(c.times))
			c.times[ts] = e
			dictionary.Append(ts)
		}
		c.indexes = append(c.indexes, e)
	}
	values := dictionary.NewInt64Array()
	defer values.Release()
	return c.writeDictionary(column, values, nil, 0)
}

func (c *chunkWriter) writeTotals(column file.ColumnChunkWriter, g *group) error {
	c.bools = c.bools[:0]
	for _, o := range g.ordinal {
		c.bools = append(c.bools, g.series[o].IsTotal)
	}
	_, err := column.(*file.BooleanColumnChunkWriter).WriteBatch(c.bools, nil, nil)
	return err
}

// writeDoubles writes one of the four statistics.
func (c *chunkWriter) writeDoubles(column file.ColumnChunkWriter, g *group, s source) error {
	bit := uint8(limnograph.ReportedMax) << (s - fromMax)
	values := g.values[s-fromMax]
	c.levels = slices.Grow(c.levels[:0], len(values))[:len(values)]
	c.doubles = c.doubles[:0]
	for i, v := range values {
		c.levels[i] = 0
		if g.reported[i]&bit != 0 {
			c.levels[i] = 1
			c.doubles = append(c.doubles, v)
		}
	}
	if !c.areFew(c.doubles) {
		column.FallbackToPlain()
	}
	_, err := column.(*file.Float64ColumnChunkWriter).WriteBatch(c.doubles, c.levels, nil)
	return err
}

// fewDoubles is how many distinct numbers a row group may have to be written as a dictionary: plain, many repeated ones
// compress better, and reading them is cheaper.
const fewDoubles = 1 << 10

func (c *chunkWriter) areFew(values []float64) bool {
	clear(c.seen)
	var last uint64
	for i, v := range values {
		bits := math.Float64bits(v)
		if i > 0 && bits == last {
			continue
		}
		if last = bits; len(c.seen) <= fewDoubles {
			c.seen[bits] = struct{}{}
		} else {
			return false
		}
	}
	return len(c.seen) <= fewDoubles
}

func (c *chunkWriter) writeStats(column file.ColumnChunkWriter, g *group) error {
	c.levels = slices.Grow(c.levels[:0], g.len())[:g.len()]
	c.texts = c.texts[:0]
	clear(c.levels)
	for i, s := range g.stats {
		if s != "" {
			c.levels[i] = 1
			c.texts = append(c.texts, parquet.ByteArray(s))
		}
	}
	_, err := column.(*file.ByteArrayColumnChunkWriter).WriteBatch(c.texts, c.levels, nil)
	clear(c.texts)
	return err
}
