package limnograph

import "time"

// Datapoint is one value of one series for one period, as a CloudWatch metric stream delivers it.
//
// A field that the sender left out is its zero value; for statistics see StatisticSet.Reported: not reported is
// not zero. Strings and slices may share memory with the decoder's buffer only where its documentation says so.
type Datapoint struct {
	StreamName string // metric_stream_name
	AccountID  string // the source account, also in a monitoring account's stream
	Region     string
	Namespace  string
	MetricName string
	Dimensions []Dimension // in delivered order; names are unique
	Timestamp  int64       // start of the period, milliseconds since the epoch (UTC)
	Statistics StatisticSet
	Unit       string  // CloudWatch's spelling as delivered; empty when absent
	Unknown    []Field // top-level fields this version does not know, in delivered order
}

// Time returns the start of the period in UTC.
func (d *Datapoint) Time() time.Time { return time.UnixMilli(d.Timestamp).UTC() }

// Dimension returns the value of the dimension called name, and whether the series has it.
func (d *Datapoint) Dimension(name string) (string, bool) {
	for i := range d.Dimensions {
		if d.Dimensions[i].Name == name {
			return d.Dimensions[i].Value, true
		}
	}
	return "", false
}

// Dimension is one name-value pair of a series.
type Dimension struct{ Name, Value string }

// Field is a field whose meaning is unknown here, with its value as JSON text.
type Field struct {
	Name string
	JSON string
}

// Reported tells which of the four basic statistics a statistic set holds.
type Reported uint8

// The four statistics that every metric stream sends.
const (
	ReportedMax Reported = 1 << iota
	ReportedMin
	ReportedSum
	ReportedSampleCount
)

// StatisticSet holds the statistics of one datapoint. Basic values are meaningful only where Reported has their
// bit; Extra keeps percentiles and the other statistics by their exact name (p99.9, TM(25%:75%), IQM).
type StatisticSet struct {
	Max, Min, Sum, SampleCount float64
	Reported                   Reported
	Extra                      []Statistic
}

// Has reports whether the set holds the basic statistic r.
func (s *StatisticSet) Has(r Reported) bool { return s.Reported&r != 0 }

// Len returns the number of statistics that were reported.
func (s *StatisticSet) Len() int {
	n := len(s.Extra)
	for r := s.Reported; r != 0; r &= r - 1 {
		n++
	}
	return n
}

// Statistic is one further statistic by its exact name.
type Statistic struct {
	Name  string
	Value float64
}
