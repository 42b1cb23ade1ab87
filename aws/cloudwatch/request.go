package cloudwatch

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"limnograph"
)

// Limits of a request. Its size counts before compression here, which is on the safe side.
const (
	maxMetrics = 1000
	maxBytes   = 1_000_000
)

// What a datapoint and each of its dimensions take in the wordier protocol, beside their own texts.
const (
	metricBytes    = 250
	dimensionBytes = 25
)

// requests packs datapoints, in their order, into requests of one namespace each.
func requests(points []limnograph.Datapoint) []*cloudwatch.PutMetricDataInput {
	var list []*cloudwatch.PutMetricDataInput
	open := make(map[string]*cloudwatch.PutMetricDataInput) // the last one of each namespace
	sizes := make(map[string]int)
	for i := range points {
		p := &points[i]
		size := sizeOf(p)
		in := open[p.Namespace]
		if in == nil || len(in.MetricData) == maxMetrics || sizes[p.Namespace]+size > maxBytes {
			in = &cloudwatch.PutMetricDataInput{Namespace: &p.Namespace}
			open[p.Namespace], sizes[p.Namespace] = in, 0
			list = append(list, in)
		}
		in.MetricData = append(in.MetricData, datum(p))
		sizes[p.Namespace] += size
	}
	return list
}

// sizeOf is the most that a datapoint takes in a request.
func sizeOf(p *limnograph.Datapoint) int {
	size := metricBytes + written(p.MetricName)
	for _, d := range p.Dimensions {
		size += dimensionBytes + written(d.Name) + written(d.Value)
	}
	return size
}

// written is the most bytes that a text takes in JSON: some characters are written as \u003c.
func written(text string) int {
	const escape = len(`\u003c`)
	special := 0
	for _, c := range `"\<>&` {
		special += strings.Count(text, string(c))
	}
	return len(text) + special*(escape-1)
}

// datum writes a datapoint of a single value as that value, so that CloudWatch has percentiles of it.
func datum(p *limnograph.Datapoint) types.MetricDatum {
	d := types.MetricDatum{MetricName: &p.MetricName, Timestamp: aws.Time(p.Time()), Unit: types.StandardUnit(p.Unit)}
	for i := range p.Dimensions {
		d.Dimensions = append(d.Dimensions, types.Dimension{Name: &p.Dimensions[i].Name, Value: &p.Dimensions[i].Value})
	}
	s := &p.Statistics
	if s.SampleCount == 1 {
		d.Value = &s.Max
		return d
	}
	d.StatisticValues = &types.StatisticSet{SampleCount: &s.SampleCount, Sum: &s.Sum, Minimum: &s.Min, Maximum: &s.Max}
	return d
}
