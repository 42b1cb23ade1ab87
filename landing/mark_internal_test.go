package landing

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"limnograph/objectkey"
)

// A mark that was shortened for its reader covers nothing that it did not cover before, of whatever object.
func TestAShortMarkNeverCoversMore(t *testing.T) {
	sequence := rapid.Uint64Range(1, 300)
	rapid.Check(t, func(rt *rapid.T) {
		var m mark
		m.Through = sequence.Draw(rt, "through")
		for _, first := range rapid.SliceOfNDistinct(sequence, 0, 120, rapid.ID[uint64]).Draw(rt, "open") {
			m.Open = append(m.Open, [2]uint64{first, first - 1 + rapid.Uint64Range(0, 20).Draw(rt, "read")})
		}
		for _, from := range rapid.SliceOfN(sequence, 0, 120).Draw(rt, "pending") {
			m.Pending = append(m.Pending, [2]uint64{from, from + rapid.Uint64Range(0, 3).Draw(rt, "length")})
		}
		short, ok := parseMark(m.text())
		if !ok || len(short.Open) > maxMarkRanges || len(short.Pending) > maxMarkRanges {
			rt.Fatalf("%+v became %+v, %v", m, short, ok)
		}
		for first := range uint64(330) {
			checkUnread(rt, m, short, first, 0)
			checkUnread(rt, m, short, first, first+rapid.Uint64Range(0, 9).Draw(rt, "packed"))
		}
	})
}

func checkUnread(rt *rapid.T, m, short mark, first, through uint64) {
	from, unread := m.unread(first, through)
	shortFrom, shortUnread := short.unread(first, through)
	if unread && (!shortUnread || shortFrom > from) {
		rt.Fatalf("of %d..%d %d is not covered, and by the short mark %d (%v)\n%+v\n%+v", first, through, from, shortFrom, shortUnread, m, short)
	}
}

// What is not covered of a packed object begins where it does for the first of its parts.
func TestAPackedObjectIsCoveredAsItsPartsAre(t *testing.T) {
	sequence := rapid.Uint64Range(1, 60)
	rapid.Check(t, func(rt *rapid.T) {
		m := mark{Through: sequence.Draw(rt, "through")}
		for _, from := range rapid.SliceOfN(sequence, 0, 4).Draw(rt, "pending") {
			m.Pending = append(m.Pending, [2]uint64{from, from + rapid.Uint64Range(0, 5).Draw(rt, "length")})
		}
		first, through := sequence.Draw(rt, "first"), uint64(0)
		var parts [][2]uint64 // first and last sequence
		for at := first; len(parts) < 4; at = through + 1 + rapid.Uint64Range(0, 3).Draw(rt, "gap") {
			through = at + rapid.Uint64Range(0, 6).Draw(rt, "members")
			parts = append(parts, [2]uint64{at, through})
		}
		if i := rapid.IntRange(0, 4).Draw(rt, "open"); i < 4 {
			m.Open = append(m.Open, [2]uint64{parts[i][0], rapid.Uint64Range(parts[i][0]-1, parts[i][1]).Draw(rt, "read")})
		}
		from, unread := m.unread(first, through)
		for _, p := range parts {
			if partFrom, partUnread := m.unread(p[0], 0); partUnread && (!unread || from > partFrom) {
				rt.Fatalf("%+v: of the part %v, %d is not covered, and of all, %d (%v)", m, p, partFrom, from, unread)
			}
		}
	})
}

func TestCovers(t *testing.T) {
	const text = `{"through":20,"open":[[5,9]],"pending":[[12,14]]}`
	for _, tt := range []struct {
		first, through uint64
		want           bool
	}{{1, 0, true}, {20, 0, true}, {21, 0, false}, {5, 0, false}, {6, 0, true}, {12, 0, false}, {14, 0, false}, {15, 0, true}, {1, 4, true}, {1, 5, false}, {6, 11, true}, {6, 12, false}, {15, 20, true}, {15, 21, false}} {
		if got := Covers(text, objectkey.Landing{Sequence: tt.first, Through: tt.through}); got != tt.want {
			t.Errorf("%d to %d: %v", tt.first, tt.through, got)
		}
	}
	for _, text := range []string{"", "{}", "nonsense", `{"through":-1}`, `{"through":20,"pending":[[9,1]]}`} {
		if Covers(text, objectkey.Landing{Sequence: 1}) {
			t.Errorf("%q covers something", text)
		}
	}
}

// Whatever a reader hands in: a mark that makes no sense covers nothing, and one that does has a text that means the same.
func FuzzParseMark(f *testing.F) {
	f.Add(`{"through":20,"open":[[5,9]],"pending":[[12,14]],"turn":"x-1"}`)
	f.Add(`{"through":18446744073709551615,"open":[[0,0]],"pending":[[0,18446744073709551615]]}`)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := parseMark(text)
		if !ok {
			if m.Through != 0 || m.Open != nil || m.Pending != nil {
				t.Errorf("%q covers %+v", text, m)
			}
			return
		}
		again, ok := parseMark(m.text())
		if !ok || again.Through != m.Through {
			t.Fatalf("%q became %+v, then %+v", text, m, again)
		}
		for _, o := range m.Open {
			if from, unread := m.unread(o[0], 0); unread {
				if againFrom, againUnread := again.unread(o[0], 0); !againUnread || againFrom > from {
					t.Errorf("%q: %d is not covered from %d on, and then from %d (%v)", text, o[0], from, againFrom, againUnread)
				}
			}
		}
		if _, err := json.Marshal(m); err != nil {
			t.Error(err)
		}
	})
}
