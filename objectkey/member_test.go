package objectkey_test

import (
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/objectkey"
)

func TestMemberNameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := objectkey.Member{
			Sequence: rapid.Uint64().Draw(t, "sequence"), Lines: rapid.Int64().Draw(t, "lines"),
			MinTime: rapid.Int64().Draw(t, "min"), MaxTime: rapid.Int64().Draw(t, "max"),
			Arrival: rapid.OneOf(rapid.Just(int64(0)), rapid.Int64()).Draw(t, "arrival"),
		}
		if got, err := objectkey.ParseMember(m.Name()); got != m || err != nil {
			t.Errorf("%s became %+v, %v", m.Name(), got, err)
		}
	})
	for _, name := range []string{"", "1.2.3", "1.2.3.4.5.6", "1.2.3.4.", "1.2.3.4.x", "x.2.3.4", "-1.2.3.4", "1.2.3.9223372036854775808", "1..3.4"} {
		if m, err := objectkey.ParseMember(name); limnograph.ErrorCode(err) != limnograph.CodeInvalid || m != (objectkey.Member{}) {
			t.Errorf("%q gave %+v, %v", name, m, err)
		}
	}
}

func TestMembersAddUp(t *testing.T) {
	var sum objectkey.Member
	for _, m := range []objectkey.Member{{7, 2, -5, 10, 99}, {8, 3, 20, 30, 98}, {9, 1, -9, 0, 0}} {
		sum.Add(m)
	}
	if want := (objectkey.Member{Sequence: 7, Lines: 6, MinTime: -9, MaxTime: 30}); sum != want {
		t.Errorf("got %+v, want %+v", sum, want)
	}
}

// Objects of older versions have names of four fields.
func TestMemberNames(t *testing.T) {
	for name, want := range map[string]objectkey.Member{
		"1.127.1763962280000.1763962500000":               {Sequence: 1, Lines: 127, MinTime: 1763962280000, MaxTime: 1763962500000},
		"1.127.1763962280000.1763962500000.1763962503123": {Sequence: 1, Lines: 127, MinTime: 1763962280000, MaxTime: 1763962500000, Arrival: 1763962503123},
	} {
		if got, err := objectkey.ParseMember(name); got != want || err != nil || got.Name() != name {
			t.Errorf("%s became %+v, %v, and %s", name, got, err, got.Name())
		}
	}
}
