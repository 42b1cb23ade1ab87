package columns

import "slices"

// group holds the rows of one row group by column until it is written.
type group struct {
	series   []*Series        // distinct, in the order of their first row
	ordinals map[int64]uint32 // index in series by sid
	ordinal  []uint32         // of each row
	ts       []int64          // microseconds
	version  []int64
	reported []uint8
	values   [4][]float64 // max, min, sum, count
	stats    []string     // empty: no row has any
	text     int          // bytes of text
}

func newGroup() *group { return &group{ordinals: map[int64]uint32{}} }

func (g *group) len() int { return len(g.ts) }

func (g *group) isFull() bool { return len(g.ts) >= groupRows || g.text >= groupText }

func (g *group) reset() {
	clear(g.series)
	clear(g.ordinals)
	clear(g.stats)
	*g = group{
		series: g.series[:0], ordinals: g.ordinals, ordinal: g.ordinal[:0], ts: g.ts[:0], version: g.version[:0],
		reported: g.reported[:0], stats: g.stats[:0],
		values: [4][]float64{g.values[0][:0], g.values[1][:0], g.values[2][:0], g.values[3][:0]},
	}
}

func (g *group) add(r *Row) {
	g.ordinal = append(g.ordinal, g.ordinalOf(r.Series))
	g.ts = append(g.ts, r.TS*1000)
	g.version = append(g.version, r.Version)
	g.reported = append(g.reported, uint8(r.Reported))
	g.values[0] = append(g.values[0], r.Max)
	g.values[1] = append(g.values[1], r.Min)
	g.values[2] = append(g.values[2], r.Sum)
	g.values[3] = append(g.values[3], r.Count)
	if r.Stats != "" || len(g.stats) > 0 {
		g.addStats(r.Stats)
	}
}

func (g *group) addStats(stats string) {
	for len(g.stats) < len(g.ts)-1 {
		g.stats = append(g.stats, "")
	}
	g.stats = append(g.stats, stats)
	g.text += len(stats)
}

// grow makes room for n more rows, up to a whole row group.
func (g *group) grow(n int) {
	n = min(n, groupRows-g.len())
	g.ordinal = slices.Grow(g.ordinal, n)
	g.ts = slices.Grow(g.ts, n)
	g.version = slices.Grow(g.version, n)
	g.reported = slices.Grow(g.reported, n)
	for i := range g.values {
		g.values[i] = slices.Grow(g.values[i], n)
	}
}

func (g *group) ordinalOf(s *Series) uint32 {
	if n := len(g.ordinal); n > 0 {
		if last := g.ordinal[n-1]; g.series[last] == s {
			return last
		}
	}
	o, ok := g.ordinals[s.SID]
	if !ok {
		o = uint32(len(g.series))
		g.ordinals[s.SID] = o
		g.series = append(g.series, s)
		g.text += textOf(s)
	}
	return o
}

func textOf(s *Series) int {
	n := len(s.AccountID) + len(s.Region) + len(s.Namespace) + len(s.MetricName) + len(s.Dimensions) + len(s.Unit)
	for i := range s.Texts {
		n += len(s.Texts[i].Value)
	}
	return n
}
