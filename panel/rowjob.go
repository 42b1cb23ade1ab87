package panel

import (
	"time"

	"limnograph"
)

// JobRow is one row of the panel Jobs. Zero times, empty texts and nil are not reported.
type JobRow struct {
	AccountID, Region, JobName string

	Type, GlueVersion, WorkerType string
	Workers                       *int64
	MaxCapacity                   *float64
	ExecutionClass                string
	TimeoutMin, MaxRetries        *int64
	MaxConcurrent                 *int64
	AutoScaling                   *bool
	Metrics, Observability        *bool  // what its default arguments switch on
	Tags                          string // JSON object; empty: not asked
	CreatedAt, ModifiedAt         time.Time
	FirstSeenAt, ObservedAt       time.Time
	Deleted                       bool
	DeletedAt                     time.Time
}

// PastRow is one row of the panel JobPast.
type PastRow struct {
	AccountID, Region, JobName string

	Runs, Succeeded int64
	Measured        int64 // runs that reported a datapoint
	LastBegin       time.Time
}

// ReadJobs reads the rows of the panel Jobs to their end. It does not close them.
func ReadJobs(rows limnograph.Rows) ([]JobRow, error) {
	return read(rows, 22, func(c *cells) JobRow {
		return JobRow{
			AccountID: c.text(), Region: c.text(), JobName: c.text(), Type: c.text(), GlueVersion: c.text(), WorkerType: c.text(),
			Workers: c.whole(), MaxCapacity: c.float(), ExecutionClass: c.text(), TimeoutMin: c.whole(), MaxRetries: c.whole(),
			MaxConcurrent: c.whole(), AutoScaling: c.flag(), Metrics: c.flag(), Observability: c.flag(), Tags: c.text(),
			CreatedAt: c.moment(), ModifiedAt: c.moment(), FirstSeenAt: c.moment(), ObservedAt: c.moment(),
			Deleted: c.isFalse(), DeletedAt: c.moment(),
		}
	})
}

// isFalse reads a boolean; NULL is not false.
func (c *cells) isFalse() bool {
	v := c.flag()
	return v != nil && !*v
}

// ReadJobPast reads the rows of the panel JobPast to their end. It does not close them.
func ReadJobPast(rows limnograph.Rows) ([]PastRow, error) {
	return read(rows, 7, func(c *cells) PastRow {
		return PastRow{
			AccountID: c.text(), Region: c.text(), JobName: c.text(),
			Runs: c.count(), Succeeded: c.count(), Measured: c.count(), LastBegin: c.moment(),
		}
	})
}
