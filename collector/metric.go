package collector

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"limnograph"
)

// Kind is one custom metric about a run.
type Kind string

// The kinds. The value of KindStatus is 1, and its State is a dimension; the others have the dimensions JobName and JobRunId
// alone.
const (
	KindStatus         Kind = "status"
	KindDuration       Kind = "duration"    // execution seconds
	KindDPUSeconds     Kind = "dpu_seconds" // as Glue observed them: FLEX and auto scaling runs
	KindQueueTime      Kind = "queue_time"  // seconds
	KindRecordsRead    Kind = "records_read"
	KindRecordsWritten Kind = "records_written"
	KindCost           Kind = "cost"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{KindStatus, KindDuration, KindDPUSeconds, KindQueueTime, KindRecordsRead, KindRecordsWritten, KindCost}
}

// ParseKinds reads the words by which a person chooses: those of the kinds, records for the two about records, and none.
// Errors: CodeInvalid.
func ParseKinds(words []string) ([]Kind, error) {
	kinds := []Kind{}
	for _, word := range words {
		switch k := Kind(word); {
		case word == "none" && len(words) == 1:
		case word == "records":
			kinds = append(kinds, KindRecordsRead, KindRecordsWritten)
		case slices.Contains(Kinds(), k):
			kinds = append(kinds, k)
		default:
			return nil, invalid(opNew, fmt.Sprintf("%.40q is no custom metric", word), "choose of status, duration, dpu_seconds, queue_time, records, cost, or none alone")
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), nil
}

// Facts is what the lake knows of an ended run. Nil is not known, and is not published.
type Facts struct {
	QueueS         *float64 // seconds before it started
	RecordsRead    *int64
	RecordsWritten *int64
	Cost           *float64
}

// needsFacts reports whether the API's answer does not have the value of a kind.
func (k Kind) needsFacts() bool {
	return k == KindQueueTime || k == KindRecordsRead || k == KindRecordsWritten || k == KindCost
}

// DefaultName returns the name of the metric where no other one is configured.
func (k Kind) DefaultName() string {
	switch k {
	case KindDPUSeconds:
		return "glue.run.dpuSeconds"
	case KindQueueTime:
		return "glue.run.queueTime"
	case KindRecordsRead:
		return "glue.run.recordsRead"
	case KindRecordsWritten:
		return "glue.run.recordsWritten"
	}
	return "glue.run." + string(k)
}

// Unit returns the unit in CloudWatch's spelling.
func (k Kind) Unit() string {
	switch k {
	case KindDuration, KindQueueTime:
		return "Seconds"
	case KindCost:
		return "None"
	}
	return "Count"
}

// MetricNames returns the names under which the kinds of a configuration are published, in their order; a metric stream
// must include them.
func MetricNames(kinds []Kind, names map[Kind]string) []string {
	var all []string
	for _, k := range kinds {
		all = append(all, nameOf(k, names))
	}
	return all
}

func nameOf(k Kind, names map[Kind]string) string {
	if own, ok := names[k]; ok {
		return own
	}
	return k.DefaultName()
}

func (c Config) checkKinds() error {
	used := make(map[string]Kind)
	for _, k := range c.Publish {
		name := nameOf(k, c.Names)
		other, taken := used[name]
		switch {
		case !slices.Contains(Kinds(), k):
			return invalid(opNew, fmt.Sprintf("%.40q is no custom metric", string(k)), "")
		case k.needsFacts() && c.Facts == nil:
			return invalid(opNew, "custom metric "+string(k)+" needs what the lake adds up, and there is no lake here", "leave it out")
		case !isPrintable(name, maxName) || strings.HasPrefix(name, ":"):
			return invalid(opNew, fmt.Sprintf("the name of custom metric %s is %.40q", k, name), "use 1 to 255 ASCII characters that do not begin with a colon")
		case taken:
			return invalid(opNew, fmt.Sprintf("custom metrics %s and %s have the same name", other, k), "give them two names")
		}
		used[name] = k
	}
	return nil
}

// isPrintable reports whether CloudWatch takes a text as a name or the value of a dimension.
func isPrintable(s string, longest int) bool {
	other := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	return len(s) <= longest && !other && strings.TrimSpace(s) != ""
}

// canName reports whether a run can be named by dimensions.
func canName(k limnograph.RunKey) bool {
	const longest = 1024
	return isPrintable(k.JobName, longest) && isPrintable(k.RunID, longest)
}

// datapoint is the one datapoint of a kind about a run that ended at a time.
func datapoint(k Kind, name string, e *ended, value float64) limnograph.Datapoint {
	dims := []limnograph.Dimension{{Name: "JobName", Value: e.key.JobName}, {Name: "JobRunId", Value: e.key.RunID}}
	if k == KindStatus {
		dims = append(dims, limnograph.Dimension{Name: "State", Value: string(e.state)})
	}
	return limnograph.Datapoint{
		AccountID: e.key.AccountID, Region: e.key.Region, Namespace: "Glue", MetricName: name, Dimensions: dims,
		Timestamp: e.at.Truncate(time.Minute).UnixMilli(), Unit: k.Unit(),
		Statistics: limnograph.StatisticSet{
			Max: value, Min: value, Sum: value, SampleCount: 1,
			Reported: limnograph.ReportedMax | limnograph.ReportedMin | limnograph.ReportedSum | limnograph.ReportedSampleCount,
		},
	}
}

// isValue reports whether CloudWatch takes a number.
func isValue(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= math.Ldexp(1, 360) }
