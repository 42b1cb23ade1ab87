package columns

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"limnograph"
)

const (
	// layoutKey is the name of the file's metadata that holds the layout version.
	layoutKey = "limno.layout"
	createdBy = "limnograph version 1"
	zstdLevel = 3
)

// groupRows is the number of rows of a row group; one with much text ends earlier, at groupText bytes of it.
const (
	groupRows = 64 << 10
	groupText = 16 << 20
)

// pageBytes keeps a column chunk of numbers in one page.
const pageBytes = 8*groupRows + 1

// parquetSchema returns the schema of the files of a layout.
func (l *Layout) parquetSchema() (*schema.GroupNode, error) {
	nodes := make(schema.FieldList, len(l.fields))
	for i, f := range l.fields {
		node, err := schema.NewPrimitiveNodeLogical(f.Name, repetition(f.Column), logicalType(f.Type), physicalType(f.Type), -1, int32(f.ID))
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		nodes[i] = node
	}
	return schema.NewGroupNode("table", parquet.Repetitions.Required, nodes, -1)
}

func repetition(c Column) parquet.Repetition {
	if c.Required {
		return parquet.Repetitions.Required
	}
	return parquet.Repetitions.Optional
}

func physicalType(t Type) parquet.Type {
	switch t {
	case Text:
		return parquet.Types.ByteArray
	case Boolean:
		return parquet.Types.Boolean
	case Double:
		return parquet.Types.Double
	default:
		return parquet.Types.Int64
	}
}

func logicalType(t Type) schema.LogicalType {
	switch t {
	case Timestamp:
		return schema.NewTimestampLogicalType(true, schema.TimeUnitMicros)
	case Text:
		return schema.StringLogicalType{}
	default:
		return schema.NoLogicalType{}
	}
}

// properties are the settings of the files of a layout. Encodings are those that DuckDB, Trino and Arrow all read.
func (l *Layout) properties() *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithCreatedBy(createdBy),
		parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(zstdLevel),
		parquet.WithMaxRowGroupLength(groupRows),
		parquet.WithDataPageSize(pageBytes),
		parquet.WithDictionaryPageSizeLimit(pageBytes),
		parquet.WithBatchSize(groupRows),
		parquet.WithSortingColumns(l.sortingColumns()),
	}
	for _, name := range [...]string{"version"} {
		options = append(options, parquet.WithDictionaryFor(name, false), parquet.WithEncodingFor(name, parquet.Encodings.DeltaBinaryPacked))
	}
	options = append(options, parquet.WithDictionaryFor("is_total", false))
	return parquet.NewWriterProperties(options...)
}

func (l *Layout) sortingColumns() []parquet.SortingColumn {
	var all []parquet.SortingColumn
	for _, name := range append(l.SortColumns(), "sid") {
		for i, f := range l.fields {
			if f.Name == name {
				all = append(all, parquet.SortingColumn{ColumnIdx: int32(i), NullsFirst: true})
			}
		}
	}
	return all
}

func layoutVersion() string { return strconv.Itoa(LayoutVersion) }

// invalid is the error of a file that cannot be read.
func invalid(message string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "read data file", Message: message, Err: err,
		Hint: "the file is damaged or not of this table: go back to a snapshot that does not name it",
	}
}
