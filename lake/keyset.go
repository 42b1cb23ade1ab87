package lake

import "limnograph/columns"

const (
	minuteMillis = 60_000
	hourMillis   = 60 * minuteMillis
	dayMillis    = 24 * hourMillis
)

// hourOf returns the number of the hour since the epoch that a timestamp lies in.
func hourOf(millis int64) int64 { return floorDiv(millis, hourMillis) }

// dayOf returns the number of the day.
func dayOf(millis int64) int64 { return floorDiv(millis, dayMillis) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// keySet holds the keys of one hour: for each series one bit a minute. Keys off the minute, which metric streams do not
// send, stand in a map. It is exact: a series is known by its whole sid.
type keySet struct {
	sids  []int64  // open addressing by sid, which is a hash already; the length is a power of two
	bits  []uint64 // of the series in the same slot; 0: the slot is free
	count int
	odd   map[columns.Key]struct{}
}

// slotBytes is what one slot takes, oddBytes what a key off the minute takes, about.
const (
	slotBytes = 16
	oddBytes  = 48
)

// size returns the bytes that the set takes.
func (k *keySet) size() int64 { return int64(len(k.sids))*slotBytes + int64(len(k.odd))*oddBytes }

// has reports whether the set holds a key of its hour.
func (k *keySet) has(sid, ts int64) bool {
	bit, onMinute := minuteBit(ts)
	if !onMinute {
		_, ok := k.odd[columns.Key{SID: sid, TS: ts}]
		return ok
	}
	if k.count == 0 {
		return false
	}
	return k.bits[k.slot(sid)]&bit != 0
}

// add puts a key into the set.
func (k *keySet) add(sid, ts int64) {
	bit, onMinute := minuteBit(ts)
	if !onMinute {
		if k.odd == nil {
			k.odd = make(map[columns.Key]struct{})
		}
		k.odd[columns.Key{SID: sid, TS: ts}] = struct{}{}
		return
	}
	k.addBits(sid, bit)
}

// addBits adds minutes of a series.
func (k *keySet) addBits(sid int64, bits uint64) {
	if 4*(k.count+1) > 3*len(k.sids) {
		k.grow()
	}
	k.put(sid, bits)
}

func (k *keySet) put(sid int64, bits uint64) {
	i := k.slot(sid)
	if k.bits[i] == 0 {
		k.sids[i] = sid
		k.count++
	}
	k.bits[i] |= bits
}

// slot returns the slot of a series, or the free one where it belongs. The set is never full.
func (k *keySet) slot(sid int64) int {
	mask := len(k.sids) - 1
	i := int(uint64(sid)>>7) & mask
	for k.bits[i] != 0 && k.sids[i] != sid {
		i = (i + 1) & mask
	}
	return i
}

func (k *keySet) grow() {
	old := *k
	n := max(64, 2*len(old.sids))
	k.sids, k.bits, k.count = make([]int64, n), make([]uint64, n), 0
	for i, bits := range old.bits {
		if bits != 0 {
			k.put(old.sids[i], bits)
		}
	}
}

func minuteBit(ts int64) (bit uint64, onMinute bool) {
	rest := ts - hourOf(ts)*hourMillis
	return 1 << (rest / minuteMillis), rest%minuteMillis == 0
}
