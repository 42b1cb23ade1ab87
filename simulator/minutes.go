package simulator

import (
	"iter"
	"slices"
	"sort"

	"limnograph"
)

// span is a run of minutes [from, until), in minutes since the epoch.
type span struct{ from, until int64 }

// minutes is a set of minutes: sorted spans that neither overlap nor touch.
type minutes []span

// add puts [from, until) into the set.
func (m *minutes) add(s span) {
	if s.from >= s.until {
		return
	}
	set := *m
	i := sort.Search(len(set), func(i int) bool { return set[i].until >= s.from })
	j := i
	for ; j < len(set) && set[j].from <= s.until; j++ {
		s.from, s.until = min(s.from, set[j].from), max(s.until, set[j].until)
	}
	*m = slices.Replace(set, i, j, s)
}

// within yields the parts of the set that lie in r, in order.
func (m minutes) within(r span) iter.Seq[span] {
	return func(yield func(span) bool) {
		i := sort.Search(len(m), func(i int) bool { return m[i].until > r.from })
		for ; i < len(m) && m[i].from < r.until; i++ {
			if !yield(span{max(m[i].from, r.from), min(m[i].until, r.until)}) {
				return
			}
		}
	}
}

// missing lists the parts of r that are not in the set, in order.
func (m minutes) missing(r span) []span {
	var gaps []span
	for s := range m.within(r) {
		if r.from < s.from {
			gaps = append(gaps, span{r.from, s.from})
		}
		r.from = s.until
	}
	if r.from < r.until {
		gaps = append(gaps, r)
	}
	return gaps
}

func (m minutes) count(r span) (n int64) {
	for s := range m.within(r) {
		n += s.until - s.from
	}
	return n
}

func (m minutes) contains(minute int64) bool { return m.count(span{minute, minute + 1}) == 1 }

// first and last return the outermost minute of the set in r.
func (m minutes) first(r span) (int64, bool) {
	for s := range m.within(r) {
		return s.from, true
	}
	return 0, false
}

func (m minutes) last(r span) (int64, bool) {
	at, found := int64(0), false
	for s := range m.within(r) {
		at, found = s.until-1, true
	}
	return at, found
}

// bounds is the smallest span around the set.
func (m minutes) bounds() span {
	if len(m) == 0 {
		return span{}
	}
	return span{m[0].from, m[len(m)-1].until}
}

func (m minutes) ranges() []limnograph.TimeRange {
	out := make([]limnograph.TimeRange, 0, len(m))
	for _, s := range m {
		out = append(out, s.timeRange())
	}
	return out
}

func minutesOf(ranges []limnograph.TimeRange) (m minutes) {
	for _, r := range ranges {
		m.add(spanOf(r))
	}
	return m
}

func (s span) timeRange() limnograph.TimeRange {
	return limnograph.TimeRange{From: minuteTime(s.from), To: minuteTime(s.until)}
}

func spanOf(r limnograph.TimeRange) span { return span{minuteFrom(r.From), minuteFrom(r.To)} }
