package record

import (
	"slices"
	"strings"

	"limnograph"
)

// KeyOf returns the key of the row whose key columns have these values, in the order of the schema.
func KeyOf(id ...string) Key { return keyOf(id) }

// RunKey returns the key of a run.
func (t *Table) RunKey(k limnograph.RunKey) Key {
	return keyOf([]string{k.AccountID, k.Region, k.JobName, k.RunID})
}

// Covers reports whether the statements behind other say nothing that row does not know. What datapoints add up to counts
// for nothing.
func (t *Table) Covers(row, other *Row) bool {
	plain := row.stated()
	return t.MergeRows(plain, other.stated()) == plain
}

// WithMetricsOf returns the row with the roll-up of an older state of it, if that has one. The older one may be nil.
func (t *Table) WithMetricsOf(row, older *Row) *Row {
	if older == nil {
		return row
	}
	i, found := older.find(runMetrics)
	if !found || older.cells[i].rule != rolled {
		return row
	}
	return row.saidBy(limnograph.FromMetrics).rollUp(older.cells[i].value.(rollup))
}

// Positions returns where in landing the statements stand that the row is made of, each once. A row that only datapoints
// have told of has none.
func (r *Row) Positions() (all []int64) {
	for _, c := range r.cells {
		if c.rank != nil && !slices.Contains(all, c.rank.position) {
			all = append(all, c.rank.position)
		}
	}
	return all
}

// Beyond returns what a row knows from statements at other positions than the known ones. What it does not tell the
// position of, such as who told of a run, is taken to be of one of these. The row may be nil.
func (t *Table) Beyond(row *Row, known func(position int64) bool) *Row {
	if row == nil {
		return nil
	}
	rest := row.stated()
	rest.cells = slices.DeleteFunc(rest.cells, func(c cell) bool { return c.rank != nil && known(c.rank.position) })
	return rest
}

// stated returns the row without what datapoints add up to.
func (r *Row) stated() *Row {
	plain := *r
	plain.cells = make([]cell, 0, len(r.cells))
	for _, c := range r.cells {
		switch c.rule {
		case rolled:
			continue
		case listed:
			c.value = withoutMetrics(c.value.(string))
		}
		plain.cells = append(plain.cells, c)
	}
	return &plain
}

func withoutMetrics(list string) string {
	parts := slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == string(limnograph.FromMetrics) })
	return strings.Join(parts, ",")
}
