package record

import (
	"errors"
	"fmt"
	"strconv"

	"limnograph"
)

// RowOf returns the row that Values has written. Errors: CodeInvalid (its values are not those of a row: the file is
// damaged), CodeConflict (a later release wrote it).
func (t *Table) RowOf(values []any) (*Row, error) {
	row, err := t.restore(values)
	if errors.Is(err, errLater) {
		return nil, &limnograph.Error{
			Code: limnograph.CodeConflict, Op: "read stored row", Message: t.name, Err: err, Hint: "use the release that wrote it, or a later one",
		}
	}
	if err != nil {
		return nil, &limnograph.Error{
			Code: limnograph.CodeInvalid, Op: "read stored row", Message: t.name, Err: err,
			Hint: "rebuild the table from landing",
		}
	}
	return row, nil
}

func (t *Table) restore(values []any) (*Row, error) {
	if len(values) != t.visible {
		return nil, fmt.Errorf("%d values, want %d", len(values), t.visible)
	}
	v, err := t.readVersions(values)
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	row := &Row{table: t}
	if row.id, err = t.readID(values); err != nil {
		return nil, err
	}
	row.key = keyOf(row.id)
	row.cells, err = v.cells(values)
	return row, err
}

func (t *Table) readID(values []any) (id []string, err error) {
	for _, i := range t.key {
		part, ok := values[i].(string)
		if !ok {
			return nil, fmt.Errorf("%s is %T", t.columns[i].name, values[i])
		}
		id = append(id, part)
	}
	return id, nil
}

// versions is what the column versions of one row says.
type versions struct {
	table *Table
	ranks [64]*rank
	kept  map[string]any
}

func (t *Table) readVersions(values []any) (*versions, error) {
	v := &versions{table: t, kept: map[string]any{}}
	text, ok := values[t.byName["versions"]].(string)
	if !ok {
		return nil, errors.New("missing")
	}
	return v, eachElement(text, func(element string) error {
		if element[0] == '{' {
			return eachMember(element, v.readKept)
		}
		return v.readRank(element)
	})
}

func (v *versions) readKept(name, value string) error {
	i, ok := v.table.byName[name]
	if !ok {
		return fmt.Errorf("%w: field %.40q", errLater, name)
	}
	k := v.table.columns[i].kind
	if k == object {
		k = text
	}
	decoded, err := decode(k, value)
	v.kept[name] = decoded
	return err
}

var (
	errNoRank = errors.New("no rank")
	errLater  = errors.New("it holds what this release does not know")
)

func (v *versions) readRank(element string) error {
	var parts []string
	if err := eachElement(element, func(part string) error { parts = append(parts, part); return nil }); err != nil {
		return err
	}
	if len(parts) != 5 {
		return errNoRank
	}
	var r rank
	for i, part := range []*int64{&r.terminal, &r.modified, &r.observed, &r.position} {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil {
			return errNoRank
		}
		*part = n
	}
	hex, err := unquote(parts[4])
	if err != nil {
		return err
	}
	return v.assign(&r, hex)
}

func (v *versions) assign(r *rank, hex string) error {
	fields, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return errNoRank
	}
	for number := range v.ranks {
		if fields>>number&1 == 1 {
			v.ranks[number] = r
		}
	}
	return nil
}

// cells restores the cells of a row.
func (v *versions) cells(values []any) ([]cell, error) {
	var cells []cell
	for _, i := range v.table.byNumber {
		c := &v.table.columns[i]
		restored, err := v.cell(c, values, i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if restored.value != nil {
			cells = append(cells, restored)
		}
	}
	return cells, nil
}

// cell restores the cell of a field; one without a value: it was never reported.
func (v *versions) cell(c *column, values []any, i int) (restored cell, err error) {
	restored = cell{number: c.number, rule: c.rule, rank: v.ranks[c.number]}
	if c.rule == rolled {
		restored.value, err = v.rollup(values)
		return restored, err
	}
	value, kept := v.kept[c.name]
	if !kept && !c.hidden {
		value = values[i]
	}
	if c.rule.ranks() && restored.rank == nil {
		return restored, nil // what the column shows was derived
	}
	if value == nil && c.rule.ranks() {
		return restored, errors.New("has a rank and no value")
	}
	restored.value, err = restoreValue(c, value)
	return restored, err
}

func restoreValue(c *column, value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	if !c.kind.holds(value) {
		return nil, fmt.Errorf("is %T", value)
	}
	if c.rule == visited {
		return parseHistory(value.(string))
	}
	return value, nil
}

// rollup restores the roll-up; nil: no datapoint is known.
func (v *versions) rollup(values []any) (any, error) {
	r, found := make(rollup, slotEnd-1), false
	for i := range v.table.columns {
		c := &v.table.columns[i]
		if c.slot == 0 {
			continue
		}
		value := v.kept[c.name]
		if value == nil && !c.hidden {
			value = values[i]
		}
		if value != nil && !c.kind.holds(value) {
			return nil, fmt.Errorf("%s is %T", c.name, value)
		}
		r[c.slot-1] = value
		found = found || value != nil
	}
	if !found {
		return nil, nil
	}
	return r, nil
}

// holds reports whether a value is of the kind.
func (k kind) holds(value any) (ok bool) {
	switch k {
	case text, object:
		_, ok = value.(string)
	case long, instant:
		_, ok = value.(int64)
	case double:
		_, ok = value.(float64)
	case boolean:
		_, ok = value.(bool)
	}
	return ok
}
