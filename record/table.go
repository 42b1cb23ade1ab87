package record

import (
	"slices"

	"limnograph"
)

// Table is the definition of a record table: its fields, how each is merged, and what is computed from them. It is
// immutable; make it once and pass it on.
type Table struct {
	name     string
	columns  []column       // those of the schema, in its order, and then the hidden ones
	visible  int            // how many are of the schema
	key      []int          // columns that name a row
	byNumber []int          // columns that are stored, by the number of their field
	byName   map[string]int // columns
	byLine   map[string]int // columns that stand in a line
	ts       func(*facts) int64
	rank     func(said) rank
}

// kind is the type of a column, and of the field of a line that it shows.
type kind uint8

const (
	text    = kind(limnograph.TextColumn)
	long    = kind(limnograph.LongColumn)
	double  = kind(limnograph.DoubleColumn)
	boolean = kind(limnograph.BooleanColumn)
	instant = kind(limnograph.TimeColumn)
	object  = kind(limnograph.TimeColumn) + 1 // JSON object of texts; its column is its text
)

// column is one line of a table's definition: a column, the field behind it, or both.
type column struct {
	name     string
	kind     kind
	doc      string
	required bool // never NULL
	key      bool
	hidden   bool // no column: a field that is kept in versions, or only ranks its statement

	number uint8  // of the field in versions: stable, never used again; 0: nothing is stored
	slot   uint8  // place in the roll-up, from 1; 0: no part of it
	line   string // name of the field in a line; "": not in a line
	must   bool   // a statement without it is refused
	rule   rule

	from   func(said) any   // the field's value where it is not just what stands in the line
	derive func(*facts) any // the column's value where it is not just the field's
}

func newTable(name string, columns []column) *Table {
	t := &Table{name: name, columns: columns, byName: map[string]int{}, byLine: map[string]int{}}
	for i, c := range columns {
		t.byName[c.name] = i
		if c.line != "" {
			t.byLine[c.line] = i
		}
		if c.number > 0 {
			t.byNumber = append(t.byNumber, i)
		}
		if c.key {
			t.key = append(t.key, i)
		}
		if !c.hidden {
			t.visible++
		}
	}
	slices.SortFunc(t.byNumber, func(a, b int) int { return int(columns[a].number) - int(columns[b].number) })
	return t
}

// Schema returns what others know of the table: its name and columns, and the columns that name a row.
func (t *Table) Schema() limnograph.Schema {
	layout := &limnograph.RecordLayout{Timeless: t.name == limnograph.JobsTable} // whose ts is always 0
	for _, c := range t.columns[:t.visible] {
		published := min(c.kind, object)
		if published == object {
			published = text
		}
		layout.Columns = append(layout.Columns, limnograph.RecordColumn{
			Name: c.name, Type: limnograph.ColumnType(published), Required: c.required, Doc: c.doc,
		})
		if c.key {
			layout.Key = append(layout.Key, c.name)
		}
	}
	return limnograph.Schema{Table: t.name, Records: layout}
}

// TableOf returns the record table of that name, nil when there is none.
func TableOf(name string) *Table {
	switch name {
	case limnograph.RunsTable:
		return Runs()
	case limnograph.JobsTable:
		return Jobs()
	case limnograph.RunErrorsTable:
		return Errors()
	}
	return nil
}

func timestamp(doc string) column {
	return column{name: "ts", kind: instant, required: true, doc: doc, derive: func(f *facts) any { return f.row.TS() }}
}

func keyColumn(name, doc string) column {
	return column{name: name, kind: text, required: true, key: true, line: name, must: true, doc: doc}
}

// stated is a field that has a column of its own name.
func stated(number uint8, name string, k kind, doc string) column {
	return column{name: name, number: number, kind: k, line: name, doc: doc}
}

// derived is a column that nobody states.
func derived(name string, k kind, derive func(*facts) any, doc string) column {
	return column{name: name, kind: k, derive: derive, doc: doc}
}

// metric is a column of the roll-up.
func metric(slot uint8, name string, k kind, doc string) column {
	return column{name: name, slot: slot, kind: k, doc: doc}
}

// ranking is a field that has no column and is not stored: it ranks its statement.
func ranking(name string, k kind, must bool, doc string) column {
	return column{name: name, kind: k, line: name, must: must, hidden: true, doc: doc}
}

func versionsColumn() column {
	return column{name: "versions", kind: text, doc: "technical: the ranks of the statements that the fields come from"}
}
