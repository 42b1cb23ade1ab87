package limnograph

import "time"

// RunState is the state of a job run, as the Glue API spells it. Glue may add states: an unknown one is not terminal.
type RunState string

// The states. RunUnknown is ours: nobody but metrics has told of the run.
const (
	RunUnknown   RunState = "UNKNOWN"
	RunWaiting   RunState = "WAITING" // queued, or a FLEX run that waits for capacity
	RunStarting  RunState = "STARTING"
	RunRunning   RunState = "RUNNING"
	RunStopping  RunState = "STOPPING"
	RunStopped   RunState = "STOPPED"
	RunSucceeded RunState = "SUCCEEDED"
	RunFailed    RunState = "FAILED"
	RunTimeout   RunState = "TIMEOUT"
	RunError     RunState = "ERROR"
	RunExpired   RunState = "EXPIRED"
)

// IsTerminal reports whether a run in this state has ended for good.
func (s RunState) IsTerminal() bool {
	switch s {
	case RunStopped, RunSucceeded, RunFailed, RunTimeout, RunError, RunExpired:
		return true
	}
	return false
}

// HasFailed reports whether a run in this state has ended otherwise than by success or by being stopped.
func (s RunState) HasFailed() bool { return s.IsTerminal() && s != RunSucceeded && s != RunStopped }

// JobKey names a job.
type JobKey struct{ AccountID, Region, JobName string }

// RunKey names a job run. Run ids are unique within a job.
type RunKey struct {
	JobKey
	RunID string // jr_ and 64 hexadecimal digits; a retry by Glue adds _attempt_<n>
}

// RunSource tells who said something about a run.
type RunSource string

// The sources.
const (
	FromAPI     RunSource = "api"     // GetJobRun or GetJobRuns
	FromEvent   RunSource = "event"   // EventBridge
	FromMetrics RunSource = "metrics" // datapoints of the run
)

// JobRun is one statement about a run: one answer of the Glue API, or one event. A zero time, an empty text and a nil
// pointer are not reported, which is not zero.
type JobRun struct {
	RunKey
	Source     RunSource
	ObservedAt time.Time // when it was said: the answer's arrival, or the event's time
	State      RunState

	Attempt         *int64 // 0 for the first one
	PreviousRunID   string
	TriggerName     string
	StartedAt       time.Time
	CompletedAt     time.Time
	ModifiedAt      time.Time // LastModifiedOn; zero in events
	ExecutionS      *int64    // seconds in which it used resources
	DPUSeconds      *float64  // observed by Glue: FLEX and auto scaling runs
	MaxCapacity     *float64  // DPU
	Workers         *int64
	WorkerType      string // G.1X and so on
	ExecutionClass  string // STANDARD or FLEX
	GlueVersion     string
	JobType         string // glueetl, gluestreaming, pythonshell, glueray; from the job, an answer about a run lacks it
	JobMode         string // SCRIPT, VISUAL, NOTEBOOK
	TimeoutMin      *int64
	AutoScaling     *bool             // argument --enable-auto-scaling of the run or the job
	Arguments       map[string]string // those on the allow list
	ErrorCategory   string            // Glue's error category, such as OUT_OF_MEMORY_ERROR
	ErrorClass      string            // a finer class of ours
	ErrorMessage    string            // redacted; kept apart from the run, never logged
	SecurityProfile string            // SecurityConfiguration
	LogGroup        string
}

// Job is one statement of the inventory about a job. Not reported is as in JobRun.
type Job struct {
	JobKey
	ObservedAt     time.Time
	Exists         bool   // false: it was deleted; nothing else is told then
	Type           string // as JobRun.JobType
	GlueVersion    string
	WorkerType     string
	Workers        *int64
	MaxCapacity    *float64
	ExecutionClass string
	TimeoutMin     *int64
	MaxRetries     *int64
	MaxConcurrent  *int64
	ScriptLocation string
	AutoScaling    *bool
	Metrics        *bool             // default argument --enable-metrics is there
	Observability  *bool             // default argument --enable-observability-metrics is true
	Arguments      map[string]string // default arguments on the allow list
	Tags           map[string]string // nil: not asked; empty: none
	CreatedAt      time.Time
	ModifiedAt     time.Time
}

// RunMetrics is what the datapoints of one run add up to. Nil is not reported.
type RunMetrics struct {
	RunKey
	First, Last     time.Time // first and last datapoint
	RecordsIn       *int64
	RecordsOut      *int64
	RecordsSource   string // aggregate: the driver's totals; observability: by source and sink
	BytesIn         *int64
	BytesOut        *int64
	PeakHeap        *float64 // 0 to 1: greatest heap use of all executors, else of the driver
	CPU             *float64 // 0 to 1: mean load
	ExecutorsNeeded *float64 // greatest number that could have been used
	ExecutorsActive *float64 // mean number at work
	ExecutorsMax    *float64
	Skew            *float64 // greatest skewness of the job
	ShuffleBytes    *int64
	Outcome         RunState // SUCCEEDED or FAILED by glue.succeed.ALL and glue.error.ALL; empty: not reported
	ErrorCategory   string   // from glue.error.<CATEGORY>
	State           RunState // from glue.run.status; empty: not published
	DurationS       *float64 // from glue.run.duration
}
