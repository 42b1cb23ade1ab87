package columns

import (
	"limnograph"
)

// field is a column with its source.
type field struct {
	Column
	source source
	text   int // index in Series.Texts, of promoted dimensions and extracted columns
}

// source tells where the value of a column comes from.
type source uint8

const (
	fromTS source = iota
	fromAccount
	fromRegion
	fromNamespace
	fromMetric
	fromText
	fromTotal
	fromDimensions
	fromMax
	fromMin
	fromSum
	fromCount
	fromStats
	fromUnit
	fromSID
	fromVersion
)

func fieldsOf(s limnograph.Schema) []field {
	all := []field{
		{Column{Name: "ts", Type: Timestamp, Required: true, Doc: "start of the period (UTC)"}, fromTS, 0},
		{Column{Name: "account_id", Type: Text, Doc: "source account"}, fromAccount, 0},
		{Column{Name: "region", Type: Text, Doc: "AWS region"}, fromRegion, 0},
		{Column{Name: "namespace", Type: Text, Doc: "CloudWatch namespace"}, fromNamespace, 0},
		{Column{Name: "metric_name", Type: Text, Required: true, Doc: "metric"}, fromMetric, 0},
	}
	all = append(all, schemaFields(s)...)
	return append(all, []field{
		{Column{Name: "dimensions", Type: Text, Required: true, Doc: "all dimensions as a JSON object, names sorted"}, fromDimensions, 0},
		{Column{Name: "max", Type: Double, Doc: "greatest sample"}, fromMax, 0},
		{Column{Name: "min", Type: Double, Doc: "smallest sample"}, fromMin, 0},
		{Column{Name: "sum", Type: Double, Doc: "sum of the samples"}, fromSum, 0},
		{Column{Name: "count", Type: Double, Doc: "number of samples"}, fromCount, 0},
		{Column{Name: "stats", Type: Text, Doc: "further statistics as a JSON object, names sorted"}, fromStats, 0},
		{Column{Name: "unit", Type: Text, Required: true, Doc: "CloudWatch unit, None when absent"}, fromUnit, 0},
		{Column{Name: "sid", Type: Long, Required: true, Doc: "id of the series"}, fromSID, 0},
		{Column{Name: "version", Type: Long, Required: true, Doc: "position of the line that the row comes from"}, fromVersion, 0},
	}...)
}

// schemaFields are the columns that the schema adds: promoted dimensions with is_total after the dimension that makes
// totals, then extracted columns.
func schemaFields(s limnograph.Schema) []field {
	var all []field
	total := field{Column{Name: "is_total", Type: Boolean, Required: true, Doc: "whether the series is a total over its siblings"}, fromTotal, 0}
	placed := len(s.Totals) == 0
	for i, d := range s.Dimensions {
		all = append(all, field{Column{Name: d.Column, Type: Text, Doc: "dimension " + d.Name}, fromText, i})
		if !placed && makesTotals(s, d.Name) {
			all, placed = append(all, total), true
		}
	}
	if !placed || len(s.Totals) == 0 {
		all = append(all, total)
	}
	for i, e := range s.Extracts {
		all = append(all, field{Column{Name: e.Column, Type: Text, Doc: "from metric_name: " + e.Pattern}, fromText, len(s.Dimensions) + i})
	}
	return all
}

func makesTotals(s limnograph.Schema, dimension string) bool {
	for _, t := range s.Totals {
		if t.Name == dimension {
			return true
		}
	}
	return false
}

// textOf returns the value of a text column that belongs to the series.
func (f field) textOf(s *Series) NullText {
	switch f.source {
	case fromAccount:
		return nullIfEmpty(s.AccountID)
	case fromRegion:
		return nullIfEmpty(s.Region)
	case fromNamespace:
		return nullIfEmpty(s.Namespace)
	case fromMetric:
		return NullText{s.MetricName, true}
	case fromDimensions:
		return NullText{s.Dimensions, true}
	case fromUnit:
		return NullText{s.Unit, true}
	default:
		return s.Texts[f.text]
	}
}

// nullIfEmpty is for fields that landing leaves out when they are empty: the flattening view has NULL there.
func nullIfEmpty(s string) NullText { return NullText{s, s != ""} }

// setText is the reverse of textOf for a value that is there.
func (f field) setText(s *Series, value string) {
	switch f.source {
	case fromAccount:
		s.AccountID = value
	case fromRegion:
		s.Region = value
	case fromNamespace:
		s.Namespace = value
	case fromMetric:
		s.MetricName = value
	case fromDimensions:
		s.Dimensions = value
	case fromUnit:
		s.Unit = value
	default:
		s.Texts[f.text] = NullText{value, true}
	}
}
