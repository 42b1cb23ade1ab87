package gluejob

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The arguments that switch something on. Their effect is told whether they are on the allow list or not.
const (
	argumentAutoScaling   = "--enable-auto-scaling"
	argumentMetrics       = "--enable-metrics"
	argumentObservability = "--enable-observability-metrics"
)

// told returns the arguments on the allow list, nil for none.
func (r *Reader) told(arguments map[string]string) map[string]string {
	var told map[string]string
	for name, value := range arguments {
		if !r.allowed[bare(name)] {
			continue
		}
		if told == nil {
			told = make(map[string]string)
		}
		told[name] = value
	}
	return told
}

// bare is the name of an argument without its dashes.
func bare(name string) string { return strings.TrimPrefix(strings.TrimSpace(name), "--") }

// ofRun says whether a run was started with something switched on; nil when it was not said, and the job's default counts.
func ofRun(arguments map[string]string, name string) *bool {
	if _, said := arguments[name]; !said {
		return nil
	}
	return aws.Bool(isTrue(arguments, name))
}

func isTrue(arguments map[string]string, name string) bool { return isValue(arguments[name], "true") }

// isThere holds for a switch that counts as on when it is named at all, whatever it says but false.
func isThere(arguments map[string]string, name string) bool {
	value, there := arguments[name]
	return there && !isValue(value, "false")
}

func isValue(value, word string) bool { return strings.EqualFold(strings.TrimSpace(value), word) }
