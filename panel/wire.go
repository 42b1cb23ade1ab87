package panel

import "time"

// Fleet is the answer of the fleet panel: every job of the window with its runs, ordered by need.
type Fleet struct {
	AsOf            *time.Time `json:"as_of" doc:"arrival of the newest published delivery; null before the first"`
	NewestDatapoint *time.Time `json:"newest_datapoint" doc:"period start of the newest published datapoint"`
	From            time.Time  `json:"from"`
	To              time.Time  `json:"to"`
	Progress        *Progress  `json:"progress" doc:"a long piece of work that is under way, such as the load of history"`
	Accounts        []string   `json:"accounts" nullable:"false" doc:"accounts of the window, whatever the filter"`
	Datasets        []string   `json:"datasets" nullable:"false" doc:"datasets of the window, whatever the filter"`
	Summary         Summary    `json:"summary"`
	Jobs            []Job      `json:"jobs" nullable:"false"`
	NextPageToken   *string    `json:"next_page_token"`
}

// Progress tells how far a long piece of work is.
type Progress struct {
	Label  string  `json:"label"`
	Done   float64 `json:"done" doc:"0 to 1"`
	Detail string  `json:"detail"`
}

// Summary counts over the filtered jobs, whatever the page. Failed, Running, Queued and Slow count runs, Late counts jobs.
type Summary struct {
	Jobs           int    `json:"jobs"`
	Runs           int    `json:"runs"`
	Failed         int    `json:"failed"`
	Running        int    `json:"running"`
	Queued         int    `json:"queued" doc:"runs that wait for capacity or start up"`
	Slow           int    `json:"slow"`
	Late           int    `json:"late"`
	RecordsRead    *int64 `json:"records_read" doc:"null: no run reported it"`
	RecordsWritten *int64 `json:"records_written" doc:"null: no run reported it"`
}

// Job is one job of one account and region.
type Job struct {
	AccountID        string       `json:"account_id"`
	Region           string       `json:"region"`
	JobName          string       `json:"job_name"`
	Dataset          string       `json:"dataset" doc:"empty when the name follows no known pattern"`
	Layer            string       `json:"layer" doc:"the layer it writes: staged, curated or quality; empty without dataset"`
	Need             Need         `json:"need" enum:"failing,late,slow,running,fine,quiet"`
	Reason           string       `json:"reason" doc:"why it has this need, in words with numbers"`
	TypicalDurationS *float64     `json:"typical_duration_s" doc:"median of its finished runs, failed ones apart"`
	RecordsRead      *int64       `json:"records_read" doc:"null: not reported"`
	RecordsWritten   *int64       `json:"records_written" doc:"null: not reported"`
	RecordsReason    string       `json:"records_reason" doc:"why a number of records is null"`
	RunsFailed       int          `json:"runs_failed" doc:"runs in the window that failed"`
	Now              *Now         `json:"now" doc:"values while a run is under way"`
	Deleted          bool         `json:"deleted" doc:"the inventory misses it: its history stays"`
	Silence          *SilenceNote `json:"silence" doc:"why it has no metrics; null when it has some, or when no inventory knows it"`
	Runs             []Run        `json:"runs" nullable:"false" doc:"runs that touch the window, oldest first"`
}

// SilenceNote says why a job has no metrics.
type SilenceNote struct {
	Reason string `json:"reason"`
	Remedy string `json:"remedy" doc:"what to do about it; empty: nothing can be done"`
}

// Now holds values of a job that is running: those of the latest minute where the panels read datapoints, else of the
// run so far. CPU and Heap are shares from 0 to 1.
type Now struct {
	Executors *float64  `json:"executors" doc:"at work; of the run so far: mean"`
	CPU       *float64  `json:"cpu" doc:"of the run so far: mean"`
	Heap      *float64  `json:"heap" doc:"of the run so far: the greatest"`
	At        time.Time `json:"at" doc:"period start of the newest datapoint behind the values"`
}

// Run is one run.
type Run struct {
	RunID          string    `json:"run_id"`
	Start          time.Time `json:"start" doc:"when it was queued or started; where only datapoints are known, the first of them"`
	End            time.Time `json:"end" doc:"of a run under way: up to when it is known to go on"`
	DurationS      int64     `json:"duration_s" doc:"seconds in which it used resources, as Glue tells; else from start to end less lead_s"`
	LeadS          *int64    `json:"lead_s" doc:"seconds from start until it executed: waiting for capacity and starting up; null: not known"`
	State          string    `json:"state" doc:"as the Glue API spells it, which may add some; UNKNOWN: only its datapoints are known"`
	Phase          Phase     `json:"phase" enum:"queued,starting,running,succeeded,failed,stopped,ended"`
	ByMetrics      bool      `json:"by_metrics" doc:"phase follows from datapoints alone: Glue has not told it"`
	Attempt        *int64    `json:"attempt" doc:"0 for the first one; Glue repeats a failed run when the job says so"`
	ErrorCategory  *string   `json:"error_category" doc:"Glue's error category without its prefix"`
	ErrorClass     *string   `json:"error_class" doc:"a finer class"`
	Slow           bool      `json:"slow"`
	RecordsRead    *int64    `json:"records_read"`
	RecordsWritten *int64    `json:"records_written"`
}

// Phase says how far a run is, in the words of the page.
type Phase string

// The phases of a run.
const (
	Queued    Phase = "queued"   // WAITING
	Starting  Phase = "starting" // STARTING
	Running   Phase = "running"  // RUNNING, STOPPING and states that are not known here
	Succeeded Phase = "succeeded"
	Failed    Phase = "failed" // FAILED, TIMEOUT, ERROR, EXPIRED
	Stopped   Phase = "stopped"
	Ended     Phase = "ended" // finished, how is not reported
)

func (p Phase) isActive() bool { return p == Queued || p == Starting || p == Running }

// Need says how much a job needs a person.
type Need string

// The needs, the greatest first.
const (
	NeedFailing Need = "failing" // its last finished run failed
	NeedLate    Need = "late"    // its next run is overdue
	NeedSlow    Need = "slow"    // its newest run takes or took much longer than usual
	NeedRunning Need = "running"
	NeedFine    Need = "fine"
	NeedQuiet   Need = "quiet" // no run in the window
)

// LoadSeries is the answer of the load panel: one value per bucket. null means that nothing was reported.
type LoadSeries struct {
	From        time.Time  `json:"from" doc:"start of the first bucket"`
	To          time.Time  `json:"to"`
	StepS       int64      `json:"step_s" doc:"bucket width in seconds"`
	Executors   []*float64 `json:"executors" nullable:"false" doc:"mean number of executors at work; of run records: the mean of each run, spread over its time"`
	RecordsRead []*int64   `json:"records_read" nullable:"false" doc:"of run records: what each run read, spread evenly over its time"`
	Runs        []*int64   `json:"runs" nullable:"false" doc:"runs that reported in the bucket"`
}

// RunDetail is the answer of the run series panel: one value per minute from From. null means not reported.
type RunDetail struct {
	RunID       string      `json:"run_id"`
	AccountID   string      `json:"account_id"`
	Region      string      `json:"region"`
	JobName     string      `json:"job_name"`
	From        time.Time   `json:"from"`
	To          time.Time   `json:"to"`
	StepS       int64       `json:"step_s"`
	Minutes     []time.Time `json:"minutes" nullable:"false"`
	CPU         []*float64  `json:"cpu" nullable:"false" doc:"share from 0 to 1: of all executors, else of the driver"`
	Heap        []*float64  `json:"heap" nullable:"false" doc:"share from 0 to 1: of all executors, else of the driver"`
	Executors   []*float64  `json:"executors" nullable:"false"`
	RecordsRead []*int64    `json:"records_read" nullable:"false"`
	Facts       *RunFacts   `json:"facts" doc:"what is known of the run as a whole; null where there are no run records"`
}
