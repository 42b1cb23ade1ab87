package lake

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"limnograph"
	"limnograph/columns"
)

// window is a share of the keys of a table: those whose timestamp lies in a half-open range, in milliseconds since the
// epoch, and of these, where shards is above 1, those whose series falls into one shard.
type window struct {
	from, to      int64
	shard, shards uint64
}

// always is all time.
func always() window { return window{from: math.MinInt64, to: math.MaxInt64} }

func windowOf(r limnograph.TimeRange) window {
	w := always()
	if !r.From.IsZero() {
		w.from = r.From.UnixMilli()
	}
	if !r.To.IsZero() {
		w.to = r.To.UnixMilli()
	}
	return w
}

// overlaps reports whether timestamps from lowest to greatest, both inclusive, may lie in the window.
func (w window) overlaps(lowest, greatest int64) bool { return greatest >= w.from && lowest < w.to }

// has reports whether a key lies in the window.
func (w window) has(sid, ts int64) bool {
	return ts >= w.from && ts < w.to && (w.shards < 2 || uint64(sid)%w.shards == w.shard)
}

// errWindowFull says that a window holds more keys than there is memory for.
var errWindowFull = errors.New("more datapoints in a window than expected")

// split returns the halves of a window: of its time, down to a minute, then of its series.
func (w window) split() []window {
	middle := floorDiv(w.from/2+w.to/2, minuteMillis) * minuteMillis
	if middle > w.from && middle < w.to {
		return []window{{w.from, middle, w.shard, w.shards}, {middle, w.to, w.shard, w.shards}}
	}
	shards := max(1, w.shards)
	return []window{{w.from, w.to, w.shard, 2 * shards}, {w.from, w.to, w.shard + shards, 2 * shards}}
}

// planWindows cuts the time of landed objects into windows of about limit lines, in order. Most datapoints are landed
// soon after their minute, so the lines of an object are expected at its arrival, as far as its bounds allow.
func planWindows(objects []landedObject, within window, limit int64) []window {
	lines := make(map[int64]int64) // by hour
	for _, o := range objects {
		lines[hourOf(min(max(o.arrival, o.min), o.max))] += o.lines
		if hour := hourOf(o.min); lines[hour] == 0 {
			lines[hour] = 0 // no window is left out
		}
	}
	hours := sortedKeys(lines)
	var windows []window
	for i := 0; i < len(hours); {
		end, n := i+1, lines[hours[i]]
		for end < len(hours) && n+lines[hours[end]] <= limit {
			n += lines[hours[end]]
			end++
		}
		windows = append(windows, pieces(window{from: hours[i] * hourMillis, to: (hours[end-1] + 1) * hourMillis}, n, limit)...)
		i = end
	}
	return closeGaps(windows, objects, within)
}

func sortedKeys[V any](m map[int64]V) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// pieces cuts a window of n lines into windows of about limit.
func pieces(w window, n, limit int64) []window {
	count := min((n+limit-1)/limit, (w.to-w.from)/minuteMillis)
	if count < 2 {
		return []window{w}
	}
	var all []window
	step := max(1, (w.to-w.from)/minuteMillis/count) * minuteMillis
	for from := w.from; from < w.to; from += step {
		all = append(all, window{from: from, to: min(from+step, w.to)})
	}
	return all
}

// closeGaps makes windows neighbours, cuts them to what is asked for, and drops those that no object overlaps.
func closeGaps(windows []window, objects []landedObject, within window) (all []window) {
	for i := range windows {
		if i+1 < len(windows) {
			windows[i].to = windows[i+1].from
		} else {
			windows[i].to = math.MaxInt64
		}
	}
	for _, w := range windows {
		lowest, greatest := int64(math.MaxInt64), int64(math.MinInt64)
		for _, o := range objects {
			if w.overlaps(o.min, o.max) {
				lowest, greatest = min(lowest, o.min), max(greatest, o.max)
			}
		}
		if lowest > greatest {
			continue
		}
		w.from, w.to = max(w.from, lowest, within.from), min(w.to, greatest+1, within.to)
		if w.from < w.to {
			all = append(all, w)
		}
	}
	return all
}

// statement is what comparing needs of a statement.
type statement struct {
	sid, ts    int64
	count      float64 // sample count, as columns.Row.SampleCount
	version    int64
	hash       uint64
	statistics int32
	state      statementState // 0: the slot is free
}

type statementState uint8

const (
	stateLanded  statementState = iota + 1 // landing has it
	stateMatched                           // the table has its key too
	stateTable                             // the table has its key, landing has not
)

func statementOf(r *columns.Row, state statementState) statement {
	return statement{
		sid: r.Series.SID, ts: r.TS, count: r.SampleCount(), version: r.Version, hash: columns.Hash(r),
		statistics: int32(r.Statistics()), state: state,
	}
}

// compare orders statements of one key as compareStatements does.
func (s *statement) compare(o *statement) int {
	return cmp.Or(cmp.Compare(s.count, o.count), cmp.Compare(s.statistics, o.statistics), cmp.Compare(s.version, o.version))
}

// statementSet holds one statement for each key, by open addressing. It never grows.
type statementSet struct {
	slots []statement // a power of two
	used  int
}

func newStatementSet(slots int) *statementSet { return &statementSet{slots: make([]statement, slots)} }

func (s *statementSet) reset() {
	clear(s.slots)
	s.used = 0
}

// slot returns the slot of a key, or the free one where it belongs.
func (s *statementSet) slot(sid, ts int64) *statement {
	mask := uint64(len(s.slots) - 1)
	i := (uint64(sid)>>5 ^ uint64(ts/minuteMillis)*0x9E3779B97F4A7C15>>17) & mask
	for {
		at := &s.slots[i]
		if at.state == 0 || at.sid == sid && at.ts == ts {
			return at
		}
		i = (i + 1) & mask
	}
}

// fold puts a statement in, unless that of its key wins over it. It returns false when the set is full.
func (s *statementSet) fold(r *columns.Row) bool {
	at := s.slot(r.Series.SID, r.TS)
	if at.state == 0 {
		if !s.room() {
			return false
		}
		s.used++
		*at = statementOf(r, stateLanded)
		return true
	}
	if next := statementOf(r, stateLanded); next.compare(at) > 0 {
		*at = next
	}
	return true
}

func (s *statementSet) room() bool { return 4*(s.used+1) <= 3*len(s.slots) }

// take folds a row in. Errors: errWindowFull.
func (s *statementSet) take(r *columns.Row) error {
	if !s.fold(r) {
		return errWindowFull
	}
	return nil
}
