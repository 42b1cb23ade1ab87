package cloudformation

import "fmt"

// metricsPerRun counts the metrics that are published about a run.
func (f Fleet) metricsPerRun() term {
	chosen, _, _ := f.published() // withDefaults has seen to it that they are known
	n := 0
	for _, k := range chosen {
		n += len(k.metrics)
	}
	return num(float64(n), "metrics of each run")
}

// collecting is what the collecting function does, and what its metrics cost: each is there for the hour in which its run
// ended. Calls of the Glue API and events of AWS services cost nothing.
func (l *ledger) collecting(fleet Fleet, w work) {
	beats := l.note("collections by schedule", "runs", mul(w.accounts, num(hoursPerMonth, "hours"), num(collectsPerHour, "an hour")))
	calls := l.note("invocations of the collecting function", "requests", add(w.runs, beats))
	l.charge("Lambda, invocations of the collecting function", "lambda-requests", calls)
	lists := l.note("listings of a job's runs", "requests",
		mul(w.accounts, num(float64(fleet.Jobs), "jobs"), num(hoursPerMonth, "hours"), num(listsPerHour, "an hour")))
	seconds := add(mul(w.runs, num(collectSeconds, "s each")), mul(lists, num(listSeconds, "s each")))
	l.charge("Lambda, time of the collecting function", "lambda-seconds", l.note("time of the collecting function", "GB-seconds", mul(seconds, num(functionGigabytes, "GB"))))
	puts := add(mul(calls, num(recordObjects, "object each")), mul(beats, num(statePuts, "state each")))
	l.charge("S3, writing run records", "s3-put", l.note("run records and states", "objects", puts))
	l.charge("CloudWatch logs of the collecting function", "logs-bytes",
		l.note("logs of the collecting function", "GB", mul(calls, num(logBytes, "B each")).over(num(gigabyte, "B in a GB"))))
	if own := fleet.metricsPerRun(); own.value > 0 {
		l.charge("custom metrics of job runs", "custom-metrics", l.note("metrics of job runs", "metric-months", mul(w.runs, own).over(num(hoursPerMonth, "hours"))))
		l.charge("CloudWatch, publishing them", "metric-requests", w.runs)
	}
}

// choosing is what the metrics that are not published would cost.
func (l *ledger) choosing(fleet Fleet, w work) {
	_, others, _ := fleet.published()
	for _, k := range others {
		months := mul(w.runs, num(float64(len(k.metrics)), "metrics each")).over(num(hoursPerMonth, "hours"))
		l.bill.Choice = append(l.bill.Choice, l.priced(fmt.Sprintf("custom metrics of job runs: %s", k.name), "custom-metrics", months))
	}
}
