package metricstream_test

import (
	"testing"

	"limnograph/metricstream"
)

func TestCutPosition(t *testing.T) {
	for line, want := range map[string]struct {
		without  string
		position int64
		ok       bool
	}{
		`{"a":1,"limno_position":16777216}` + "\n":            {`{"a":1}` + "\n", 16777216, true},
		`{"a":1,"limno_position":9223372036854775807}` + "\n": {`{"a":1}` + "\n", 1<<63 - 1, true},
		`{"a":1,"limno_position":9223372036854775808}` + "\n": {ok: false},
		`{"a":1,"limno_position":9999999999999999999}` + "\n": {ok: false},
		`{"a":1}` + "\n":                                       {ok: false},
		`{"a":1,"limno_position":}` + "\n":                     {ok: false},
		`{"a":1,"limno_position":1}`:                           {ok: false},
		`,"limno_position":1}` + "\n":                          {ok: false},
		`{"a":1,"limno_position":00000000000000000000}` + "\n": {ok: false},
		"\n": {ok: false},
		"":   {ok: false},
	} {
		position, ok := metricstream.PositionOf([]byte(line))
		if position != want.position && ok || ok != want.ok {
			t.Errorf("%q: %d %v, want %+v", line, position, ok, want)
		}
		without, position, ok := metricstream.CutPosition([]byte(line))
		if string(without) != want.without || position != want.position || ok != want.ok {
			t.Errorf("%q: %q %d %v, want %+v", line, without, position, ok, want)
		}
	}
}

func TestPosition(t *testing.T) {
	const sequence, line = metricstream.MaxSequence - 1, metricstream.MaxBatchLines - 1
	if p := metricstream.Position(sequence, line); p != 1<<63-1 || metricstream.SequenceOf(p) != sequence {
		t.Errorf("the last position is %d, of batch %d", p, metricstream.SequenceOf(p))
	}
}
