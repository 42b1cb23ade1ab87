package columns

import (
	"math"

	"limnograph"
)

// Series is what all datapoints with one sid have in common. It is immutable and shared by its rows.
type Series struct {
	SID        int64
	AccountID  string
	Region     string
	Namespace  string
	MetricName string
	Texts      []NullText // promoted dimensions and extracted columns, in the order of Layout.Texts
	IsTotal    bool
	Dimensions string // JSON object of all dimensions, names sorted, as the flattening view writes it
	Unit       string // as delivered; None when absent

	hash uint64 // of all that stands above; 0: not computed yet
}

// NullText is the value of a text column that may be NULL.
type NullText struct {
	Value string
	Valid bool
}

// Row is one statement: what one landed line says about one datapoint. Its key is (Series.SID, TS).
type Row struct {
	Series   *Series
	TS       int64 // start of the period, milliseconds since the epoch
	Max      float64
	Min      float64
	Sum      float64
	Count    float64
	Reported limnograph.Reported // which of the four are there; the others are 0
	Stats    string              // JSON object of further statistics, names sorted; empty: none
	Extra    int32               // how many statistics Stats holds
	Version  int64               // position of the line in landing
}

// Key names a datapoint.
type Key struct {
	SID int64
	TS  int64 // milliseconds since the epoch
}

// Key returns the key of the row.
func (r *Row) Key() Key { return Key{r.Series.SID, r.TS} }

// SampleCount returns the sample count, below every reported one when it was not reported.
func (r *Row) SampleCount() float64 {
	if r.Reported&limnograph.ReportedSampleCount == 0 {
		return math.Inf(-1)
	}
	return r.Count
}

// Statistics returns the number of statistics that were reported.
func (r *Row) Statistics() int {
	n := int(r.Extra)
	for set := r.Reported; set != 0; set &= set - 1 {
		n++
	}
	return n
}
