package lake

import (
	"cmp"

	"limnograph/columns"
)

// Wins reports whether statement a of a datapoint beats statement b of the same: the greater by sample count, number of
// statistics and position. This is a total order on statements, so the winner of a set depends neither on their order
// nor on how often each comes.
func Wins(a, b *columns.Row) bool { return compareStatements(a, b) > 0 }

func compareStatements(a, b *columns.Row) int {
	return cmp.Or(
		cmp.Compare(a.SampleCount(), b.SampleCount()),
		cmp.Compare(a.Statistics(), b.Statistics()),
		cmp.Compare(a.Version, b.Version))
}

// Fold reduces statements to one winner for each key, in place. Statements of one key must stand side by side, as
// columns.Layout.Sort puts them; the order of the keys is kept.
func Fold(rows []columns.Row) []columns.Row {
	if len(rows) == 0 {
		return rows
	}
	last := 0
	for i := 1; i < len(rows); i++ {
		switch {
		case rows[i].Key() != rows[last].Key():
			last++
			rows[last] = rows[i]
		case Wins(&rows[i], &rows[last]):
			rows[last] = rows[i]
		}
	}
	clear(rows[last+1:]) // lets go of their series
	return rows[:last+1]
}
