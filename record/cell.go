package record

import (
	"cmp"
	"slices"
	"strings"
)

// rule says how two values of a field are merged. Every rule is a join: order, repetition and grouping do not matter.
type rule uint8

const (
	ranked   rule = iota // the value of the greater rank
	byTime               // the value of the greater rank, which knows no LastModifiedOn
	earliest             // the smaller time
	latest               // the greater time
	listed               // all that either lists
	visited              // states: the first time of each
	rolled               // metrics: the roll-up that covers more
)

// ranks reports whether the rule compares statements.
func (r rule) ranks() bool { return r == ranked || r == byTime }

// cell is what is known of one field.
type cell struct {
	number uint8 // of the field
	rule   rule
	rank   *rank // of the statement that said it; nil unless the rule ranks
	value  any   // string, int64, float64, bool, history or rollup
}

// join merges two lists of cells, each sorted by number. It returns a itself when b adds nothing.
func join(a, b []cell) []cell {
	if !adds(a, b) {
		return a
	}
	merged := make([]cell, 0, max(len(a), len(b))+4)
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].number < b[0].number:
			merged, a = append(merged, a[0]), a[1:]
		case a[0].number > b[0].number:
			merged, b = append(merged, b[0]), b[1:]
		default:
			c, _ := a[0].merge(b[0])
			merged, a, b = append(merged, c), a[1:], b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// adds reports whether b says anything that a does not know.
func adds(a, b []cell) bool {
	for _, c := range b {
		for len(a) > 0 && a[0].number < c.number {
			a = a[1:]
		}
		if len(a) == 0 || a[0].number != c.number {
			return true
		}
		if _, changed := a[0].merge(c); changed {
			return true
		}
	}
	return false
}

// merge returns the join of two cells of one field, and whether it differs from c.
func (c cell) merge(o cell) (merged cell, changed bool) {
	switch c.rule {
	case earliest:
		changed = compareValues(o.value, c.value) < 0
	case latest:
		changed = compareValues(o.value, c.value) > 0
	case listed:
		return c.mergeList(o)
	case visited:
		return c.mergeHistory(o)
	case rolled:
		changed = c.value.(rollup).compare(o.value.(rollup)) < 0
	default:
		changed = cmp.Or(c.rank.compare(o.rank), compareValues(c.value, o.value)) < 0
	}
	if changed {
		return o, true
	}
	return c, false
}

func (c cell) mergeList(o cell) (cell, bool) {
	had, more := c.value.(string), o.value.(string)
	all := slices.DeleteFunc(strings.Split(had+","+more, ","), func(s string) bool { return s == "" })
	slices.Sort(all)
	c.value = strings.Join(slices.Compact(all), ",")
	return c, c.value != had
}

func (c cell) mergeHistory(o cell) (cell, bool) {
	had := c.value.(history)
	all := had.union(o.value.(history))
	changed := len(all) != len(had) || len(all) > 0 && &all[0] != &had[0]
	c.value = all
	return c, changed
}
