package columns

import (
	"regexp"
	"strings"

	"github.com/cespare/xxhash/v2"

	"limnograph"
)

// Interner makes rows of datapoints, and keeps one Series for each sid. It is not safe for concurrent use.
type Interner struct {
	layout   *Layout
	patterns []*regexp.Regexp // of the extracted columns
	series   map[int64]*Series
	strings  shared

	canonical, text []byte // scratch
	sorted          []limnograph.Dimension
}

// NewInterner returns an empty interner.
func (l *Layout) NewInterner() *Interner {
	return &Interner{layout: l, patterns: l.patterns, series: map[int64]*Series{}, strings: shared{}}
}

// Row returns the row of a datapoint, which may be reused afterwards.
func (i *Interner) Row(dp *limnograph.Datapoint, version int64) Row {
	r := Row{Series: i.seriesOf(dp), TS: dp.Timestamp, Reported: dp.Statistics.Reported, Version: version}
	if r.Reported&limnograph.ReportedMax != 0 {
		r.Max = dp.Statistics.Max
	}
	if r.Reported&limnograph.ReportedMin != 0 {
		r.Min = dp.Statistics.Min
	}
	if r.Reported&limnograph.ReportedSum != 0 {
		r.Sum = dp.Statistics.Sum
	}
	if r.Reported&limnograph.ReportedSampleCount != 0 {
		r.Count = dp.Statistics.SampleCount
	}
	if extra := dp.Statistics.Extra; len(extra) > 0 {
		i.text = appendStatistics(i.text[:0], sortedStatistics(extra))
		r.Stats, r.Extra = string(i.text), int32(len(extra))
	}
	return r
}

// Len returns the number of series.
func (i *Interner) Len() int { return len(i.series) }

// Reset forgets all series. Rows that were made keep theirs.
func (i *Interner) Reset() {
	clear(i.series)
	clear(i.strings)
}

func (i *Interner) seriesOf(dp *limnograph.Datapoint) *Series {
	var sorted []limnograph.Dimension
	sorted, i.sorted = sortedDimensions(i.sorted, dp.Dimensions)
	i.canonical = appendCanonical(i.canonical[:0], dp, sorted)
	sid := int64(xxhash.Sum64(i.canonical))
	s, ok := i.series[sid]
	if !ok {
		s = i.newSeries(sid, dp, sorted)
		i.series[sid] = s
	}
	return s
}

func (i *Interner) newSeries(sid int64, dp *limnograph.Datapoint, sorted []limnograph.Dimension) *Series {
	i.text = appendDimensions(i.text[:0], sorted)
	s := &Series{
		SID:        sid,
		AccountID:  i.strings.text(dp.AccountID),
		Region:     i.strings.text(dp.Region),
		Namespace:  i.strings.text(dp.Namespace),
		MetricName: i.strings.text(dp.MetricName),
		Texts:      i.texts(dp),
		IsTotal:    i.isTotal(dp),
		Dimensions: i.strings.bytes(i.text),
		Unit:       i.strings.text(unitOf(dp)),
	}
	s.hash = hashSeries(s)
	return s
}

// texts returns the values of promoted dimensions and extracted columns. As in the flattening view, an empty
// extract is NULL, an empty dimension is not.
func (i *Interner) texts(dp *limnograph.Datapoint) []NullText {
	texts := make([]NullText, 0, len(i.layout.texts))
	for _, d := range i.layout.schema.Dimensions {
		value, ok := dp.Dimension(d.Name)
		texts = append(texts, NullText{i.strings.text(value), ok})
	}
	for _, p := range i.patterns {
		found := extract(p, dp.MetricName)
		texts = append(texts, NullText{i.strings.text(found.Value), found.Valid})
	}
	return texts
}

// extract returns the first group of a pattern in a metric name; NULL when it is empty.
func extract(pattern *regexp.Regexp, metric string) NullText {
	if groups := pattern.FindStringSubmatch(metric); groups != nil {
		return NullText{groups[1], groups[1] != ""}
	}
	return NullText{}
}

func (i *Interner) isTotal(dp *limnograph.Datapoint) bool {
	for _, t := range i.layout.schema.Totals {
		if value, ok := dp.Dimension(t.Name); ok && value == t.Value {
			return true
		}
	}
	return false
}

// shared keeps one copy of each text: many series have the same account, job or dimensions.
type shared map[string]string

func (m shared) text(s string) string {
	kept, ok := m[s]
	if !ok {
		kept = strings.Clone(s)
		m[kept] = kept
	}
	return kept
}

func (m shared) bytes(b []byte) string {
	kept, ok := m[string(b)]
	if !ok {
		kept = string(b)
		m[kept] = kept
	}
	return kept
}
