package columns

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"limnograph"
)

// recordLayout is how the rows of a record table are stored: a row is a list of values in the order of its columns.
type recordLayout struct {
	table   string
	columns []Column
	key     []int // indexes of the key columns
	sorted  []string
}

// newRecordLayout returns the layout of a record table whose columns have the given field ids. Errors: CodeInvalid (s is of
// no record table, its first column is not ts, a column has no field id or no type, the key names no column).
func newRecordLayout(s limnograph.Schema, ids map[string]int) (*recordLayout, error) {
	if s.Records == nil {
		return nil, invalidLayout(s, "it is no record table", nil)
	}
	l := &recordLayout{table: s.Table, columns: recordColumns(s.Records), sorted: s.Records.Key}
	for i := range l.columns {
		c := &l.columns[i]
		if c.ID = ids[c.Name]; c.ID <= 0 {
			return nil, invalidLayout(s, "column "+c.Name+" has no field id", nil)
		}
		if c.Type == 0 {
			return nil, invalidLayout(s, "column "+c.Name+" has no type", nil)
		}
	}
	if !beginsWithTime(l.columns) {
		return nil, invalidLayout(s, "its first column is not ts, a time that is never NULL", nil)
	}
	for _, name := range l.sorted {
		at := slices.IndexFunc(l.columns, func(c Column) bool { return c.Name == name })
		if at < 0 {
			return nil, invalidLayout(s, "the key names "+name+", which is no column", nil)
		}
		l.key = append(l.key, at)
	}
	return l, nil
}

func beginsWithTime(columns []Column) bool {
	return len(columns) > 0 && columns[0].Name == "ts" && columns[0].Type == Timestamp && columns[0].Required
}

func recordColumns(records *limnograph.RecordLayout) []Column {
	all := make([]Column, len(records.Columns))
	for i, c := range records.Columns {
		all[i] = Column{ID: i + 1, Name: c.Name, Type: recordType(c.Type), Required: c.Required, Doc: c.Doc}
	}
	return all
}

// recordType is 0 for what is no type.
func recordType(t limnograph.ColumnType) Type {
	switch t {
	case limnograph.TextColumn:
		return Text
	case limnograph.LongColumn:
		return Long
	case limnograph.DoubleColumn:
		return Double
	case limnograph.BooleanColumn:
		return Boolean
	case limnograph.TimeColumn:
		return Timestamp
	default:
		return 0
	}
}

// check returns what rows hold, and where the row groups end that they are written in. Errors: CodeInvalid (a row has
// another number of values, a value another type, or none where one must be, or rows are not in the order of the key).
func (l *recordLayout) check(rows [][]any) (sum Summary, ends []int, err error) {
	text, begin := 0, 0
	for i, row := range rows {
		if i-begin == groupRows || text >= groupText {
			ends, begin, text = append(ends, i), i, 0
		}
		n, err := l.checkRow(i, row)
		if err != nil {
			return Summary{}, nil, err
		}
		if i > 0 && l.compare(rows[i-1], row) >= 0 {
			return Summary{}, nil, l.unwritable(i, "does not come behind the row before it, by the key")
		}
		text += n
		sum.add(row[0].(int64))
	}
	if len(rows) > 0 {
		ends = append(ends, len(rows))
	}
	return sum, ends, nil
}

// checkRow returns the bytes of text in a row.
func (l *recordLayout) checkRow(number int, row []any) (text int, err error) {
	if len(row) != len(l.columns) {
		return 0, l.unwritable(number, fmt.Sprintf("has %d values for %d columns", len(row), len(l.columns)))
	}
	for i := range l.columns {
		if problem := l.columns[i].problem(row[i]); problem != "" {
			return 0, l.unwritable(number, "column "+l.columns[i].Name+" "+problem)
		}
		if s, ok := row[i].(string); ok {
			text += len(s)
		}
	}
	return text, nil
}

// problem says why a value cannot be stored in a column; it never repeats the value.
func (c *Column) problem(v any) string {
	ok := false
	switch v := v.(type) {
	case nil:
		if c.Required {
			return "holds no value and is never NULL"
		}
		return ""
	case string:
		if ok = c.Type == Text; ok && !utf8.ValidString(v) {
			return "holds text that is no UTF-8"
		}
	case int64:
		if ok = c.Type == Long || c.Type == Timestamp; c.Type == Timestamp && (v > maxMillis || v < -maxMillis) {
			return "holds a time that does not fit into microseconds"
		}
	case float64:
		ok = c.Type == Double
	case bool:
		ok = c.Type == Boolean
	}
	if !ok {
		return fmt.Sprintf("holds a value of type %T", v)
	}
	return ""
}

func (l *recordLayout) unwritable(row int, problem string) error {
	return unwritable(fmt.Sprintf("row %d of table %s: %s", row, l.table, problem))
}

// add counts one more row.
func (s *Summary) add(ts int64) {
	if s.Rows++; s.Rows == 1 {
		s.MinTime, s.MaxTime = math.MaxInt64, math.MinInt64
	}
	s.MinTime, s.MaxTime = min(s.MinTime, ts), max(s.MaxTime, ts)
}
