package record

import "strconv"

// versions writes what the other columns do not show: the rank of each ranked field, and the values that the column of
// their field does not show (kept). It reads [[terminal,modified,observed,position,"fields"],...,{"field":kept,...}], with
// the fields as a hexadecimal number that has bit n set for field number n.
func (r *Row) versions(values []any) string {
	b := []byte{'['}
	var done uint64
	for i, c := range r.cells {
		if !c.rule.ranks() || done>>c.number&1 == 1 {
			continue
		}
		fields := sameRank(r.cells[i:], c.rank)
		done |= fields
		b = appendRank(b, c.rank, fields)
	}
	b = r.appendKept(b, values)
	return string(append(b, ']'))
}

// sameRank returns the fields of that rank.
func sameRank(cells []cell, of *rank) (fields uint64) {
	for _, c := range cells {
		if c.rule.ranks() && c.rank.compare(of) == 0 {
			fields |= 1 << c.number
		}
	}
	return fields
}

func appendRank(b []byte, r *rank, fields uint64) []byte {
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, '[')
	for _, part := range []int64{r.terminal, r.modified, r.observed, r.position} {
		b = append(strconv.AppendInt(b, part, 10), ',')
	}
	b = append(b, '"')
	return append(strconv.AppendUint(b, fields, 16), '"', ']')
}

// appendKept appends the object of kept values, if there are any.
func (r *Row) appendKept(b []byte, values []any) []byte {
	f := r.facts()
	kept := []byte{'{'}
	for i := range r.table.columns {
		c := &r.table.columns[i]
		value := f.stored(c)
		if value == nil || !c.hidden && value == values[i] {
			continue
		}
		kept = appendValue(appendName(kept, c.name), value)
	}
	if len(kept) == 1 {
		return b
	}
	if len(b) > 1 {
		b = append(b, ',')
	}
	return append(append(b, kept...), '}')
}

// stored returns the value behind a column; nil: there is none, or none that a column can hold.
func (f *facts) stored(c *column) any {
	switch {
	case c.rule == rolled:
		return nil
	case c.slot > 0:
		return f.rolled.at(c.slot)
	case c.number > 0:
		return f.shown(c.number)
	}
	return nil
}
