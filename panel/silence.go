package panel

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PastSpan is how far back the runs of a job count for Silence.
const PastSpan = 90 * 24 * time.Hour

// Silence says why a job has no metrics, and what to do about it. Both are empty when it has some: when one of its runs
// reported a datapoint. The remedy is empty when there is none.
func Silence(j JobRow, past PastRow) (reason, remedy string) {
	if past.Measured > 0 {
		return "", ""
	}
	for _, rule := range [...]func(JobRow, PastRow) (reason, remedy string, ok bool){
		deleted, otherEngine, neverRan, metricsOff, tooOld, noContext, flagsUnknown,
	} {
		if reason, remedy, ok := rule(j, past); ok {
			return reason, remedy
		}
	}
	return "none of its runs has succeeded and reported so far",
		"see why its runs fail; a run that ends within its first minute may report nothing"
}

func deleted(j JobRow, _ PastRow) (reason, remedy string, ok bool) {
	return "it was deleted, and no run of it reported metrics", "", j.Deleted
}

// Jobs that run no Spark.
const (
	typePythonShell = "pythonshell"
	typeRay         = "glueray"
)

func otherEngine(j JobRow, _ PastRow) (reason, remedy string, ok bool) {
	switch strings.ToLower(j.Type) {
	case typePythonShell:
		reason = "Python shell jobs report no metrics"
	case typeRay:
		reason = "Ray jobs report none of the metrics of Spark jobs"
	}
	return reason, "nothing to do: states, times and capacity of its runs come from the Glue API", reason != ""
}

func neverRan(j JobRow, past PastRow) (reason, remedy string, ok bool) {
	remedy = "start it, or see that its trigger is active"
	if _, fix, off := metricsOff(j, past); off {
		remedy += "; before that, switch its metrics on: " + fix
	}
	return "no run of it is known of the last 90 days", remedy, past.Runs == 0
}

const switchOn = `add the default argument "--enable-metrics": "true" (console: Job details, Job metrics; or aws glue update-job, ` +
	`which replaces the whole definition: send all that aws glue get-job shows, with this added)`

func metricsOff(j JobRow, _ PastRow) (reason, remedy string, ok bool) {
	isOff := j.Metrics != nil && !*j.Metrics && (j.Observability == nil || !*j.Observability)
	return "its metrics are off: it lacks the default argument --enable-metrics", switchOn, isOff
}

// firstObservable is the first version of Glue with observability metrics.
const firstObservable = 4.0

func tooOld(j JobRow, _ PastRow) (reason, remedy string, ok bool) {
	if j.Observability == nil || !*j.Observability || j.Metrics != nil && *j.Metrics {
		return "", "", false
	}
	version, err := strconv.ParseFloat(j.GlueVersion, 64)
	return fmt.Sprintf("observability metrics need Glue 4.0 or later; it runs Glue %s, and its other metrics are off", j.GlueVersion),
		"move it to Glue 4.0 or later, or " + switchOn, err == nil && version < firstObservable
}

func noContext(j JobRow, past PastRow) (reason, remedy string, ok bool) {
	isOn := j.Metrics != nil && *j.Metrics || j.Observability != nil && *j.Observability
	return "its metrics are on and its runs succeed, but report nothing: its script probably creates no GlueContext",
		"begin the script with glueContext = GlueContext(SparkContext.getOrCreate()): a plain SparkSession reports nothing. " +
			"Where no job of the account reports, see that its metric stream includes the namespace Glue",
		isOn && past.Succeeded > 0
}

func flagsUnknown(j JobRow, _ PastRow) (reason, remedy string, ok bool) {
	return "no datapoint of it has come; whether its metrics are on is not known yet",
		"the next inventory tells; or see the default argument --enable-metrics with aws glue get-job",
		j.Metrics == nil && j.Observability == nil
}
