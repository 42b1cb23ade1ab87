package landing

import (
	"cmp"
	"encoding/json"
	"slices"

	"limnograph/objectkey"
)

// maxMarkRanges bounds each list of a mark. What does not fit is covered less than it could be, never more.
const maxMarkRanges = 50

// mark says which batches of a table its reader has. Its JSON is the text that readers keep. An object whose first
// sequence is Through or less is covered as a whole, with two exceptions: of one that is named in Open the members up to
// a sequence are covered; one whose first sequence lies in a range of Pending, and is not named in Open, is not covered.
//
// A mark that covers less than it could makes batches come again, which is harmless; one that covers more loses them.
type mark struct {
	Through uint64      `json:"through"`
	Open    [][2]uint64 `json:"open,omitempty"`    // first sequence of an object, last sequence that was read of it
	Pending [][2]uint64 `json:"pending,omitempty"` // from, to; both inclusive
	Turn    string      `json:"turn,omitempty"`    // differs from mark to mark, also where they cover the same
}

// parseMark reads the text of a mark. One that makes no sense covers nothing, and ok is false.
func parseMark(text string) (m mark, ok bool) {
	if text == "" {
		return mark{}, true
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return mark{}, false
	}
	for _, p := range m.Pending {
		if p[0] > p[1] {
			return mark{}, false
		}
	}
	return m, true
}

// text returns the mark as its reader keeps it.
func (m mark) text() string {
	m.shrink()
	text, err := json.Marshal(m)
	if err != nil {
		return "" // numbers always have a text; and this one covers nothing
	}
	return string(text)
}

// shrink keeps the lists short and sorted.
func (m *mark) shrink() {
	slices.SortFunc(m.Open, compareRanges)
	m.Pending = slices.Clone(m.Pending)
	for _, o := range m.Open[min(len(m.Open), maxMarkRanges):] {
		m.Pending = append(m.Pending, [2]uint64{o[0], o[0]})
	}
	m.Open = m.Open[:min(len(m.Open), maxMarkRanges)]
	m.Pending = joinRanges(m.Pending, maxMarkRanges)
}

func compareRanges(a, b [2]uint64) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// joinRanges returns at most limit ranges that hold everything in all. It joins those that touch, then neighbours with
// the least between them.
func joinRanges(all [][2]uint64, limit int) (joined [][2]uint64) {
	slices.SortFunc(all, compareRanges)
	for _, r := range all {
		if last := len(joined) - 1; last >= 0 && (r[0] <= joined[last][1] || r[0]-1 == joined[last][1]) {
			joined[last][1] = max(joined[last][1], r[1])
			continue
		}
		joined = append(joined, r)
	}
	return dropGaps(joined, limit)
}

// dropGaps joins neighbours until limit ranges are left: the widest gaps stay.
func dropGaps(ranges [][2]uint64, limit int) [][2]uint64 {
	if len(ranges) <= limit {
		return ranges
	}
	gaps := make([]uint64, 0, len(ranges)-1)
	for i := range len(ranges) - 1 {
		gaps = append(gaps, ranges[i+1][0]-ranges[i][1])
	}
	slices.Sort(gaps)
	gaps = gaps[len(gaps)-limit+1:]                  // those that stay
	equal, _ := slices.BinarySearch(gaps, gaps[0]+1) // how many of them are as narrow as the narrowest
	kept := ranges[:1]
	for _, r := range ranges[1:] {
		last := &kept[len(kept)-1]
		gap := r[0] - last[1]
		if gap == gaps[0] {
			equal--
		}
		if gap > gaps[0] || gap == gaps[0] && equal >= 0 {
			kept = append(kept, r)
			continue
		}
		last[1] = r[1]
	}
	return kept
}

// Covers reports whether a mark of the feed covers all of an object, whatever it holds.
func Covers(text string, object objectkey.Landing) bool {
	m, ok := parseMark(text)
	if !ok {
		return false
	}
	_, unread := m.unread(object.Sequence, object.Through)
	return !unread
}

// unread tells what a mark does not cover of an object: its members from a sequence on. through is the last sequence of
// a packed object, and 0 for others.
func (m *mark) unread(first, through uint64) (from uint64, ok bool) {
	if through == 0 {
		return m.unreadOf(first)
	}
	return m.unreadWithin(first, through)
}

// unreadOf is unread for an object that landed as it is.
func (m *mark) unreadOf(first uint64) (from uint64, ok bool) {
	if first > m.Through {
		return first, true
	}
	for _, o := range m.Open {
		if o[0] == first {
			return o[1] + 1, true
		}
	}
	for _, p := range m.Pending {
		if p[0] <= first && first <= p[1] {
			return first, true
		}
	}
	return 0, false
}

// unreadWithin is unread for one that was packed: a member belongs to a part that began at its sequence or before, so
// everything before the first part that is not covered is covered.
func (m *mark) unreadWithin(first, through uint64) (from uint64, ok bool) {
	consider := func(at uint64) {
		if !ok || at < from {
			from, ok = at, true
		}
	}
	if through > m.Through {
		consider(max(first, m.Through+1))
	}
	for _, o := range m.Open {
		if first <= o[0] && o[0] <= through {
			consider(o[1] + 1)
		}
	}
	for _, p := range m.Pending {
		if p[0] <= through && first <= p[1] {
			consider(max(first, p[0]))
		}
	}
	return from, ok
}
