package metricstream

import (
	"bytes"

	"limnograph"
)

// fastPath reads objects in the form that metric streams send: compact, known fields alone, plain text, no field twice.
// It expects each object to resemble the one before (the order of its fields, its texts, the names of its dimensions
// and statistics), checks that, and gives up on anything else. What it accepts is a canonical line, byte for byte.
//
// Its functions return the position behind what they read, or 0 when they gave up.
type fastPath struct {
	names      *interner
	order      [fieldCount]slot
	statistics [longList]statisticSlot
	numbers    *numberReader
	dp         limnograph.Datapoint // of the last object: also what the next is expected to hold
}

// slot is a field with its key as it stands in an object.
type slot struct {
	field field
	key   string
}

// statisticSlot is the name of a statistic; basic is 0 for an extra one.
type statisticSlot struct {
	name  string
	basic limnograph.Reported
}

func newFastPath(names *interner) fastPath {
	p := fastPath{names: names, numbers: newNumberReader()}
	for f := range fieldCount {
		p.order[f] = slot{f, `"` + f.name() + `":`}
	}
	return p
}

// read reads the object at start. The datapoint is valid until the next call.
func (p *fastPath) read(data []byte, start int) (dp *limnograph.Datapoint, end int, ok bool) {
	if data[start] != '{' {
		return nil, 0, false
	}
	seen := uint(0)
	pos := start + 1
	for i := range p.order {
		f, next := p.key(data, pos, i)
		if next == 0 || seen>>f&1 != 0 {
			break
		}
		seen |= 1 << f
		if pos = p.value(f, data, next); pos == 0 || pos >= len(data) {
			break
		}
		if data[pos] == '}' {
			return &p.dp, pos + 1, p.complete(seen) && pos+1-start <= MaxObjectBytes
		}
		if data[pos] != ',' {
			break
		}
		pos++
	}
	return nil, 0, false
}

// key reads the i-th key.
func (p *fastPath) key(data []byte, pos, i int) (field, int) {
	s := &p.order[i]
	if end := pos + len(s.key); end <= len(data) && string(data[pos:end]) == s.key {
		return s.field, end
	}
	return p.otherKey(data, pos, i)
}

// otherKey reads a key that was not expected and expects it from now on.
func (p *fastPath) otherKey(data []byte, pos, i int) (field, int) {
	for j := range p.order {
		s := p.order[j]
		if end := pos + len(s.key); end <= len(data) && string(data[pos:end]) == s.key {
			p.order[i], p.order[j] = p.order[j], p.order[i]
			return s.field, end
		}
	}
	return 0, 0
}

func (p *fastPath) value(f field, data []byte, pos int) int {
	switch f {
	case fieldStreamName:
		return p.text(data, pos, &p.dp.StreamName)
	case fieldAccountID:
		return p.text(data, pos, &p.dp.AccountID)
	case fieldRegion:
		return p.text(data, pos, &p.dp.Region)
	case fieldNamespace:
		return p.text(data, pos, &p.dp.Namespace)
	case fieldMetricName:
		return p.text(data, pos, &p.dp.MetricName)
	case fieldDimensions:
		return p.dimensions(data, pos)
	case fieldTimestamp:
		return p.timestamp(data, pos)
	case fieldValue:
		return p.values(data, pos)
	default:
		return p.text(data, pos, &p.dp.Unit)
	}
}

// complete clears the fields that were absent and reports whether the object is a datapoint.
func (p *fastPath) complete(seen uint) bool {
	if seen != 1<<fieldCount-1 {
		p.clear(seen)
	}
	return seen&required == required && p.dp.MetricName != ""
}

func (p *fastPath) clear(seen uint) {
	for f, s := range [...]*string{&p.dp.StreamName, &p.dp.AccountID, &p.dp.Region, &p.dp.Namespace} {
		if seen>>f&1 == 0 {
			*s = ""
		}
	}
	if seen>>fieldUnit&1 == 0 {
		p.dp.Unit = ""
	}
}

// text reads a string into s, which holds the expected one.
func (p *fastPath) text(data []byte, pos int, s *string) int {
	if pos >= len(data) || data[pos] != '"' {
		return 0
	}
	pos++
	if end := pos + len(*s); end < len(data) && data[end] == '"' && string(data[pos:end]) == *s {
		return end + 1
	}
	return p.otherText(data, pos, s)
}

func (p *fastPath) otherText(data []byte, pos int, s *string) int {
	window := data[pos:min(pos+internMax+1, len(data))]
	n := bytes.IndexByte(window, '"')
	if n < 0 {
		return 0
	}
	found, ok := p.names.plain(window[:n])
	if !ok {
		return 0
	}
	*s = found
	return pos + n + 1
}

// timestamp reads a whole number of at most 14 digits, which is in the accepted years.
func (p *fastPath) timestamp(data []byte, pos int) int {
	start, v := pos, int64(0)
	for ; pos < len(data) && isDigit(data[pos]); pos++ {
		v = v*10 + int64(data[pos]-'0')
		if pos-start == 14 {
			return 0
		}
	}
	if pos == start || data[start] == '0' && pos > start+1 {
		return 0
	}
	p.dp.Timestamp = v
	return pos
}
