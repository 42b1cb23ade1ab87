package landing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph/objectkey"
)

var planNoon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// planObject makes an object of an hour: first sequence, second of its arrival, size.
func planObject(sequence uint64, second int, size int64) *landedObject {
	l := objectkey.Landing{Table: "t", Sender: "s", Stream: "x", Arrival: planNoon.Add(time.Duration(second) * time.Second), Sequence: sequence}
	return &landedObject{key: l.Key(), size: size, landing: l, named: true, arrival: l.Arrival}
}

func planOf(objects ...*landedObject) packPlan {
	sortBySequence(objects)
	return packPlan{objects: objects, maxBytes: 100, may: func(*landedObject) bool { return true }, measured: func(*landedObject) *measure { return nil }}
}

// show writes runs by the first sequences of their objects.
func show(runs [][]*landedObject) string {
	var all []string
	for _, run := range runs {
		var one []string
		for _, o := range run {
			one = append(one, fmt.Sprint(o.landing.Sequence))
		}
		all = append(all, strings.Join(one, " "))
	}
	return strings.Join(all, " | ")
}

func TestPackPlan(t *testing.T) {
	packedOne := planObject(30, 30, 1)
	packedOne.landing.Through = 39
	for name, tc := range map[string]struct {
		objects []*landedObject
		want    string
	}{
		"nothing":                  {nil, ""},
		"one":                      {[]*landedObject{planObject(1, 1, 1)}, ""},
		"all":                      {[]*landedObject{planObject(3, 3, 1), planObject(1, 1, 1), planObject(2, 2, 1)}, "1 2 3"},
		"up to the size":           {[]*landedObject{planObject(1, 1, 40), planObject(2, 2, 40), planObject(3, 3, 40), planObject(4, 4, 40)}, "1 2 | 3 4"},
		"without large ones":       {[]*landedObject{planObject(1, 1, 1), planObject(2, 2, 1), planObject(3, 3, 51), planObject(4, 4, 1), planObject(5, 5, 1)}, "1 2 | 4 5"},
		"without packed ones":      {[]*landedObject{planObject(10, 10, 1), planObject(20, 20, 1), packedOne, planObject(40, 40, 1), planObject(50, 50, 1)}, "10 20 | 40 50"},
		"one arrival in any order": {[]*landedObject{planObject(1, 5, 1), planObject(2, 5, 1), planObject(3, 5, 1)}, "1 2 3"},
		"falling arrivals":         {[]*landedObject{planObject(1, 3, 1), planObject(2, 2, 1), planObject(3, 1, 1)}, ""},
		"one arrived among them":   {[]*landedObject{planObject(1, 1, 1), planObject(2, 2, 1), planObject(3, 5, 1), planObject(9, 3, 1)}, "1 2"},
		"late ones among the rest": {[]*landedObject{planObject(1, 1, 1), planObject(2, 2, 1), planObject(3, 5, 1), planObject(4, 6, 1), planObject(8, 3, 1), planObject(9, 4, 1)}, "1 2 | 3 4 | 8 9"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(planOf(tc.objects...).runs()); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// What is known of the content counts too: batches that overlap, damage, and who may be packed.
func TestPackPlanByMeasure(t *testing.T) {
	objects := func() []*landedObject {
		return []*landedObject{planObject(10, 1, 1), planObject(20, 2, 1), planObject(30, 3, 1), planObject(40, 4, 1), planObject(50, 5, 1)}
	}
	for name, tc := range map[string]struct {
		last map[uint64]uint64 // of an object; 0: damaged
		may  func(uint64) bool
		want string
	}{
		"in order":           {last: map[uint64]uint64{10: 19, 20: 29, 30: 30, 40: 49, 50: 70}, want: "10 20 30 40 50"},
		"one reaches over":   {last: map[uint64]uint64{10: 19, 20: 35}, want: "30 40 50"},
		"the first does":     {last: map[uint64]uint64{10: 25}, want: "20 30 40 50"},
		"one is damaged":     {last: map[uint64]uint64{30: 0}, want: "10 20 | 40 50"},
		"not all are read":   {may: func(s uint64) bool { return s < 40 }, want: "10 20 30"},
		"one is not read":    {may: func(s uint64) bool { return s != 20 }, want: "30 40 50"},
		"nothing may happen": {may: func(uint64) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			p := planOf(objects()...)
			p.measured = func(o *landedObject) *measure {
				last, known := tc.last[o.landing.Sequence]
				switch {
				case !known:
					return nil
				case last == 0:
					return &measure{err: errForeign}
				}
				return &measure{last: last}
			}
			if tc.may != nil {
				p.may = func(o *landedObject) bool { return tc.may(o.landing.Sequence) }
			}
			if got := show(p.runs()); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// statement is a line that says something about the one datapoint of the property: its object's arrival, its position.
type statement struct {
	arrival  time.Time
	position uint64
}

// Packing never changes which of any two statements readers prefer, by the arrival of their object, then position.
func TestPackPlanChangesNoWinner(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var objects []*landedObject
		last := map[*landedObject]uint64{}
		for range rapid.IntRange(0, 12).Draw(rt, "objects") {
			o := planObject(rapid.Uint64Range(1, 60).Draw(rt, "first"), rapid.IntRange(0, 8).Draw(rt, "second"), 1)
			if slices.ContainsFunc(objects, func(other *landedObject) bool { return other.landing.Sequence == o.landing.Sequence }) {
				continue
			}
			last[o] = o.landing.Sequence + rapid.Uint64Range(0, 6).Draw(rt, "more")
			objects = append(objects, o)
		}
		p := planOf(objects...)
		p.measured = func(o *landedObject) *measure { return &measure{last: last[o]} }
		before, after := map[uint64]statement{}, map[uint64]statement{}
		id := uint64(0)
		note := func(o *landedObject, arrival time.Time) {
			for _, at := range []uint64{o.landing.Sequence, last[o]} {
				id++
				before[id], after[id] = statement{o.arrival, at}, statement{arrival, at}
			}
		}
		packed := map[*landedObject]bool{}
		for _, run := range p.runs() {
			through := last[run[len(run)-1]]
			for _, o := range run {
				packed[o] = true
				note(o, run[0].arrival)
			}
			for _, o := range objects {
				if !slices.Contains(run, o) && run[0].landing.Sequence <= o.landing.Sequence && o.landing.Sequence <= through {
					rt.Fatalf("%d would count as packed in %s", o.landing.Sequence, show([][]*landedObject{run}))
				}
			}
		}
		for _, o := range objects {
			if !packed[o] {
				note(o, o.arrival)
			}
		}
		order := func(a, b statement) int {
			return cmp.Or(a.arrival.Compare(b.arrival), cmp.Compare(a.position, b.position))
		}
		for i := range before {
			for j := range before {
				if b, a := order(before[i], before[j]), order(after[i], after[j]); b != a {
					rt.Fatalf("%v against %v was %d and is %d", before[i], before[j], b, a)
				}
			}
		}
	})
}
