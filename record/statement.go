package record

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"limnograph"
)

// Key is a hash of what names a row: its key columns.
type Key [16]byte

func keyOf(id []string) (k Key) {
	var b []byte
	for _, part := range id {
		b = strconv.AppendInt(b, int64(len(part)), 10)
		b = append(append(append(b, ':'), part...), ',')
	}
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}

// Statement is what one line says about one run, job or error.
type Statement struct {
	key   Key
	id    []string // values of the key columns
	cells []cell
}

// Key names the row that the statement is about.
func (s *Statement) Key() Key { return s.key }

// Parse reads one line of the table; position is the one that landing gave it. Unknown fields and those that are null
// are as if they were absent. Errors: CodeInvalid (no JSON object, a field of another type or out of its range, or one
// that every statement needs is missing).
func (t *Table) Parse(line []byte, position int64) (Statement, error) {
	values := said{t, make([]any, len(t.columns))}
	err := eachMember(string(line), values.read)
	if err == nil {
		err = values.complete()
	}
	if err != nil {
		return Statement{}, &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read record", Message: t.name, Err: err}
	}
	s := Statement{id: values.id(), cells: values.cells(position)}
	s.key = keyOf(s.id)
	return s, nil
}

// said holds what a line says, by column.
type said struct {
	table  *Table
	values []any
}

func (s said) read(name, value string) error {
	i, known := s.table.byLine[name]
	if !known {
		return nil
	}
	if value == "null" {
		s.values[i] = nil
		return nil
	}
	decoded, err := decode(s.table.columns[i].kind, value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.values[i] = decoded
	return nil
}

// complete checks that nothing is missing that every statement has.
func (s said) complete() error {
	for i := range s.table.columns {
		c := &s.table.columns[i]
		if c.must && isEmpty(s.values[i]) {
			return fmt.Errorf("%s is missing", c.line)
		}
		if limit := c.limit(); limit > 0 {
			if text, _ := s.values[i].(string); len(text) > limit {
				return fmt.Errorf("%s has more than %d bytes", c.line, limit)
			}
		}
	}
	switch source := s.text("source"); limnograph.RunSource(source) {
	case limnograph.FromAPI, limnograph.FromEvent, "":
		return nil
	}
	return errors.New("source is neither api nor event")
}

func (s said) id() (id []string) {
	for _, i := range s.table.key {
		id = append(id, s.values[i].(string))
	}
	return id
}

// cells returns the stored fields that the line reports.
func (s said) cells(position int64) []cell {
	cells := make([]cell, 0, len(s.table.byNumber))
	r := s.table.rank(s)
	r.position = position
	plain := rank{observed: r.observed, position: position}
	for _, i := range s.table.byNumber {
		c := &s.table.columns[i]
		value := s.values[i]
		if c.from != nil {
			value = c.from(s)
		}
		if isEmpty(value) {
			continue
		}
		stated := cell{number: c.number, rule: c.rule, value: value}
		switch c.rule {
		case ranked:
			stated.rank = &r
		case byTime:
			stated.rank = &plain
		}
		cells = append(cells, stated)
	}
	return cells
}

// isEmpty reports whether a value is none: nil or an empty text.
func isEmpty(value any) bool {
	text, ok := value.(string)
	return value == nil || ok && text == ""
}

// text and time return what the line says in a field; "" and false: nothing.
func (s said) text(field string) string {
	if i, ok := s.table.byLine[field]; ok {
		value, _ := s.values[i].(string)
		return value
	}
	return ""
}

func (s said) time(field string) (int64, bool) {
	if i, ok := s.table.byLine[field]; ok {
		value, ok := s.values[i].(int64)
		return value, ok
	}
	return 0, false
}

// limit returns how many bytes the field may have; 0: as many as a line.
func (c *column) limit() int {
	if c.key || c.name == "state" {
		return 1024 // Glue's names have at most 255 characters
	}
	return 0
}
