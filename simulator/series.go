package simulator

import "strconv"

// The series of a run. A run reports a subset of them; executors follow at seriesExecutors, fiveOf each.
const (
	seriesBytesRead = iota // glue.driver.aggregate.*
	seriesElapsed
	seriesStages
	seriesTasks
	seriesFailedTasks
	seriesKilledTasks
	seriesRecordsRead
	seriesShuffleWritten
	seriesShuffleLocal
	seriesDiskSpace
	seriesExecutorsNow
	seriesExecutorsNeeded
	seriesDriver                                           // fiveOf the driver
	seriesAll           = seriesDriver + fiveOf            // fiveOf all executors
	seriesSkewStage     = seriesAll + fiveOf               // observability from here
	seriesSkewJob       = seriesSkewStage + 1              //
	seriesUtilization   = seriesSkewJob + 1                //
	seriesDriverMemory  = seriesUtilization + 1            // twelveOf the driver
	seriesAllMemory     = seriesDriverMemory + 12          // twelveOf all executors
	seriesSucceeded     = seriesAllMemory + 12             //
	seriesErrorAll      = seriesSucceeded + 1              //
	seriesErrorCategory = seriesErrorAll + 1               // one of each category
	seriesRead          = seriesErrorCategory + categories // four metrics of source 1, source 2, ALL
	seriesWritten       = seriesRead + 12                  // three metrics of sink 1, ALL
	seriesExecutors     = seriesWritten + 6                //
	seriesCount         = seriesExecutors + fiveOf*maxExecutors

	fiveOf   = 5  // heap usage, heap used, CPU load, S3 bytes read, S3 bytes written
	twelveOf = 12 // heap, non-heap and total memory of three values each, three of disk
)

// place tells which location of the job completes the dimensions.
type place uint8

const (
	placeNone place = iota
	placeFirstSource
	placeSecondSource
	placeSink
)

// series is the text of one series that is the same for all jobs.
type series struct {
	name     string // metric name
	kind     []byte // from the end of the run id to the end of the dimensions, or to the location
	place    place
	fraction bool // values are millionths
	tail     []byte
}

// layout holds the text of every series.
type layout [seriesCount]series

func newLayout() *layout {
	var l layout
	l.classic()
	l.five(seriesDriver, "driver")
	l.five(seriesAll, "ALL")
	for e := range maxExecutors {
		l.five(seriesExecutors+e*fiveOf, strconv.Itoa(e+1))
	}
	l.performance()
	l.twelve(seriesDriverMemory, "driver")
	l.twelve(seriesAllMemory, "ALL")
	l.outcome()
	l.throughput()
	return &l
}

// set describes series i. The group is an ObservabilityGroup or empty.
func (l *layout) set(i int, name, metricType, group, unit string) {
	s := &l[i]
	s.name = name
	kind := `","Type":"` + metricType + `"`
	if group != "" {
		kind += `,"ObservabilityGroup":"` + group + `"`
	}
	s.kind = []byte(kind)
	s.tail = []byte(`},"unit":"` + unit + "\"}\n")
}

func (l *layout) classic() {
	for i, m := range [...]struct{ name, unit string }{
		{"bytesRead", "Bytes"},
		{"elapsedTime", "Milliseconds"},
		{"numCompletedStages", "Count"},
		{"numCompletedTasks", "Count"},
		{"numFailedTasks", "Count"},
		{"numKilledTasks", "Count"},
		{"recordsRead", "Count"},
		{"shuffleBytesWritten", "Bytes"},
		{"shuffleLocalBytesRead", "Bytes"},
	} {
		l.set(i, "glue.driver.aggregate."+m.name, "count", "", m.unit)
	}
	l.set(seriesDiskSpace, "glue.driver.BlockManager.disk.diskSpaceUsed_MB", "gauge", "", "Megabytes")
	const manager = "glue.driver.ExecutorAllocationManager.executors."
	l.set(seriesExecutorsNow, manager+"numberAllExecutors", "gauge", "", "Count")
	l.set(seriesExecutorsNeeded, manager+"numberMaxNeededExecutors", "gauge", "", "Count")
}

func (l *layout) five(first int, who string) {
	l.set(first, "glue."+who+".jvm.heap.usage", "gauge", "", "None")
	l.set(first+1, "glue."+who+".jvm.heap.used", "gauge", "", "Bytes")
	l.set(first+2, "glue."+who+".system.cpuSystemLoad", "gauge", "", "None")
	l.set(first+3, "glue."+who+".s3.filesystem.read_bytes", "gauge", "", "Bytes")
	l.set(first+4, "glue."+who+".s3.filesystem.write_bytes", "gauge", "", "Bytes")
	l[first].fraction, l[first+2].fraction = true, true
}

func (l *layout) performance() {
	l.set(seriesSkewStage, "glue.driver.skewness.stage", "gauge", "job_performance", "Count")
	l.set(seriesSkewJob, "glue.driver.skewness.job", "gauge", "job_performance", "Count")
	l.set(seriesUtilization, "glue.driver.workerUtilization", "gauge", "resource_utilization", "Percent")
	for i := seriesSkewStage; i <= seriesUtilization; i++ {
		l[i].fraction = true
	}
}

func (l *layout) twelve(first int, who string) {
	const group = "resource_utilization"
	for i, area := range [...]string{"heap", "non-heap", "total"} {
		prefix, at := "glue."+who+".memory."+area, first+3*i
		l.set(at, prefix+".available", "gauge", group, "Bytes")
		l.set(at+1, prefix+".used", "gauge", group, "Bytes")
		l.set(at+2, prefix+".used.percentage", "gauge", group, "Percent")
		l[at+2].fraction = true
	}
	l.set(first+9, "glue."+who+".disk.available_GB", "gauge", group, "Gigabytes")
	l.set(first+10, "glue."+who+".disk.used_GB", "gauge", group, "Gigabytes")
	l.set(first+11, "glue."+who+".disk.used.percentage", "gauge", group, "Percent")
	for i := first + 9; i < first+twelveOf; i++ {
		l[i].fraction = true
	}
}

func (l *layout) outcome() {
	l.set(seriesSucceeded, "glue.succeed.ALL", "count", "error", "Count")
	l.set(seriesErrorAll, "glue.error.ALL", "count", "error", "Count")
	for i, category := range errorCategories() {
		l.set(seriesErrorCategory+i, "glue.error."+category, "count", "error", "Count")
	}
}

func (l *layout) throughput() {
	for at, where := range [...]place{placeFirstSource, placeSecondSource, placeNone} {
		for i, name := range [...]string{"bytesRead", "recordsRead", "filesRead", "partitionsRead"} {
			l.flow(seriesRead+4*at+i, name, "Source", where)
		}
	}
	for at, where := range [...]place{placeSink, placeNone} {
		for i, name := range [...]string{"bytesWritten", "recordsWritten", "filesWritten"} {
			l.flow(seriesWritten+3*at+i, name, "Sink", where)
		}
	}
}

// flow describes a throughput series of one location, or of ALL.
func (l *layout) flow(i int, name, dimension string, where place) {
	unit := "Count"
	if name == "bytesRead" || name == "bytesWritten" {
		unit = "Bytes"
	}
	l.set(i, "glue.driver."+name, "gauge", "throughput", unit)
	s := &l[i]
	s.place = where
	s.kind = append(s.kind, `,"`+dimension+`":"`...)
	if where == placeNone {
		s.kind = append(s.kind, `ALL"`...)
	}
}
