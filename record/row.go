package record

import (
	"cmp"
	"slices"

	"limnograph"
)

// Row is all that is known about one run, job or error. It is immutable and safe for concurrent use.
type Row struct {
	table *Table
	key   Key
	id    []string // values of the key columns
	cells []cell   // sorted by number
}

// Key names the row.
func (r *Row) Key() Key { return r.key }

// TS returns the value of the column ts, milliseconds since the epoch. It changes as more becomes known.
func (r *Row) TS() int64 { return r.table.ts(r.facts()) }

// Merge returns the row with what a statement about the same thing says: row itself when that changes nothing. A nil row is
// one of which nothing is known.
func (t *Table) Merge(row *Row, s Statement) *Row {
	return t.with(row, s.key, s.id, s.cells)
}

// MergeRows returns all that two rows about the same thing know. Either may be nil.
func (t *Table) MergeRows(a, b *Row) *Row {
	if b == nil {
		return a
	}
	return t.with(a, b.key, b.id, b.cells)
}

func (t *Table) with(row *Row, key Key, id []string, cells []cell) *Row {
	if row == nil {
		return &Row{t, key, id, cells}
	}
	merged := join(row.cells, cells)
	if len(merged) == len(row.cells) && (len(merged) == 0 || &merged[0] == &row.cells[0]) {
		return row
	}
	return &Row{row.table, row.key, row.id, merged}
}

// MergeMetrics returns the row of a run with what its datapoints add up to, in place of what they added up to before: row
// itself when that changes nothing, or when the new roll-up begins later than the one that it would replace and so covers
// less. A nil row is one of which nothing is known. Of job_runs only.
func (t *Table) MergeMetrics(row *Row, m limnograph.RunMetrics) *Row {
	if row == nil {
		id := []string{m.AccountID, m.Region, m.JobName, m.RunID}
		row = &Row{table: t, key: keyOf(id), id: id}
	}
	return row.saidBy(limnograph.FromMetrics).rollUp(rollupOf(m))
}

// rollUp puts a roll-up into the place of the one before, unless it covers less.
func (r *Row) rollUp(m rollup) *Row {
	i, found := r.find(runMetrics)
	if m.isEmpty() {
		return r
	}
	rest := r.cells[i:]
	if found {
		before := rest[0].value.(rollup)
		replaces := m.replaces(before)
		if m = m.since(before); !replaces || m.compare(before) == 0 {
			return r
		}
		rest = rest[1:]
	}
	next := *r
	next.cells = slices.Concat(r.cells[:i], []cell{{number: runMetrics, rule: rolled, value: m}}, rest)
	return &next
}

// saidBy adds who told of a run.
func (r *Row) saidBy(source limnograph.RunSource) *Row {
	return r.table.with(r, r.key, r.id, []cell{{number: runSeenIn, rule: listed, value: string(source)}})
}

// find returns where the cell of a field is, or would be.
func (r *Row) find(number uint8) (int, bool) {
	return slices.BinarySearchFunc(r.cells, number, func(c cell, number uint8) int { return cmp.Compare(c.number, number) })
}

// Values returns the values of all columns in the order of the schema: string, int64, float64, bool, or nil for NULL;
// times are milliseconds since the epoch. They are the caller's.
func (r *Row) Values() []any {
	t, f := r.table, r.facts()
	values := make([]any, t.visible)
	ids := r.id
	for i := range values {
		c := &t.columns[i]
		if c.key {
			values[i], ids = ids[0], ids[1:]
			continue
		}
		values[i] = f.value(c)
	}
	if i, ok := t.byName["versions"]; ok {
		values[i] = r.versions(values)
	}
	return values
}

// Value returns the value of one column, as in Values; nil too when there is no such column.
func (r *Row) Value(name string) any {
	i, ok := r.table.byName[name]
	if !ok || i >= r.table.visible {
		return nil
	}
	c := &r.table.columns[i]
	if c.key || name == "versions" {
		return r.Values()[i]
	}
	return r.facts().value(c)
}

// Text returns the value of a text column; "": NULL.
func (r *Row) Text(column string) string {
	value, _ := r.Value(column).(string)
	return value
}

// Long returns the value of a column of whole numbers or times; false: NULL.
func (r *Row) Long(column string) (int64, bool) {
	value, ok := r.Value(column).(int64)
	return value, ok
}

// Double returns the value of a column of doubles; false: NULL.
func (r *Row) Double(column string) (float64, bool) {
	value, ok := r.Value(column).(float64)
	return value, ok
}
