package lake

import (
	"bytes"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/metricstream"
)

// How far the timestamp of a datapoint may lie from the arrival of its batch: what lies outside is no measurement, and
// would make partitions of absurd days. Landing keeps it.
const (
	oldest = 15 * 24 * time.Hour
	ahead  = 2 * time.Hour
)

// statements turns landed lines into rows.
type statements struct {
	decoder *metricstream.Decoder
	intern  *columns.Interner
	rows    []columns.Row
	keep    func(dp *limnograph.Datapoint, position int64) bool // nil: all
	floor   int64                                               // rows before this time are outside too: the table does not keep their day
	take    func(row *columns.Row)                              // is given each row, valid until it returns; nil: it is appended to rows
	row     columns.Row                                         // the one that take is given
	skipped skipped
}

// skipped counts lines that become no row.
type skipped struct {
	outside int // the timestamp lies too far from the arrival
	damaged int // no canonical line: landing has not written it, or not so
}

func newStatements(layout *columns.Layout) *statements {
	return &statements{decoder: metricstream.NewDecoder(), intern: layout.NewInterner(), floor: forever}
}

// maxSeries bounds the series that are remembered between rounds: some 30 MB. Of a fleet with more live series than that
// each is new in every round anyway.
const maxSeries = 50_000

// reset lets go of the rows, and trims the series.
func (s *statements) reset() {
	s.rows, s.skipped = nil, skipped{}
	s.trim()
}

// trim forgets the series when they have become many.
func (s *statements) trim() {
	if s.intern.Len() > maxSeries {
		s.intern.Reset()
	}
}

// add appends the statements of a batch to rows. It changes the batch's lines.
func (s *statements) add(b limnograph.LandedBatch) {
	from, to := max(s.floor, b.Arrival.Add(-oldest).UnixMilli()), b.Arrival.Add(ahead).UnixMilli()
	position := b.Position
	emit := func(dp *limnograph.Datapoint, _ []byte) {
		switch {
		case dp.Timestamp < from || dp.Timestamp > to:
			s.skipped.outside++
		case s.keep == nil || s.keep(dp, position):
			s.give(s.intern.Row(dp, position))
		}
	}
	reject := func(limnograph.Reject) { s.skipped.damaged++ }
	for line := range bytes.Lines(b.Lines) {
		if own, at, ok := metricstream.CutPosition(line); ok {
			line, position = own, at
		}
		s.decoder.Decode(line, emit, reject)
		position++
	}
}

func (s *statements) give(row columns.Row) {
	if s.take != nil {
		s.row = row
		s.take(&s.row)
		return
	}
	s.rows = append(s.rows, row)
}
