package lake

import (
	"context"
	"errors"
	"slices"
	"time"

	"limnograph"
	"limnograph/columns"
	"limnograph/objectkey"
)

// source is a part of landing that rows of a table come from.
type source struct {
	table   string
	only    string // namespace; empty: all
	through int64  // of that namespace: the greatest position that belongs to the table
	except  moved  // what has moved to tables of their own
}

// has reports whether a statement of the source belongs to the table.
func (s *source) has(dp *limnograph.Datapoint, position int64) bool {
	if s.only != "" {
		return dp.Namespace == s.only && position <= s.through
	}
	return !s.except.takes(dp, position)
}

// landedObject is a sealed object, with the bounds of those of its datapoints that may enter a table: lines that lie too
// far from their arrival do not widen them.
type landedObject struct {
	source   *source
	key      string
	lines    int64 // about, when the object's bounds are unknown
	min, max int64 // milliseconds since the epoch, both inclusive
	arrival  int64
}

// bytesOfLine is about what a line takes in a landing object, for objects whose lines nobody has counted.
const bytesOfLine = 16

// farFuture is the last millisecond of the year 9999.
const farFuture = 253402300799999

// listLanded lists the objects of sources that may hold datapoints of the window.
func listLanded(ctx context.Context, reader limnograph.LandedReader, sources []source, within window) (objects []landedObject, err error) {
	for i := range sources {
		for f, err := range reader.Objects(ctx, sources[i].table) {
			if err != nil {
				return nil, err
			}
			if o := landedObjectOf(f, &sources[i]); within.overlaps(o.min, o.max) {
				objects = append(objects, o)
			}
		}
	}
	slices.SortFunc(objects, func(a, b landedObject) int {
		return int(min(max(a.min-b.min, -1), 1))
	})
	return objects, nil
}

func landedObjectOf(f limnograph.File, s *source) landedObject {
	o := landedObject{source: s, key: f.Key, lines: f.Lines, min: f.MinTime, max: f.MaxTime}
	if f.Lines == 0 {
		o.lines, o.min, o.max = max(1, f.Size/bytesOfLine), 0, farFuture
	}
	first, last := arrivalsOf(f.Key)
	if last.IsZero() {
		return o
	}
	o.arrival = last.UnixMilli()
	// A batch of the object is sure to find its own bounds in here: see clampBounds.
	o.min = min(max(o.min, first.Add(-oldest).UnixMilli()), first.Add(ahead).UnixMilli())
	o.max = min(max(o.max, last.Add(-oldest).UnixMilli()), last.Add(ahead).UnixMilli())
	return o
}

// arrivalsOf returns between which times the batches of an object arrived: within the hour of its folder, or little
// off, as the last batches of a segment.
func arrivalsOf(key string) (first, last time.Time) {
	at, ok := objectkey.ArrivalOf(key)
	if !ok {
		return time.Time{}, time.Time{}
	}
	hour := at.Truncate(time.Hour)
	return hour.Add(-time.Hour), hour.Add(2 * time.Hour)
}

// clampBounds returns the bounds of those lines of a batch that may enter a table.
func clampBounds(b limnograph.LandedBatch) (lowest, greatest int64) {
	from, to := b.Arrival.Add(-oldest).UnixMilli(), b.Arrival.Add(ahead).UnixMilli()
	return min(max(b.MinTime, from), to), min(max(b.MaxTime, from), to)
}

// errVanished says that an object is not there any more: it was packed or expired since it was listed.
var errVanished = errors.New("a landing object was packed or expired meanwhile")

// landedScan reads the statements of a window.
type landedScan struct {
	reader       limnograph.LandedReader
	statements   *statements
	window       window
	take         func(row *columns.Row) error
	sequences    sequenceSet // of the batches that overlap the window
	skipped      skipped     // of the batches whose lowest timestamp lies in it
	lines        int64       // decoded
	source       *source     // of the present object
	taken        int64       // rows of it that the window takes
	moved        int64       // rows that stand in another table's landing
	movedThrough int64       // their greatest position
	err          error       // of take
}

func newLandedScan(reader limnograph.LandedReader, layout *columns.Layout, w window, take func(row *columns.Row) error) *landedScan {
	s := &landedScan{reader: reader, statements: newStatements(layout), window: w, take: take}
	s.statements.take = func(row *columns.Row) {
		if s.err == nil && s.window.has(row.Series.SID, row.TS) {
			s.taken++
			if s.source.only != "" {
				s.movedThrough = max(s.movedThrough, row.Version)
			}
			s.err = s.take(row)
		}
	}
	return s
}

// read takes in one object. Errors: errVanished, CodeInvalid (damaged; what stands before the damage was taken), those
// of take.
func (s *landedScan) read(ctx context.Context, o landedObject) error {
	s.source = o.source
	s.statements.keep = func(dp *limnograph.Datapoint, position int64) bool {
		return dp.Timestamp >= s.window.from && dp.Timestamp < s.window.to && o.source.has(dp, position)
	}
	err := s.reader.ReadObject(ctx, o.key, s.batch)
	if s.err != nil {
		return s.err
	}
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return errVanished
	}
	return err
}

func (s *landedScan) batch(b limnograph.LandedBatch) error {
	lowest, greatest := clampBounds(b)
	if !s.window.overlaps(lowest, greatest) {
		return nil
	}
	before, taken := s.statements.skipped, s.taken
	s.statements.add(b)
	switch {
	case s.source.only == "":
		s.sequences.add(b.Sequence)
	case s.taken > taken: // the batch may have a part in the table's own landing too, which says nothing about this one
		s.sequences.add(b.Sequence)
		s.moved += s.taken - taken
	}
	s.lines += int64(b.Count)
	if lowest >= s.window.from && s.window.shard == 0 {
		s.skipped.outside += s.statements.skipped.outside - before.outside
		s.skipped.damaged += s.statements.skipped.damaged - before.damaged
	}
	s.statements.trim()
	return s.err
}
