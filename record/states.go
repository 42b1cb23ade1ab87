package record

import (
	"cmp"
	"slices"
	"strconv"

	"limnograph"
)

// history tells when each state of a run was first seen, sorted by state.
type history []seen

type seen struct {
	state string
	at    int64 // ms
}

// find returns when a state was first seen.
func (h history) find(state limnograph.RunState) (int64, bool) {
	for _, s := range h {
		if s.state == string(state) {
			return s.at, true
		}
	}
	return 0, false
}

// earliest returns the first time at which anything was seen; false: nothing was.
func (h history) earliest() (int64, bool) {
	if len(h) == 0 {
		return 0, false
	}
	return slices.MinFunc(h, func(a, b seen) int { return cmp.Compare(a.at, b.at) }).at, true
}

// union returns h with what o has seen too, and h itself when that adds nothing.
func (h history) union(o history) history {
	if !slices.ContainsFunc(o, func(s seen) bool { at, ok := h.find(limnograph.RunState(s.state)); return !ok || s.at < at }) {
		return h
	}
	all := slices.Concat(h, o)
	slices.SortFunc(all, func(a, b seen) int { return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.at, b.at)) })
	return slices.CompactFunc(all, func(a, b seen) bool { return a.state == b.state })
}

// text writes the history as a JSON object of state to milliseconds.
func (h history) text() string {
	b := []byte{'{'}
	for _, s := range h {
		b = appendName(b, s.state)
		b = strconv.AppendInt(b, s.at, 10)
	}
	return string(append(b, '}'))
}

// parseHistory reads what text wrote.
func parseHistory(text string) (history, error) {
	var h history
	err := eachMember(text, func(state, value string) error {
		at, err := parseTime(value)
		if err != nil {
			return err
		}
		h = append(h, seen{state, at})
		return nil
	})
	slices.SortFunc(h, func(a, b seen) int { return cmp.Compare(a.state, b.state) })
	return h, err
}
