package columns

import (
	"cmp"
	"slices"
	"strings"
)

// Compare compares two rows by the sort order, then by sid. It is 0 only for rows of the same key.
func (l *Layout) Compare(a, b *Row) int {
	if a.Series == b.Series {
		return cmp.Compare(a.TS, b.TS)
	}
	if c := l.compareSeries(a.Series, b.Series); c != 0 {
		return c
	}
	if c := cmp.Compare(a.TS, b.TS); c != 0 {
		return c
	}
	return cmp.Compare(a.Series.SID, b.Series.SID)
}

// compareSeries compares by the sort columns before ts.
func (l *Layout) compareSeries(a, b *Series) int {
	for _, t := range l.sortTexts {
		if c := compareText(a.Texts[t], b.Texts[t]); c != 0 {
			return c
		}
	}
	return strings.Compare(a.MetricName, b.MetricName)
}

func compareText(a, b NullText) int {
	if a.Valid != b.Valid {
		if b.Valid {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Value, b.Value)
}

// Sort sorts rows by Compare, and those of one key by Version.
//
// Texts are compared once for each series, not each row: series are ranked first, rows are counted into their ranks,
// and only rows of one rank are compared, by numbers.
func (l *Layout) Sort(rows []Row) {
	ordinals, series := seriesOf(rows)
	rankOf, ranks := l.rankSeries(series)
	for i, o := range ordinals {
		ordinals[i] = rankOf[o]
	}
	sorted, starts := countSort(rows, ordinals, ranks)
	for i := 1; i < len(starts); i++ {
		sortRank(rows, sorted[starts[i-1]:starts[i]])
	}
	permute(rows, sorted)
}

// seriesOf returns the distinct series, and which of them each row has.
func seriesOf(rows []Row) (ordinals []uint32, series []*Series) {
	ordinals = make([]uint32, len(rows))
	known := make(map[*Series]uint32)
	var last *Series
	for i := range rows {
		s := rows[i].Series
		if s == last {
			ordinals[i] = ordinals[i-1]
			continue
		}
		last = s
		o, ok := known[s]
		if !ok {
			o = uint32(len(series))
			known[s] = o
			series = append(series, s)
		}
		ordinals[i] = o
	}
	return ordinals, series
}

// rankSeries returns the rank of each series, from 0: series that differ in no sort column share one.
func (l *Layout) rankSeries(series []*Series) (rankOf []uint32, ranks int) {
	order := make([]uint32, len(series))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return l.compareSeries(series[a], series[b]) })
	rankOf = make([]uint32, len(series))
	for i, o := range order {
		if i == 0 || l.compareSeries(series[order[i-1]], series[o]) != 0 {
			ranks++
		}
		rankOf[o] = uint32(ranks - 1)
	}
	return rankOf, ranks
}

// place is a row and its time, by which most rows of one rank are told apart.
type place struct {
	ts  int64
	row uint32
}

// countSort returns the places of the rows by rank, those of one rank in the order of rows, and where each rank starts.
func countSort(rows []Row, ranks []uint32, n int) (sorted []place, starts []uint32) {
	starts = make([]uint32, n+2) // shifted by one, so that filling in leaves the starts behind
	for _, r := range ranks {
		starts[r+2]++
	}
	for i := 2; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	sorted = make([]place, len(rows))
	for i, r := range ranks {
		sorted[starts[r+1]] = place{rows[i].TS, uint32(i)}
		starts[r+1]++
	}
	return sorted, starts[:n+1]
}

func sortRank(rows []Row, places []place) {
	compare := func(a, b place) int {
		if c := cmp.Compare(a.ts, b.ts); c != 0 {
			return c
		}
		return compareStatements(&rows[a.row], &rows[b.row], a.row, b.row)
	}
	if !slices.IsSortedFunc(places, compare) {
		slices.SortFunc(places, compare)
	}
}

// compareStatements ends with the index, so that equal statements keep their order.
func compareStatements(a, b *Row, i, j uint32) int {
	if c := cmp.Compare(a.Series.SID, b.Series.SID); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Version, b.Version); c != 0 {
		return c
	}
	return cmp.Compare(i, j)
}

// permute moves each row to its place, along the cycles of the permutation.
func permute(rows []Row, sorted []place) {
	for i := range sorted {
		from := int(sorted[i].row)
		if from == i {
			continue
		}
		first, to := rows[i], i
		for from != i {
			rows[to] = rows[from]
			sorted[to].row = uint32(to)
			to, from = from, int(sorted[from].row)
		}
		rows[to] = first
		sorted[to].row = uint32(to)
	}
}
