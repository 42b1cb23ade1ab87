package panel

import (
	"time"

	"limnograph"
)

// RunRow is one row of the panels Runs and OneRun. Zero times, empty texts and nil are not reported.
type RunRow struct {
	AccountID, Region, JobName string

	RunID   string // ALL for the series over all runs
	Total   bool   // no run: the series that a job reports for all of its runs
	Begins  time.Time
	State   limnograph.RunState // empty where nobody but datapoints tells of runs
	Outcome limnograph.RunState // SUCCEEDED or FAILED by the observability metrics

	QueuedAt, StartedAt, EndedAt time.Time
	First, Last                  time.Time // datapoints
	ObservedAt                   time.Time
	ExecutionS                   *float64
	WaitingS, StartupS           *float64

	RecordsRead, RecordsWritten  *int64
	RecordsSource, RecordsReason string

	ExecutorsNow, ExecutorsActive    *float64
	ExecutorsNeeded, ExecutorsMax    *float64
	CPU, Heap                        *float64
	ErrorCategory, ErrorClass        string
	Attempt                          *int64
	PreviousRunID, TriggerName       string
	JobType, GlueVersion, WorkerType string

	Workers        *int64
	MaxCapacity    *float64
	ExecutionClass string
	TimeoutMin     *int64
	AutoScaling    *bool
	DPUSeconds     *float64
	DPUSource      string
	SeenIn         string
}

// ReadRuns reads the rows of the panels Runs and OneRun to their end. It does not close them.
func ReadRuns(rows limnograph.Rows) ([]RunRow, error) {
	return read(rows, 43, func(c *cells) RunRow {
		return RunRow{
			AccountID: c.text(), Region: c.text(), JobName: c.text(), RunID: c.text(), Total: c.truth(),
			Begins: c.moment(), State: c.state(), Outcome: c.state(),
			QueuedAt: c.moment(), StartedAt: c.moment(), EndedAt: c.moment(), First: c.moment(), Last: c.moment(), ObservedAt: c.moment(),
			ExecutionS: c.float(), WaitingS: c.float(), StartupS: c.float(),
			RecordsRead: c.whole(), RecordsWritten: c.whole(), RecordsSource: c.text(), RecordsReason: c.text(),
			ExecutorsNow: c.float(), ExecutorsActive: c.float(), ExecutorsNeeded: c.float(), ExecutorsMax: c.float(),
			CPU: c.float(), Heap: c.float(), ErrorCategory: c.text(), ErrorClass: c.text(),
			Attempt: c.whole(), PreviousRunID: c.text(), TriggerName: c.text(),
			JobType: c.text(), GlueVersion: c.text(), WorkerType: c.text(), Workers: c.whole(), MaxCapacity: c.float(),
			ExecutionClass: c.text(), TimeoutMin: c.whole(), AutoScaling: c.flag(),
			DPUSeconds: c.float(), DPUSource: c.text(), SeenIn: c.text(),
		}
	})
}

func (c *cells) state() limnograph.RunState { return limnograph.RunState(c.text()) }
