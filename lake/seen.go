package lake

import (
	"context"
	"maps"
	"slices"

	"limnograph"
	"limnograph/columns"
)

// seen knows which keys a table holds: for recent hours from sets that it keeps, for others by reading the keys of the
// files that overlap. It forgets the hours that were not asked for longest when its sets take more than the budget; an
// hour that alone takes more than half of it is never kept, and only the series in question are read of it. So it is with
// all hours that a round must read, when they take more than the budget together.
//
// What it knows belongs to one snapshot and those that our own commits make of it. It is not safe for concurrent use.
type seen struct {
	budget int64 // bytes
	clock  int64 // counts rounds
	hours  map[int64]*seenHour

	trouble error // why some hour of the last round is unknown
}

// seenHour holds the keys of one hour: all of them, or, when partial, those of the series that a round asked for.
type seenHour struct {
	keySet
	used    int64
	partial bool
	unknown bool               // a file of it is damaged
	asked   map[int64]struct{} // sids of the round
}

// keyReader yields the keys of a data file, times in milliseconds.
type keyReader func(ctx context.Context, f limnograph.DataFile, yield func(sids, times []int64) error) error

func newSeen(budget int64) *seen { return &seen{budget: budget, hours: make(map[int64]*seenHour)} }

// forget drops everything, as for a snapshot that is not ours.
func (s *seen) forget() { clear(s.hours) }

// forgetBefore drops the hours that begin before a time, milliseconds since the epoch.
func (s *seen) forgetBefore(ts int64) {
	maps.DeleteFunc(s.hours, func(hour int64, _ *seenHour) bool { return hour*hourMillis < ts })
}

// size returns the bytes that the sets take.
func (s *seen) size() (n int64) {
	for _, h := range s.hours {
		n += h.size()
	}
	return n
}

// prepare makes sure that has can answer for rows, given the files of the table.
func (s *seen) prepare(ctx context.Context, rows []columns.Row, files []limnograph.DataFile, read keyReader) error {
	s.clock++
	s.trouble = nil
	missing := make(map[int64]*seenHour)
	for i := range rows {
		s.ask(&rows[i], missing)
	}
	if len(missing) == 0 {
		return nil
	}
	for _, f := range files {
		if !overlapsAny(f, missing) {
			continue
		}
		err := read(ctx, f, func(sids, times []int64) error { s.load(missing, sids, times); return nil })
		switch limnograph.ErrorCode(err) {
		case "":
		case limnograph.CodeInvalid, limnograph.CodeNotFound:
			s.doubt(f, missing, err)
		default:
			return err
		}
	}
	maps.Copy(s.hours, missing)
	return nil
}

// doubt notes that a file is damaged: what its hours hold is not known, so all that comes for them counts as seen and is
// held until the file is made anew. The rest of the table goes on.
func (s *seen) doubt(f limnograph.DataFile, missing map[int64]*seenHour, err error) {
	s.trouble = err
	for hour, h := range missing {
		if f.MaxTime >= hour*hourMillis && f.MinTime < (hour+1)*hourMillis {
			h.partial, h.unknown = true, true
		}
	}
}

// narrowAll narrows the hours that a round reads, when they take more than the budget together.
func (s *seen) narrowAll(hours map[int64]*seenHour) {
	var size int64
	for _, h := range hours {
		size += h.size()
	}
	if size <= s.budget {
		return
	}
	for _, h := range hours {
		if !h.partial {
			h.narrow()
		}
	}
}

// ask notes that a round needs the hour of a row.
func (s *seen) ask(row *columns.Row, missing map[int64]*seenHour) {
	hour := hourOf(row.TS)
	h, ok := s.hours[hour]
	if ok && !h.partial {
		h.used = s.clock
		return
	}
	if h, ok = missing[hour]; !ok {
		h = &seenHour{used: s.clock, asked: make(map[int64]struct{})}
		missing[hour] = h
	}
	h.asked[row.Series.SID] = struct{}{}
}

func overlapsAny(f limnograph.DataFile, hours map[int64]*seenHour) bool {
	for hour := range hours {
		if f.MaxTime >= hour*hourMillis && f.MinTime < (hour+1)*hourMillis {
			return true
		}
	}
	return false
}

func (s *seen) load(into map[int64]*seenHour, sids, times []int64) {
	for i, ts := range times {
		h, ok := into[hourOf(ts)]
		if !ok {
			continue
		}
		if h.partial {
			if _, asked := h.asked[sids[i]]; !asked {
				continue
			}
		}
		h.add(sids[i], ts)
		if !h.partial && h.size() > s.budget/2 {
			h.narrow()
		}
	}
	s.narrowAll(into)
}

// narrow keeps only the series that were asked for.
func (h *seenHour) narrow() {
	all := h.keySet
	h.keySet, h.partial = keySet{}, true
	for i, bits := range all.bits {
		if _, asked := h.asked[all.sids[i]]; asked && bits != 0 {
			h.addBits(all.sids[i], bits)
		}
	}
	for key := range all.odd {
		if _, asked := h.asked[key.SID]; asked {
			h.add(key.SID, key.TS)
		}
	}
}

// has reports whether the table holds the key of a row that prepare was given.
func (s *seen) has(row *columns.Row) bool {
	h := s.hours[hourOf(row.TS)]
	return h.unknown || h.has(row.Series.SID, row.TS)
}

// committed notes that rows, which prepare was given, are in the table now, and keeps to the budget.
func (s *seen) committed(rows []columns.Row) {
	for i := range rows {
		s.hours[hourOf(rows[i].TS)].add(rows[i].Series.SID, rows[i].TS)
	}
	s.settle()
}

// settle ends a round: it drops partial hours, lets go of what was only for the round, and evicts.
func (s *seen) settle() {
	for hour, h := range s.hours {
		if h.partial || h.size() > s.budget/2 {
			delete(s.hours, hour)
		}
		h.asked = nil
	}
	size := s.size()
	if size <= s.budget {
		return
	}
	byAge := slices.SortedFunc(maps.Keys(s.hours), func(a, b int64) int {
		return int(s.hours[a].used - s.hours[b].used)
	})
	for _, hour := range byAge {
		if size <= s.budget {
			return
		}
		size -= s.hours[hour].size()
		delete(s.hours, hour)
	}
}
