package lake

import (
	"testing"

	"limnograph/record"
)

func TestPortionsHoldNoMoreThanFits(t *testing.T) {
	keys, stored := make(map[int64][]record.Key), make(map[int64]int64)
	for day := range int64(10) {
		keys[day], stored[day] = []record.Key{{byte(day)}, {byte(day), 1}}, 8 // ten rows of each day
	}
	stored[4] = 98 // one that is too large by itself
	var got []int
	next := byte(0)
	for _, portion := range portionsOf(keys, stored, 30) {
		got = append(got, len(portion)/2)
		for _, key := range portion {
			if key[0] < next {
				t.Errorf("day %d comes after day %d", key[0], next)
			}
			next = key[0]
		}
	}
	want := []int{3, 1, 1, 3, 2}
	if len(got) != len(want) {
		t.Fatalf("days %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("days %v, want %v", got, want)
		}
	}
}
