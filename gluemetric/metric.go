package gluemetric

// Kind tells how the values of a metric add up over time.
type Kind string

// The kinds.
const (
	Delta   Kind = "delta" // what happened since the last report: values add up
	Gauge   Kind = "gauge" // the state at a report: values never add up
	Unknown Kind = "unknown"
)

// Statistic is how the values of one series become one number.
type Statistic string

// The statistics, in CloudWatch's spelling.
const (
	Sum     Statistic = "Sum"
	Average Statistic = "Average"
	Maximum Statistic = "Maximum"
)

// Family is the set of metrics that one switch of a job turns on.
type Family string

// The families.
const (
	Classic       Family = "classic"       // job metrics
	Streaming     Family = "streaming"     // streaming jobs alone
	Observability Family = "observability" // observability metrics, Glue 4.0 and later
)

// All is the value that a dimension has in the series that is the total over its siblings.
const All = "ALL"

// Metric is what the catalogue knows of one metric. The zero value is a metric that nobody knows.
type Metric struct {
	Name    string // canonical; the executor's number is written {executorId}
	Pattern string // RE2 expression of the names that it goes by
	Unit    string // CloudWatch's spelling, or Fraction for shares from 0 to 1
	Type    string // value of the dimension Type: count or gauge. Some deltas say gauge: see Kind
	Kind    Kind
	Family  Family
	Group   string // value of ObservabilityGroup; empty for the other families
	RollUp  RollUp
}

// RollUp names the one series that a total over a run, a job or more may read.
type RollUp struct {
	// Metric to read: for one executor or one error category the total beside it, else the metric itself. Empty:
	// the metric enters no roll-up.
	Metric string
	// Statistic that makes one number of the series. Average goes over the executors where Metric is their total;
	// Maximum of a running total is the run's total.
	Statistic Statistic
	// Dimension is Source or Sink where the series must be that of ALL locations; else empty.
	Dimension string
}

// Series are the dimension values that decide whether a roll-up reads a series; absent ones are empty.
type Series struct {
	Metric string // name as delivered
	RunID  string // JobRunId
	Source string
	Sink   string
}

// Reads reports whether a roll-up reads series s. ownSeries tells whether the run's own series is reported; only
// without it the series of all runs (JobRunId=ALL) is read.
func (m Metric) Reads(s Series, ownSeries bool) bool {
	if m.RollUp.Metric == "" || canonical(s.Metric) != m.RollUp.Metric {
		return false
	}
	if (s.RunID == All) == ownSeries {
		return false
	}
	switch m.RollUp.Dimension {
	case "Source":
		return s.Source == All
	case "Sink":
		return s.Sink == All
	}
	return true
}
