package lake

import (
	"errors"
	"io"

	"limnograph/columns"
)

// rowSource yields rows in sort order, and io.EOF behind the last ones. Rows are valid until the next call.
type rowSource interface {
	Next() ([]columns.Row, error)
}

// rowMerge merges sources in sort order into one: of rows with one key the winner comes out. Updates are statements that
// replace the row of their key when they win, and come out in no other case.
type rowMerge struct {
	layout  *columns.Layout
	updates map[columns.Key]columns.Row
	merged  int64 // updates that won
	heap    []*mergeInput
	pending *columns.Row // the last row, whose key may come once more
	last    columns.Row
	series  seriesCache
}

// mergeInput is a source at its present row.
type mergeInput struct {
	source rowSource
	rows   []columns.Row
	at     int
}

func (in *mergeInput) row() *columns.Row { return &in.rows[in.at] }

// newRowMerge starts a merge. Errors: those of the sources.
func newRowMerge(layout *columns.Layout, sources []rowSource, updates map[columns.Key]columns.Row) (*rowMerge, error) {
	m := &rowMerge{layout: layout, updates: updates}
	for _, s := range sources {
		in := &mergeInput{source: s}
		more, err := m.fill(in)
		if err != nil {
			return nil, err
		}
		if more {
			m.heap = append(m.heap, in)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

// next appends rows to dst up to its capacity; none are left when it returns none. Errors: those of the sources.
func (m *rowMerge) next(dst []columns.Row) ([]columns.Row, error) {
	for len(dst) < cap(dst) && len(m.heap) > 0 {
		in := m.heap[0]
		row := in.row()
		switch {
		case m.pending == nil:
			m.last, m.pending = *row, &m.last
		case m.pending.Key() != row.Key():
			dst = append(dst, m.updated())
			m.last = *row
		case Wins(row, m.pending):
			m.last = *row
		}
		if err := m.advance(in); err != nil {
			return nil, err
		}
	}
	if len(m.heap) == 0 && m.pending != nil && len(dst) < cap(dst) {
		dst = append(dst, m.updated())
		m.pending = nil
	}
	return dst, nil
}

// updated returns the pending row, or the statement that replaces it.
func (m *rowMerge) updated() columns.Row {
	if len(m.updates) > 0 {
		if update, ok := m.updates[m.last.Key()]; ok && Wins(&update, &m.last) {
			m.merged++
			return update
		}
	}
	return m.last
}

// advance takes the first input to its next row.
func (m *rowMerge) advance(in *mergeInput) error {
	if in.at++; in.at == len(in.rows) {
		more, err := m.fill(in)
		if err != nil {
			return err
		}
		if !more {
			last := len(m.heap) - 1
			m.heap[0], m.heap[last] = m.heap[last], nil
			m.heap = m.heap[:last]
		}
	}
	m.sink(0)
	return nil
}

// fill reads the next rows of an input.
func (m *rowMerge) fill(in *mergeInput) (more bool, err error) {
	in.at = 0
	for {
		if in.rows, err = in.source.Next(); err != nil {
			in.rows = nil
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return false, err
		}
		if len(in.rows) > 0 {
			m.series.share(in.rows)
			return true, nil
		}
	}
}

// sink moves an input down to its place.
func (m *rowMerge) sink(i int) {
	for {
		least := 2*i + 1
		if least >= len(m.heap) {
			return
		}
		if right := least + 1; right < len(m.heap) && m.layout.Compare(m.heap[right].row(), m.heap[least].row()) < 0 {
			least = right
		}
		if m.layout.Compare(m.heap[i].row(), m.heap[least].row()) <= 0 {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// seriesCache lets rows of different files share their series, so that comparing them compares numbers alone. Inputs
// of a merge are at about the same series at any time, so that few need to be remembered.
type seriesCache [1 << 12]*columns.Series

// share replaces the series of rows by equal ones that were seen before.
func (c *seriesCache) share(rows []columns.Row) {
	var last, shared *columns.Series
	for i := range rows {
		if s := rows[i].Series; s != last {
			last, shared = s, c.shared(s)
		}
		rows[i].Series = shared
	}
}

func (c *seriesCache) shared(s *columns.Series) *columns.Series {
	slot := &c[uint64(s.SID)%uint64(len(c))]
	if *slot == nil || (*slot).SID != s.SID || !sameTexts(*slot, s) {
		*slot = s
	}
	return *slot
}

// sameTexts compares what may differ between files of one series: an older file lacks columns that came later.
func sameTexts(a, b *columns.Series) bool {
	if a.IsTotal != b.IsTotal || len(a.Texts) != len(b.Texts) {
		return false
	}
	for i := range a.Texts {
		if a.Texts[i] != b.Texts[i] {
			return false
		}
	}
	return true
}
