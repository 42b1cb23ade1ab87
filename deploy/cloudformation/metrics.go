package cloudformation

import (
	"fmt"
	"slices"
	"strings"
)

// kind is something that can be published about a run, with the ends of the names of its metrics. The collecting function
// publishes those that the Glue API knows; a server, which has the lake, all of them.
type kind struct {
	name    string
	metrics []string
}

func kinds() []kind {
	return []kind{
		{"status", []string{"status"}},
		{"duration", []string{"duration"}},
		{"dpu_seconds", []string{"dpuSeconds"}},
		{"queue_time", []string{"queueTime"}},
		{"records", []string{"recordsRead", "recordsWritten"}},
		{"cost", []string{"cost"}},
	}
}

// Kinds lists what can be published about a run, the cheapest choice first.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// RunMetrics are the ends of the names of all metrics of runs, when the stream is one of Glue that lists its metrics: they
// join the list, published or not, unless they stand in it. The template's parameter RunMetricPrefix begins them.
func (s Stream) RunMetrics() (ends []string) {
	if s.Schema.Namespace != glueNamespace || len(s.Metrics) == 0 {
		return nil
	}
	for _, k := range kinds() {
		for _, end := range k.metrics {
			if !slices.Contains(s.Metrics, defaultPrefix+end) {
				ends = append(ends, end)
			}
		}
	}
	return ends
}

// defaultPrefix is the default of RunMetricPrefix.
const defaultPrefix = "glue.run."

const glueNamespace = "Glue"

// none is what Fleet.Publish holds to publish nothing.
const none = "none"

// published splits the kinds into those that a fleet publishes and the others. Errors: CodeInvalid.
func (f Fleet) published() (chosen, others []kind, err error) {
	for _, name := range f.Publish {
		if name != none && !slices.Contains(Kinds(), name) {
			return nil, nil, invalid(fmt.Sprintf("%q is no metric of runs", name), "use "+strings.Join(Kinds(), ", ")+" or "+none)
		}
	}
	for _, k := range kinds() {
		if slices.Contains(f.Publish, k.name) {
			chosen = append(chosen, k)
		} else {
			others = append(others, k)
		}
	}
	return chosen, others, nil
}
