package columns

import (
	"regexp"
	"slices"
	"strings"

	"limnograph"
)

// LayoutVersion is the version of the stored layout that docs/format/lake.md describes.
const LayoutVersion = 1

// Type is the type of a column.
type Type uint8

// The types of columns.
const (
	Timestamp Type = iota + 1 // microseconds, UTC
	Text
	Boolean
	Double
	Long
)

// Column is one column of a curated table.
type Column struct {
	ID       int // Iceberg field id
	Name     string
	Type     Type
	Required bool // never NULL
	Doc      string
}

// ColumnsOf returns the columns of the curated table of a schema in their order, with the field ids 1 to n.
func ColumnsOf(s limnograph.Schema) []Column { //nolint:revive // Of alone says too little
	if s.Records != nil {
		return recordColumns(s.Records)
	}
	var all []Column
	for _, f := range fieldsOf(s) {
		f.ID = len(all) + 1
		all = append(all, f.Column)
	}
	return all
}

// SortColumnsOf returns the columns by which the files of the curated table of a schema are sorted, ascending and with NULL
// first, when its columns have the given field ids. Errors: CodeInvalid (a column has no field id, a pattern is no RE2
// expression with a group).
func SortColumnsOf(s limnograph.Schema, ids map[string]int) ([]string, error) {
	if s.Records != nil {
		return slices.Clone(s.Records.Key), nil
	}
	l, err := NewLayout(s, ids)
	if err != nil {
		return nil, err
	}
	return l.sortedBy(), nil
}

// Layout is how the rows of one curated table are stored. It is immutable.
type Layout struct {
	schema    limnograph.Schema
	fields    []field
	texts     []string         // columns of Series.Texts
	patterns  []*regexp.Regexp // of the extracted columns, which are the last of texts
	sortNames []string
	sortTexts []int // indexes in texts of the first sort columns
	totals    []string
}

// NewLayout returns the layout of the table of a schema whose columns have the given field ids. Errors: CodeInvalid (a
// column has no field id, a pattern is no RE2 expression with a group).
func NewLayout(s limnograph.Schema, ids map[string]int) (*Layout, error) {
	l := &Layout{schema: s, fields: fieldsOf(s), totals: totalPairs(s)}
	for i := range l.fields {
		f := &l.fields[i]
		if f.ID = ids[f.Name]; f.ID <= 0 {
			return nil, invalidLayout(s, "column "+f.Name+" has no field id", nil)
		}
		if f.source == fromText {
			l.texts = append(l.texts, f.Name)
		}
	}
	for _, e := range s.Extracts {
		p, err := regexp.Compile(e.Pattern)
		if err != nil || p.NumSubexp() == 0 {
			return nil, invalidLayout(s, "the pattern of column "+e.Column+" is no RE2 expression with a group", err)
		}
		l.patterns = append(l.patterns, p)
	}
	l.setSortOrder()
	return l, nil
}

func invalidLayout(s limnograph.Schema, message string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: "lay out table " + s.Table, Message: message, Err: err}
}

// setSortOrder takes the promoted dimensions by field id: their order in the definition may change. Those that were
// added to the table later, behind its last first column, stay out, so that files written before remain sorted.
func (l *Layout) setSortOrder() {
	dimensions := l.originalDimensions()
	slices.SortFunc(dimensions, func(a, b field) int { return a.ID - b.ID })
	jobs := slices.DeleteFunc(slices.Clone(dimensions), func(f field) bool { return f.Name != "job_name" && f.Name != "job_run_id" })
	if len(jobs) > 0 {
		dimensions = jobs
	}
	for _, f := range dimensions {
		l.sortNames = append(l.sortNames, f.Name)
		l.sortTexts = append(l.sortTexts, f.text)
	}
	l.sortNames = append(l.sortNames, "metric_name", "ts")
}

func (l *Layout) originalDimensions() []field {
	last := l.fields[len(l.fields)-1].ID
	var dimensions []field
	for _, f := range l.fields {
		if f.source == fromText && f.text < len(l.schema.Dimensions) && f.ID < last {
			dimensions = append(dimensions, f)
		}
	}
	return dimensions
}

// Columns returns the columns in their order.
func (l *Layout) Columns() []Column {
	all := make([]Column, len(l.fields))
	for i, f := range l.fields {
		all[i] = f.Column
	}
	return all
}

// Texts returns the names of the columns of Series.Texts.
func (l *Layout) Texts() []string { return slices.Clone(l.texts) }

// SortColumns returns the columns by which the rows of a file are sorted, ascending and with NULL first. Rows that are
// equal in these are sorted by sid.
func (l *Layout) SortColumns() []string { return slices.Clone(l.sortNames) }

// sortedBy are all columns that make the order of a file.
func (l *Layout) sortedBy() []string { return append(l.SortColumns(), "sid") }

// marksTotal reports whether the dimensions of a series, as JSON text, have a pair of a total. Further totals may come: rows
// of before are totals too, and stand with later ones of their series.
func (l *Layout) marksTotal(dimensions string) bool {
	return slices.ContainsFunc(l.totals, func(pair string) bool {
		return strings.Contains(dimensions, "{"+pair) || strings.Contains(dimensions, ","+pair) // whole names: a quote within one has a backslash
	})
}

// totalPairs are the pairs of totals as they stand in the JSON text of dimensions.
func totalPairs(s limnograph.Schema) (pairs []string) {
	for _, t := range s.Totals {
		text := appendDimensions(nil, []limnograph.Dimension{t})
		pairs = append(pairs, string(text[1:len(text)-1]))
	}
	return pairs
}

// index returns the place of a column that every table has.
func (l *Layout) index(s source) int {
	return slices.IndexFunc(l.fields, func(f field) bool { return f.source == s })
}
