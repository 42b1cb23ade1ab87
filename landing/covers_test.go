package landing_test

import (
	"testing"

	"limnograph/landing"
	"limnograph/mem"
	"limnograph/objectkey"
)

func TestCovers(t *testing.T) {
	const mark = `{"through":100,"open":[[40,45]],"pending":[[60,69]]}`
	for name, tc := range map[string]struct {
		mark           string
		first, through uint64
		want           bool
	}{
		"an object of before":            {mark, 7, 0, true},
		"the last one":                   {mark, 100, 0, true},
		"a later one":                    {mark, 101, 0, false},
		"one that is not read whole":     {mark, 40, 0, false},
		"one that was not there yet":     {mark, 65, 0, false},
		"a packed one":                   {mark, 7, 30, true},
		"a packed one that goes further": {mark, 90, 110, false},
		"one with a part not read whole": {mark, 7, 50, false},
		"one with a part to come":        {mark, 50, 62, false},
		"nothing is read yet":            {"", 7, 0, false},
		"a damaged mark":                 {"{", 7, 0, false},
	} {
		if got := landing.Covers(tc.mark, objectkey.Landing{Sequence: tc.first, Through: tc.through}); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What was read whole is covered when it has been sealed, also when nothing more comes: else the last objects of a table
// would never be packed or expire.
func TestTheLastObjectsOfATableAreCovered(t *testing.T) {
	s := mem.New()
	l := newLander(t, s, landing.Config{}, nil)
	r := newReader(t, l, s)
	must(t, l.Append(t.Context(), batch(part(feedTable, "a", 2))))
	r.wantNew(2, 2)
	must(t, l.Seal(t.Context()))
	r.wantNew(0, 2)
	settled := r.mark
	for info, err := range s.List(t.Context(), objectkey.MetricsPrefix, "") {
		must(t, err)
		object, err := objectkey.ParseLanding(info.Key)
		must(t, err)
		if !landing.Covers(r.mark, object) {
			t.Errorf("%s does not cover %s", r.mark, info.Key)
		}
	}
	r.wantNew(0, 2)
	if r.mark != settled {
		t.Errorf("the mark goes on from %s to %s, though nothing happens", settled, r.mark)
	}
}
