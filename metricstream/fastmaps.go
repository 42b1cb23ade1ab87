package metricstream

import "limnograph"

// dimensions reads the object of dimensions.
func (p *fastPath) dimensions(data []byte, pos int) int {
	expected := len(p.dp.Dimensions) // that many names are known to differ
	p.dp.Dimensions = p.dp.Dimensions[:0]
	if pos+1 >= len(data) || data[pos] != '{' {
		return 0
	}
	if data[pos+1] == '}' {
		return pos + 2
	}
	for n := 0; n < longList; n++ {
		p.growDimensions(n + 1)
		d := &p.dp.Dimensions[n]
		name := d.Name
		if pos = p.pair(data, pos+1, d); pos == 0 {
			break
		}
		if n >= expected || d.Name != name {
			if p.hasDimension(n) {
				break
			}
			expected = 0
		}
		if data[pos] == '}' {
			return pos + 1
		}
		if data[pos] != ',' {
			break
		}
	}
	p.dp.Dimensions = p.dp.Dimensions[:0]
	return 0
}

// growDimensions makes the list n long; an entry that it held before comes back as it was.
func (p *fastPath) growDimensions(n int) {
	if n <= cap(p.dp.Dimensions) {
		p.dp.Dimensions = p.dp.Dimensions[:n]
		return
	}
	p.dp.Dimensions = append(p.dp.Dimensions, limnograph.Dimension{})
}

// pair reads a name and its text; something follows them.
func (p *fastPath) pair(data []byte, pos int, d *limnograph.Dimension) int {
	pos = p.text(data, pos, &d.Name)
	if pos == 0 || pos >= len(data) || data[pos] != ':' {
		return 0
	}
	pos = p.text(data, pos+1, &d.Value)
	if pos >= len(data) {
		return 0
	}
	return pos
}

// hasDimension reports whether the n-th name stands before it too.
func (p *fastPath) hasDimension(n int) bool {
	for i := range n {
		if p.dp.Dimensions[i].Name == p.dp.Dimensions[n].Name {
			return true
		}
	}
	return false
}

// values reads the object of statistics, which holds one at least.
func (p *fastPath) values(data []byte, pos int) int {
	p.dp.Statistics = limnograph.StatisticSet{Extra: p.dp.Statistics.Extra[:0]}
	if pos >= len(data) || data[pos] != '{' {
		return 0
	}
	for n := range p.statistics {
		s := &p.statistics[n]
		if pos = p.statisticName(data, pos+1, s); pos == 0 {
			return 0
		}
		v, next := p.numbers.read(data, pos)
		if next == 0 || next >= len(data) || !p.addStatistic(s, v) {
			return 0
		}
		if pos = next; data[pos] == '}' {
			return pos + 1
		}
		if data[pos] != ',' {
			return 0
		}
	}
	return 0
}

// statisticName reads a name with its colon.
func (p *fastPath) statisticName(data []byte, pos int, s *statisticSlot) int {
	name := s.name
	pos = p.text(data, pos, &s.name)
	if s.name != name {
		s.basic = basicStatistic(s.name)
	}
	if pos == 0 || pos >= len(data) || data[pos] != ':' {
		return 0
	}
	return pos + 1
}

func basicStatistic(name string) limnograph.Reported {
	switch name {
	case "max":
		return limnograph.ReportedMax
	case "min":
		return limnograph.ReportedMin
	case "sum":
		return limnograph.ReportedSum
	case "count":
		return limnograph.ReportedSampleCount
	}
	return 0
}

// addStatistic stores v, and reports whether its name is new in the object.
func (p *fastPath) addStatistic(s *statisticSlot, v float64) bool {
	set := &p.dp.Statistics
	if s.basic == 0 {
		return p.addExtra(s.name, v)
	}
	if set.Reported&s.basic != 0 {
		return false
	}
	set.Reported |= s.basic
	switch s.basic {
	case limnograph.ReportedMax:
		set.Max = v
	case limnograph.ReportedMin:
		set.Min = v
	case limnograph.ReportedSum:
		set.Sum = v
	default:
		set.SampleCount = v
	}
	return true
}

func (p *fastPath) addExtra(name string, v float64) bool {
	set := &p.dp.Statistics
	for i := range set.Extra {
		if set.Extra[i].Name == name {
			return false
		}
	}
	set.Extra = append(set.Extra, limnograph.Statistic{Name: name, Value: v})
	return true
}
