package lake

import (
	"cmp"
	"slices"
)

// sequenceSet remembers batch sequences as ranges: most batches of a table follow each other.
type sequenceSet struct {
	ranges []sequenceRange // in order, apart
	fresh  []uint64        // not in ranges yet
}

type sequenceRange struct{ first, last uint64 }

// freshSequences is how many sequences wait to become ranges.
const freshSequences = 1 << 16

func (s *sequenceSet) add(sequence uint64) {
	if n := len(s.ranges); n > 0 && len(s.fresh) == 0 && s.ranges[n-1].last+1 == sequence {
		s.ranges[n-1].last = sequence
		return
	}
	s.fresh = append(s.fresh, sequence)
	if len(s.fresh) >= max(freshSequences, len(s.ranges)/4) {
		s.settle()
	}
}

func (s *sequenceSet) settle() {
	for _, sequence := range s.fresh {
		s.ranges = append(s.ranges, sequenceRange{sequence, sequence})
	}
	s.fresh = s.fresh[:0]
	slices.SortFunc(s.ranges, func(a, b sequenceRange) int { return cmp.Compare(a.first, b.first) })
	joined := s.ranges[:0]
	for _, r := range s.ranges {
		if n := len(joined); n > 0 && r.first <= joined[n-1].last+1 {
			joined[n-1].last = max(joined[n-1].last, r.last)
			continue
		}
		joined = append(joined, r)
	}
	s.ranges = joined
}

// merge adds all of another set.
func (s *sequenceSet) merge(o *sequenceSet) {
	o.settle()
	s.ranges = append(s.ranges, o.ranges...)
	s.settle()
}

// has reports whether a sequence was added. It must not run beside add.
func (s *sequenceSet) has(sequence uint64) bool {
	if len(s.fresh) > 0 {
		s.settle()
	}
	i, found := slices.BinarySearchFunc(s.ranges, sequence, func(r sequenceRange, q uint64) int { return cmp.Compare(r.first, q) })
	return found || i > 0 && s.ranges[i-1].last >= sequence
}

// greatest returns the greatest sequence, 0 when there is none.
func (s *sequenceSet) greatest() uint64 {
	s.settle()
	if len(s.ranges) == 0 {
		return 0
	}
	return s.ranges[len(s.ranges)-1].last
}
