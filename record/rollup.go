package record

import (
	"math"
	"slices"
	"time"

	"limnograph"
)

// The places in a roll-up.
const (
	slotFirst uint8 = iota + 1
	slotLast
	slotRecordsIn
	slotRecordsOut
	slotRecordsSource
	slotBytesIn
	slotBytesOut
	slotPeakHeap
	slotCPU
	slotNeeded
	slotActive
	slotMax
	slotSkew
	slotShuffle
	slotOutcome
	slotErrorCategory
	slotState
	slotDuration
	slotEnd
)

// rollup is what the datapoints of a run add up to, by place less one; nil is not reported. It is immutable.
type rollup []any

func (r rollup) at(slot uint8) any {
	if len(r) == 0 {
		return nil
	}
	return r[slot-1]
}

// isEmpty reports whether the datapoints add up to nothing.
func (r rollup) isEmpty() bool {
	return !slices.ContainsFunc(r, func(value any) bool { return value != nil })
}

func rollupOf(m limnograph.RunMetrics) rollup {
	return rollup{
		slotFirst - 1: ms(m.First), slotLast - 1: ms(m.Last),
		slotRecordsIn - 1: known(m.RecordsIn), slotRecordsOut - 1: known(m.RecordsOut), slotRecordsSource - 1: named(m.RecordsSource),
		slotBytesIn - 1: known(m.BytesIn), slotBytesOut - 1: known(m.BytesOut),
		slotPeakHeap - 1: finite(m.PeakHeap), slotCPU - 1: finite(m.CPU),
		slotNeeded - 1: finite(m.ExecutorsNeeded), slotActive - 1: finite(m.ExecutorsActive), slotMax - 1: finite(m.ExecutorsMax),
		slotSkew - 1: finite(m.Skew), slotShuffle - 1: known(m.ShuffleBytes),
		slotOutcome - 1: named(string(m.Outcome)), slotErrorCategory - 1: named(m.ErrorCategory),
		slotState - 1: named(string(m.State)), slotDuration - 1: finite(m.DurationS),
	}
}

// compare orders roll-ups by how much they cover: the one that begins earlier, then the one that ends later. Two that
// cover the same are ordered by what they say.
func (r rollup) compare(o rollup) int {
	first, other := r.at(slotFirst), o.at(slotFirst)
	if first == nil || other == nil {
		first, other = other, first // one that has no beginning covers nothing
	}
	if c := compareValues(other, first); c != 0 {
		return c
	}
	for i := range r {
		if c := compareValues(r[i], o[i]); c != 0 {
			return c
		}
	}
	return 0
}

// slack is how much later than the one before a roll-up may begin and still replace it.
const slack = int64(time.Minute / time.Millisecond)

// replaces reports whether r takes the place of o, which was made before.
func (r rollup) replaces(o rollup) bool {
	first, known := r.at(slotFirst).(int64)
	before, had := o.at(slotFirst).(int64)
	return !had || known && first <= before+slack
}

// since returns r with the earlier one of both first datapoints, so that slack does not add up.
func (r rollup) since(o rollup) rollup {
	before, had := o.at(slotFirst).(int64)
	if first, _ := r.at(slotFirst).(int64); !had || first <= before {
		return r
	}
	r = slices.Clone(r)
	r[slotFirst-1] = before
	return r
}

func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func named(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func known(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

func finite(v *float64) any {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return *v + 0 // -0 is 0
}
