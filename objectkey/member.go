package objectkey

import (
	"fmt"
	"strconv"
	"strings"

	"limnograph"
)

// Member is what a gzip member of a landing object says about itself, in the field of its header for a file name: DuckDB
// refuses gzip's field for extra data, and everybody accepts a file name. One member is one batch.
type Member struct {
	Sequence uint64 // global batch sequence
	Lines    int64
	MinTime  int64 // datapoint timestamps, milliseconds since the epoch; 0 in quarantine
	MaxTime  int64
	Arrival  int64 // when the batch arrived, milliseconds since the epoch; 0: unknown, then the object's key says it
}

// Name returns the file name: <sequence>.<lines>.<min>.<max>.<arrival>, without the last field when it is unknown.
func (m Member) Name() string {
	name := fmt.Sprintf("%d.%d.%d.%d", m.Sequence, m.Lines, m.MinTime, m.MaxTime)
	if m.Arrival != 0 {
		name += fmt.Sprintf(".%d", m.Arrival)
	}
	return name
}

// ParseMember is the inverse of Name. It checks the form, not whether the numbers make sense. Errors: CodeInvalid.
func ParseMember(name string) (m Member, err error) {
	fields := strings.Split(name, ".")
	if len(fields) != 4 && len(fields) != 5 {
		return m, invalidMember(name)
	}
	m.Sequence, err = strconv.ParseUint(fields[0], 10, 64)
	for i, to := range []*int64{&m.Lines, &m.MinTime, &m.MaxTime, &m.Arrival}[:len(fields)-1] {
		if err == nil {
			*to, err = strconv.ParseInt(fields[i+1], 10, 64)
		}
	}
	if err != nil {
		return Member{}, invalidMember(name)
	}
	return m, nil
}

func invalidMember(name string) error {
	return &limnograph.Error{
		Code: limnograph.CodeInvalid, Op: "parse member name",
		Message: fmt.Sprintf("%.100q is not of the form <sequence>.<lines>.<min>.<max>[.<arrival>]", name),
	}
}

// Add extends a sum of members by one: the sequence of the first, all lines, the bounds of all times. It has no arrival.
func (m *Member) Add(next Member) {
	if m.Lines == 0 {
		m.Sequence, m.MinTime, m.MaxTime = next.Sequence, next.MinTime, next.MaxTime
	}
	m.Lines += next.Lines
	m.MinTime, m.MaxTime = min(m.MinTime, next.MinTime), max(m.MaxTime, next.MaxTime)
}
