package columns

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
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

// parquetSchema returns the schema of the files with the given columns.
func parquetSchema(columns []Column) (*schema.GroupNode, error) {
	nodes := make(schema.FieldList, len(columns))
	for i, c := range columns {
		node, err := schema.NewPrimitiveNodeLogical(c.Name, repetition(c), logicalType(c.Type), physicalType(c.Type), -1, int32(c.ID))
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
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

// newFile begins a file with the given columns, sorted by some of them, which are named.
func newFile(s *sink, columns []Column, sortedBy []string, options ...parquet.WriterProperty) (*file.Writer, error) {
	root, err := parquetSchema(columns)
	if err != nil {
		return nil, fmt.Errorf("make schema of data file: %w", err)
	}
	meta := metadata.NewKeyValueMetadata()
	if err := meta.Append(layoutKey, layoutVersion()); err != nil {
		return nil, fmt.Errorf("make metadata of data file: %w", err)
	}
	settings := parquet.NewWriterProperties(append(properties(columns, sortedBy), options...)...)
	f, err := file.NewParquetWriterWithError(s, root, file.WithWriterProps(settings), file.WithWriteMetadata(meta))
	if err != nil {
		return nil, s.cause(err)
	}
	return f, nil
}

// properties are the settings of all files. Encodings are those that DuckDB, Trino and Arrow all read.
func properties(columns []Column, sortedBy []string) []parquet.WriterProperty {
	return []parquet.WriterProperty{
		parquet.WithCreatedBy(createdBy),
		parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithDataPageVersion(parquet.DataPageV1),
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(zstdLevel),
		parquet.WithMaxRowGroupLength(groupRows),
		parquet.WithDataPageSize(pageBytes),
		parquet.WithDictionaryPageSizeLimit(pageBytes),
		parquet.WithBatchSize(groupRows),
		parquet.WithSortingColumns(sortingColumns(columns, sortedBy)),
	}
}

// datapointProperties are the settings of files of datapoints beyond those of all files.
func datapointProperties() []parquet.WriterProperty {
	return []parquet.WriterProperty{
		parquet.WithDictionaryFor("version", false), parquet.WithEncodingFor("version", parquet.Encodings.DeltaBinaryPacked),
		parquet.WithDictionaryFor("is_total", false),
	}
}

func sortingColumns(columns []Column, sortedBy []string) []parquet.SortingColumn {
	var all []parquet.SortingColumn
	for _, name := range sortedBy {
		for i, c := range columns {
			if c.Name == name {
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
