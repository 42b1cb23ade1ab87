package columns

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"limnograph"
)

// input is an open data file whose columns are found by field id.
type input struct {
	source  *tracked
	file    *file.Reader
	columns []int // index in the file of each column that is wanted, -1: the file lacks it
	rows    int64
}

// openInput opens a file and checks that it has the columns that are wanted.
func openInput(r io.ReaderAt, size int64, want []Column) (in *input, err error) {
	s := &tracked{ReaderAt: r}
	defer guard(s, &err)
	f, err := file.NewParquetReader(io.NewSectionReader(s, 0, size))
	if err != nil {
		return nil, s.invalid("it has no readable footer", err)
	}
	in = &input{source: s, file: f, rows: f.NumRows()}
	if in.columns, err = findColumns(f, want); err != nil {
		return nil, err
	}
	return in, checkGroups(f)
}

// checkGroups checks what all reading relies on.
func checkGroups(f *file.Reader) error {
	var rows int64
	for i := range f.NumRowGroups() {
		n := f.MetaData().RowGroup(i).NumRows()
		if n < 0 {
			return invalid(fmt.Sprintf("row group %d has %d rows", i, n), nil)
		}
		rows += n
	}
	if rows != f.NumRows() {
		return invalid(fmt.Sprintf("its row groups have %d rows, not %d", rows, f.NumRows()), nil)
	}
	return nil
}

func findColumns(f *file.Reader, all []Column) ([]int, error) {
	if err := checkVersion(f.MetaData().KeyValueMetadata().FindValue(layoutKey)); err != nil {
		return nil, err
	}
	byID := make(map[int]int)
	for i := range f.MetaData().Schema.NumColumns() {
		byID[int(f.MetaData().Schema.Column(i).SchemaNode().FieldID())] = i
	}
	columns := make([]int, len(all))
	for i, want := range all {
		at, ok := byID[want.ID]
		if !ok {
			at = -1
		}
		if err := checkColumn(f.MetaData().Schema, at, want); err != nil {
			return nil, err
		}
		columns[i] = at
	}
	return columns, nil
}

func checkVersion(version *string) error {
	if version == nil {
		return invalid("its metadata does not say "+layoutKey, nil)
	}
	if *version != layoutVersion() {
		return &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read data file", Message: fmt.Sprintf("it has layout %.20q, this release reads layout %d", *version, LayoutVersion),
			Hint: "use the release that wrote it",
		}
	}
	return nil
}

func checkColumn(s *schema.Schema, at int, want Column) error {
	if at < 0 {
		if want.Required {
			return invalid("it lacks the column "+want.Name, nil)
		}
		return nil
	}
	got := s.Column(at)
	node, ok := got.SchemaNode().(*schema.PrimitiveNode)
	if !ok || got.Path() != want.Name || node.PhysicalType() != physicalType(want.Type) ||
		node.RepetitionType() != repetition(want) || !node.LogicalType().Equals(logicalType(want.Type)) {
		return invalid(fmt.Sprintf("its column %s is not %s as field %d of this table", got.Path(), want.Name, want.ID), nil)
	}
	return nil
}

// tracked remembers the first error of the io.ReaderAt, to tell it from damage.
type tracked struct {
	io.ReaderAt
	err error
}

func (t *tracked) ReadAt(p []byte, off int64) (int, error) {
	n, err := t.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF && t.err == nil {
		t.err = err
	}
	return n, err
}

// invalid returns the error of the io.ReaderAt when there was one, else that of a damaged file.
func (t *tracked) invalid(message string, err error) error {
	if t.err != nil {
		return t.err
	}
	return invalid(message, err)
}

// guard turns a panic of the Parquet reader, which damaged files cause, into an error.
func guard(t *tracked, err *error) {
	if r := recover(); r != nil {
		*err = t.invalid(fmt.Sprintf("its content makes no sense: %v", r), nil)
	}
}
