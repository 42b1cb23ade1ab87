package metricstream

import (
	"strings"

	"limnograph"
)

// object takes one object apart that is correct JSON, in any form: any order, white space, escapes, unknown fields, and
// fields that come twice (the last one counts).
type object struct {
	names      *interner
	known      [fieldCount][]byte // raw value; nil when absent or null
	dimensions memberList
	statistics memberList
	unknown    memberList
	scratch    []byte
}

// read takes raw apart and fills dp, reusing its slices.
func (o *object) read(raw []byte, dp *limnograph.Datapoint) problem {
	o.split(raw)
	for _, step := range [...]func(*limnograph.Datapoint) problem{
		o.readTexts, o.readDimensions, o.readTimestamp, o.readValue,
	} {
		if p := step(dp); p.found() {
			return p
		}
	}
	o.readUnknown(dp)
	return problem{}
}

// split finds the last value of each top-level field.
func (o *object) split(raw []byte) {
	o.known = [fieldCount][]byte{}
	o.unknown.reset()
	w := walk(raw)
	for key, value, ok := w.next(); ok; key, value, ok = w.next() {
		name := o.decode(key)
		if f, isKnown := fieldOf(name); isKnown {
			o.known[f] = nonNull(value)
			continue
		}
		if s := o.names.text(name); !strings.EqualFold(s, positionField) {
			o.unknown.set(s, value)
		}
	}
}

// collect lists the members of a raw object.
func (o *object) collect(list *memberList, raw []byte) {
	list.reset()
	if raw == nil {
		return
	}
	w := walk(raw)
	for key, value, ok := w.next(); ok; key, value, ok = w.next() {
		list.set(o.names.text(o.decode(key)), value)
	}
}

func (o *object) readTexts(dp *limnograph.Datapoint) problem {
	for _, t := range [...]struct {
		field field
		to    *string
	}{
		{fieldStreamName, &dp.StreamName},
		{fieldAccountID, &dp.AccountID},
		{fieldRegion, &dp.Region},
		{fieldNamespace, &dp.Namespace},
		{fieldMetricName, &dp.MetricName},
		{fieldUnit, &dp.Unit},
	} {
		s, ok := o.optionalText(o.known[t.field])
		if !ok {
			return problem{ReasonInvalidField, t.field.name() + " is no string"}
		}
		*t.to = s
	}
	if dp.MetricName == "" {
		return problem{ReasonMissingMetricName, "metric_name is absent or empty"}
	}
	return problem{}
}

func (o *object) readDimensions(dp *limnograph.Datapoint) problem {
	raw := o.known[fieldDimensions]
	if raw != nil && raw[0] != '{' {
		return problem{ReasonInvalidDimensions, "dimensions is no object"}
	}
	o.collect(&o.dimensions, raw)
	dp.Dimensions = dp.Dimensions[:0]
	for _, m := range o.dimensions.list {
		if m.value[0] != '"' {
			return problem{ReasonInvalidDimensions, "the value of dimension " + clip(m.name) + " is no string"}
		}
		dp.Dimensions = append(dp.Dimensions, limnograph.Dimension{Name: m.name, Value: o.text(m.value)})
	}
	return problem{}
}

func (o *object) readTimestamp(dp *limnograph.Datapoint) problem {
	raw := o.known[fieldTimestamp]
	if raw == nil {
		return problem{ReasonMissingTimestamp, "timestamp is absent"}
	}
	if !isNumber(raw) {
		return problem{ReasonInvalidTimestamp, "timestamp is no number"}
	}
	ts, ok := parseTimestamp(raw)
	if !ok {
		return problem{ReasonInvalidTimestamp, "timestamp is no whole number of milliseconds in the years 1 to 9999"}
	}
	dp.Timestamp = ts
	return problem{}
}

func (o *object) readValue(dp *limnograph.Datapoint) problem {
	raw := o.known[fieldValue]
	if raw != nil && raw[0] != '{' {
		return problem{ReasonInvalidValue, "value is no object"}
	}
	o.collect(&o.statistics, raw)
	set := limnograph.StatisticSet{Extra: dp.Statistics.Extra[:0]}
	for _, m := range o.statistics.list {
		switch {
		case isNumber(m.value):
			v, _ := parseFloat(m.value) // the syntax check found every number in range
			addStatistic(&set, m.name, v)
		case m.value[0] != 'n':
			return problem{ReasonInvalidValue, "statistic " + clip(m.name) + " is no number"}
		}
	}
	dp.Statistics = set
	if set.Len() == 0 {
		return problem{ReasonMissingStatistics, "value holds no statistic"}
	}
	return problem{}
}

func (o *object) readUnknown(dp *limnograph.Datapoint) {
	dp.Unknown = dp.Unknown[:0]
	for _, m := range o.unknown.list {
		o.scratch = appendCompact(o.scratch[:0], m.value)
		dp.Unknown = append(dp.Unknown, limnograph.Field{Name: m.name, JSON: string(o.scratch)})
	}
}

// decode returns the text of a string's raw bytes, valid until the next call.
func (o *object) decode(raw []byte) []byte {
	if isPlain(raw) {
		return raw
	}
	o.scratch = appendDecoded(o.scratch[:0], raw)
	return o.scratch
}

func (o *object) text(value []byte) string { return o.names.text(o.decode(value[1 : len(value)-1])) }

func (o *object) optionalText(value []byte) (s string, ok bool) {
	if value == nil {
		return "", true
	}
	if value[0] != '"' {
		return "", false
	}
	return o.text(value), true
}

func addStatistic(set *limnograph.StatisticSet, name string, v float64) {
	switch name {
	case "max":
		set.Max, set.Reported = v, set.Reported|limnograph.ReportedMax
	case "min":
		set.Min, set.Reported = v, set.Reported|limnograph.ReportedMin
	case "sum":
		set.Sum, set.Reported = v, set.Reported|limnograph.ReportedSum
	case "count":
		set.SampleCount, set.Reported = v, set.Reported|limnograph.ReportedSampleCount
	default:
		set.Extra = append(set.Extra, limnograph.Statistic{Name: name, Value: v})
	}
}

func nonNull(value []byte) []byte {
	if value[0] == 'n' {
		return nil
	}
	return value
}

func isNumber(value []byte) bool { return value[0] == '-' || isDigit(value[0]) }

// clip shortens a name for a message.
func clip(name string) string {
	const most = 64
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "..."
	}
	return name
}
