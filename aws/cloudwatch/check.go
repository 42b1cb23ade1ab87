package cloudwatch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"limnograph"
)

// Limits of a datapoint.
const (
	maxName       = 255 // of a namespace, a metric and a dimension, in characters
	maxValue      = 1024
	maxDimensions = 30
	maxExponent   = 360 // of 2, for any number
	oldest        = 14 * 24 * time.Hour
	newest        = 2 * time.Hour
)

// check says why CloudWatch would refuse a datapoint at a time. Errors: CodeInvalid.
func check(p *limnograph.Datapoint, now time.Time) error {
	for _, why := range []string{
		aboutNamespace(p.Namespace), aboutName("the metric's name", p.MetricName), aboutDimensions(p.Dimensions),
		aboutTime(p.Time(), now), aboutStatistics(&p.Statistics), aboutUnit(p.Unit),
	} {
		if why != "" {
			return &limnograph.Error{
				Code: limnograph.CodeInvalid, Op: operation, Message: fmt.Sprintf("%.100q: %s", p.MetricName, why),
				Hint: "CloudWatch would refuse the whole request; nothing was published",
			}
		}
	}
	return nil
}

func aboutNamespace(namespace string) string {
	if strings.HasPrefix(namespace, "AWS/") {
		return fmt.Sprintf("the namespace %.100q is reserved for services of AWS", namespace)
	}
	return aboutName("the namespace", namespace)
}

func aboutName(what, name string) string {
	switch {
	case name == "" || len(name) > maxName:
		return fmt.Sprintf("%s has %d characters, not 1 to %d", what, len(name), maxName)
	case name[0] == ':':
		return what + " begins with a colon"
	}
	return aboutText(what, name)
}

func aboutText(what, text string) string {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return fmt.Sprintf("%s has a character that is not ASCII, or a control character, at %d", what, i)
		}
	}
	if strings.TrimSpace(text) == "" {
		return what + " is blank"
	}
	return ""
}

func aboutDimensions(dimensions []limnograph.Dimension) string {
	if len(dimensions) > maxDimensions {
		return fmt.Sprintf("it has %d dimensions; %d are allowed", len(dimensions), maxDimensions)
	}
	seen := make(map[string]bool, len(dimensions))
	for _, d := range dimensions {
		if why := aboutName("a dimension's name", d.Name); why != "" {
			return why
		}
		if seen[d.Name] {
			return fmt.Sprintf("the dimension %.100q stands twice", d.Name)
		}
		seen[d.Name] = true
		if why := aboutDimension(d); why != "" {
			return why
		}
	}
	return ""
}

func aboutDimension(d limnograph.Dimension) string {
	what := fmt.Sprintf("the value of dimension %.100q", d.Name)
	if d.Value == "" || len(d.Value) > maxValue {
		return fmt.Sprintf("%s has %d characters, not 1 to %d", what, len(d.Value), maxValue)
	}
	return aboutText(what, d.Value)
}

func aboutTime(at, now time.Time) string {
	switch {
	case at.Before(now.Add(-oldest)):
		return fmt.Sprintf("its time %s is more than two weeks ago", at.Format(time.RFC3339))
	case at.After(now.Add(newest)):
		return fmt.Sprintf("its time %s is more than two hours ahead", at.Format(time.RFC3339))
	}
	return ""
}

func aboutStatistics(s *limnograph.StatisticSet) string {
	const all = limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount
	switch {
	case s.Reported&all != all:
		return "it lacks one of minimum, maximum, sum and sample count"
	case len(s.Extra) > 0:
		return "it has further statistics, which can't be published"
	}
	for _, v := range []float64{s.Max, s.Min, s.Sum, s.SampleCount} {
		if math.IsNaN(v) || math.Abs(v) > math.Ldexp(1, maxExponent) {
			return fmt.Sprintf("%v is no number between -2^360 and 2^360", v)
		}
	}
	switch {
	case s.SampleCount <= 0:
		return fmt.Sprintf("its sample count is %v", s.SampleCount)
	case s.Min > s.Max:
		return fmt.Sprintf("its minimum %v is above its maximum %v", s.Min, s.Max)
	case s.SampleCount == 1 && (s.Min != s.Max || s.Sum != s.Max):
		return fmt.Sprintf("it is one sample with minimum %v, maximum %v and sum %v", s.Min, s.Max, s.Sum)
	}
	return ""
}

func aboutUnit(unit string) string {
	if unit == "" || slices.Contains(types.StandardUnit("").Values(), types.StandardUnit(unit)) {
		return ""
	}
	return fmt.Sprintf("%.100q is no unit of CloudWatch", unit)
}
