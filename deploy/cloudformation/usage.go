package cloudformation

// What the figures rest on besides fleet and prices. Sizes of lines and records are those of captured streams.
const (
	driverSeries     = 12 // classic metrics that a run has once
	gaugeSeries      = 5  // classic metrics of the driver, of ALL, and of each executor
	useSeries        = 27 // observability: utilisation and skewness
	throughputSeries = 7  // observability: of each location, and of all of them
	outcomeSeries    = 2  // observability: once a run
	variants         = 2  // JobRunId is the run's own, and ALL

	lineBytes       = 332 // of a datapoint
	pointsPerRecord = 300
	compression     = 20   // of landed lines by gzip
	stepBytes       = 5120 // to whose multiple Firehose rounds a record up

	hoursPerMonth    = 730
	hoursPerDay      = 24
	daysPerMonth     = hoursPerMonth / 24.0
	secondsPerMinute = 60
	kilobyte         = 1 << 10
	megabyte         = 1 << 20
	gigabyte         = 1 << 30
	terabyte         = 1 << 40

	// Defaults of the template.
	objectsPerMinute    = 1 // BufferSeconds: 60
	reconcilesPerHour   = 4
	functionGigabytes   = 0.125
	catalogSeconds      = 0.1 // of an invocation, mostly waiting for Glue
	reconcileSeconds    = 1
	callsPerReconcile   = 10 // lists, for a table with one sender
	logBytes            = 2 * kilobyte
	pollsPerMinute      = 15 // Lambda keeps five long polls of 20 s on a queue
	requestsPerObject   = 3  // of the queue: send, receive, delete
	readsPerObject      = 2  // of S3: is the object there, what does the definition say
	requestsPerHour     = 10 // of Glue: look, create, and what Athena asks
	minimumScanBytes    = 10 * megabyte
	partitionsPerHour   = 1
	collectsPerHour     = 4   // CollectMinutes: 15
	collectSeconds      = 0.5 // of an invocation about one run: ask, land, publish
	listSeconds         = 0.2 // of listing the runs of one job
	listsPerHour        = 1   // of each job
	recordObjects       = 1   // that an invocation lands
	statePuts           = 1   // that one by schedule writes beside them
	objectReadsPerQuery = 1   // of each object that a query covers
)

// work is how much the fleet runs in a month, all accounts together.
type work struct {
	accounts, runs, minutes, active term
	updates, objects                term
}

// billOf computes what a month costs.
func billOf(o Options, fleet Fleet, resources []Resource) (Bill, error) {
	fleet, err := fleet.withDefaults()
	if err != nil {
		return Bill{}, err
	}
	l := &ledger{prices: fleet.Prices, bill: Bill{Region: fleet.Prices.Region}}
	w := l.running(fleet)
	l.streaming(o, fleet, &w)
	l.delivering(&w)
	l.storing(fleet, w)
	l.cataloguing(w)
	l.collecting(fleet, w)
	l.querying(fleet, w)
	l.watching(w, resources)
	l.beside(fleet, w)
	l.choosing(fleet, w)
	return l.bill, nil
}

func (l *ledger) running(fleet Fleet) work {
	w := work{accounts: num(float64(fleet.Accounts), "accounts")}
	days := num(daysPerMonth, "days")
	w.runs = l.note("job runs", "runs", mul(w.accounts, num(float64(fleet.Jobs), "jobs"), num(fleet.RunsPerDay, "runs a day"), days))
	w.minutes = l.note("minutes of runs", "minutes", mul(w.runs, num(fleet.MinutesPerRun, "minutes each")))
	month := mul(w.accounts, num(hoursPerMonth*60, "minutes of a month"))
	w.active = l.note("minutes in which a job runs", "minutes", atMost(w.minutes, month))
	return w
}

// streaming counts the datapoints that go through the metric stream.
func (l *ledger) streaming(o Options, fleet Fleet, w *work) {
	gauges := num(2, "of driver and ALL")
	if o.streamsExecutors() {
		gauges = num(float64(2+fleet.Executors), "of driver, ALL and executors")
	}
	series := add(num(driverSeries, "of the driver"), mul(num(gaugeSeries, "gauges"), gauges))
	if fleet.Observability {
		locations := num(float64(fleet.Locations+1), "locations and ALL")
		series = add(series, num(useSeries, "of utilisation"), mul(num(throughputSeries, "of throughput"), locations))
	}
	streamed := l.note("streamed series of a run", "series", series)
	both := num(variants, "for run id and ALL")
	updates := mul(w.minutes, streamed, both)
	if fleet.Observability {
		updates = add(updates, mul(w.runs, num(outcomeSeries, "outcomes"), both))
	}
	if own := fleet.metricsPerRun(); own.value > 0 {
		updates = add(updates, mul(w.runs, own))
	}
	w.updates = l.note("datapoints", "updates", updates)
	if !o.WithoutMetricStream && len(o.Streams) > 0 {
		l.charge("CloudWatch metric stream", "metric-stream-updates", w.updates)
	}
}

// streamsExecutors reports whether the series of single executors are streamed: a filter can't name them.
func (o Options) streamsExecutors() bool {
	for _, s := range o.Streams {
		if s.Schema.Namespace == glueNamespace && len(s.Metrics) == 0 {
			return true
		}
	}
	return false
}

func (l *ledger) delivering(w *work) {
	records := l.note("records", "records", atLeast(w.updates.over(num(pointsPerRecord, "in a record")), w.active))
	size := mul(w.updates, num(lineBytes, "B each")).over(records)
	steps := l.note("size of a record, rounded up", "steps", ceil(size.over(num(stepBytes, "B in a step"))))
	gb := l.note("carried by Firehose", "GB", mul(records, steps, num(stepBytes, "B")).over(num(gigabyte, "B in a GB")))
	l.charge("Data Firehose", "firehose-bytes", gb)
	w.objects = l.note("objects", "objects", mul(w.active, num(objectsPerMinute, "a minute")))
}

func (l *ledger) storing(fleet Fleet, w work) {
	l.charge("S3, writing objects", "s3-put", w.objects)
	bytes := mul(w.updates, num(lineBytes, "B each")).over(num(compression, "by gzip"))
	landed := l.note("landed in a month", "GB", bytes.over(num(gigabyte, "B in a GB")))
	kept := l.note("stored", "GB", mul(landed, num(fleet.KeptMonths, "months kept")))
	l.charge("S3, storage once the first objects expire", "s3-storage", kept)
}

// cataloguing is what the functions do: they read, ask the queue, and write the catalogue.
func (l *ledger) cataloguing(w work) {
	reconciles := l.note("reconciliations", "runs", mul(w.accounts, num(hoursPerMonth, "hours"), num(reconcilesPerHour, "an hour")))
	reads := add(mul(w.objects, num(readsPerObject, "reads each")), mul(reconciles, num(callsPerReconcile, "lists each")))
	l.charge("S3, reads of the functions", "s3-get", l.note("reads of the functions", "requests", reads))
	calls := l.note("invocations", "requests", add(w.objects, reconciles))
	l.charge("Lambda, invocations", "lambda-requests", calls)
	seconds := add(mul(w.objects, num(catalogSeconds, "s each")), mul(reconciles, num(reconcileSeconds, "s each")))
	l.charge("Lambda, time", "lambda-seconds", l.note("function time", "GB-seconds", mul(seconds, num(functionGigabytes, "GB"))))
	polls := mul(w.accounts, num(hoursPerMonth*60, "minutes"), num(pollsPerMinute, "polls a minute"))
	l.charge("SQS", "sqs-requests", l.note("queue requests", "requests", add(polls, mul(w.objects, num(requestsPerObject, "requests each")))))
	logs := mul(calls, num(logBytes, "B each")).over(num(gigabyte, "B in a GB"))
	l.charge("CloudWatch logs", "logs-bytes", l.note("logs", "GB", logs))
	hours := l.note("hours in which a job runs", "hours", ceil(w.active.over(num(secondsPerMinute, "minutes"))))
	l.charge("Glue Data Catalog, requests", "glue-requests", l.note("catalogue requests", "requests", mul(hours, num(requestsPerHour, "requests each"))))
}

func (l *ledger) querying(fleet Fleet, w work) {
	queries := l.note("queries", "queries", mul(w.accounts, num(fleet.QueriesPerDay, "a day"), num(daysPerMonth, "days")))
	day := mul(w.updates, num(lineBytes, "B each")).over(num(compression, "by gzip")).over(num(daysPerMonth, "days")).over(w.accounts)
	scan := l.note("bytes that a query reads", "B", atLeast(mul(day, num(fleet.DaysPerQuery, "days each")), num(minimumScanBytes, "B at least")))
	l.charge("Athena", "athena-bytes", l.note("read by queries", "TB", mul(queries, scan).over(num(terabyte, "B in a TB"))))
	objects := w.objects.over(w.accounts).over(num(daysPerMonth, "days"))
	gets := l.note("objects read by queries", "requests", mul(queries, objects, num(fleet.DaysPerQuery, "days each")))
	l.charge("S3, reads of queries", "s3-get", gets)
	partitions := mul(ceil(w.active.over(num(secondsPerMinute, "minutes"))), num(partitionsPerHour, "partitions an hour"), num(fleet.KeptMonths, "months kept"))
	l.charge("Glue Data Catalog, objects", "glue-objects", l.note("partitions", "objects", partitions))
}

func (l *ledger) watching(w work, resources []Resource) {
	alarms := 0.0
	for _, r := range resources {
		if r.Type == "AWS::CloudWatch::Alarm" {
			alarms++
		}
	}
	l.charge("CloudWatch alarms", "alarms", l.note("alarms", "alarms", mul(w.accounts, num(alarms, "alarms each"))))
}

// beside is what CloudWatch charges for the jobs' metrics: they are custom metrics, prorated by the hour.
func (l *ledger) beside(fleet Fleet, w work) {
	series := add(num(driverSeries, "of the driver"), mul(num(gaugeSeries, "gauges"), num(float64(2+fleet.Executors), "of driver, ALL and executors")))
	if fleet.Observability {
		series = add(series, num(useSeries+outcomeSeries, "of utilisation and outcome"),
			mul(num(throughputSeries, "of throughput"), num(float64(fleet.Locations+1), "locations and ALL")))
	}
	reported := l.note("series of a run, streamed or not", "series", series)
	spent := ceil(num(fleet.MinutesPerRun, "minutes").over(num(secondsPerMinute, "minutes")))
	own := l.note("custom metrics with a run id", "metric-months", mul(w.runs, spent, reported).over(num(hoursPerMonth, "hours")))
	busy := atMost(mul(num(fleet.RunsPerDay, "runs a day"), spent), num(hoursPerDay, "hours")).over(num(hoursPerDay, "hours"))
	all := l.note("custom metrics of all runs of a job", "metric-months", mul(w.accounts, num(float64(fleet.Jobs), "jobs"), reported, busy))
	l.bill.Beside = []Charge{
		l.priced("custom metrics with a run id", "custom-metrics", own),
		l.priced("custom metrics of all runs of a job", "custom-metrics", all),
	}
}
