package record

import "limnograph"

// The numbers of the fields of job_runs. They stand in stored rows: none is ever used for another field.
const (
	runAttempt uint8 = iota + 1
	runPrevious
	runTrigger
	runState
	runStarted
	runCompleted
	runModified
	runExecution
	runJobType
	runJobMode
	runGlueVersion
	runWorkerType
	runWorkers
	runMaxCapacity
	runExecutionClass
	runTimeout
	runAutoScaling
	runDPUSeconds
	runErrorCategory
	runErrorClass
	runLogGroup
	runSecurity
	runArguments
	runSeenIn
	runObserved
	runStates
	runMetrics // the roll-up
)

// Runs returns the table job_runs.
func Runs() *Table {
	t := newTable(limnograph.RunsTable, runColumns())
	t.ts = (*facts).runTS
	t.rank = said.runRank
	return t
}

// runColumns lists the columns in the order of the table; what follows versions has no column.
func runColumns() []column {
	return []column{
		timestamp("when the run began, as far as is known: queued, started, first datapoint or first seen; its UTC day is the partition"),
		keyColumn("account_id", "AWS account"),
		keyColumn("region", "AWS Region"),
		keyColumn("job_name", "name of the job"),
		keyColumn("job_run_id", "id of the run; each attempt has its own"),
		stated(runAttempt, "attempt", long, "0 for the first one"),
		stated(runPrevious, "previous_run_id", text, "the run that this one repeats"),
		stated(runTrigger, "trigger_name", text, "the trigger that started it"),
		{
			name: "state", number: runState, kind: text, line: "state", must: true, required: true, derive: (*facts).stateValue,
			doc: "state of the run; UNKNOWN when only its datapoints are known",
		},
		derived("queued_at", instant, (*facts).queuedAt, "when it was first seen waiting"),
		stated(runStarted, "started_at", instant, "StartedOn"),
		{
			name: "ended_at", number: runCompleted, kind: instant, line: "completed_at", derive: (*facts).endedValue,
			doc: "CompletedOn; where the API has not told it, the time of the event that told of the end",
		},
		stated(runModified, "modified_at", instant, "LastModifiedOn"),
		stated(runExecution, "execution_s", long, "seconds in which it used resources"),
		derived("waiting_s", double, (*facts).waiting, "seconds from the first time it was seen waiting until it was seen starting, running or at its end"),
		derived("startup_s", double, (*facts).startup, "seconds from the first time it was seen starting until it was seen running"),
		stated(runJobType, "job_type", text, "glueetl, gluestreaming, pythonshell or glueray"),
		stated(runJobMode, "job_mode", text, "SCRIPT, VISUAL or NOTEBOOK"),
		stated(runGlueVersion, "glue_version", text, "version of Glue"),
		stated(runWorkerType, "worker_type", text, "G.1X and so on"),
		stated(runWorkers, "workers", long, "number of workers"),
		stated(runMaxCapacity, "max_capacity", double, "DPU that it may use"),
		stated(runExecutionClass, "execution_class", text, "STANDARD or FLEX"),
		stated(runTimeout, "timeout_min", long, "minutes after which Glue stops it"),
		stated(runAutoScaling, "auto_scaling", boolean, "whether Glue adds and removes workers while it runs"),
		{
			name: "dpu_seconds", number: runDPUSeconds, kind: double, line: "dpu_seconds", derive: (*facts).dpuSeconds,
			doc: "DPU-seconds (M-DPU-seconds for workers of type R and Z), without a minimum",
		},
		derived("dpu_source", text, (*facts).dpuSource, "observed (told by Glue), derived (capacity times execution_s) or unknown"),
		metric(slotRecordsIn, "records_in", long, "records read"),
		metric(slotRecordsOut, "records_out", long, "records written"),
		metric(slotRecordsSource, "records_source", text, "aggregate (totals of the driver) or observability (by source and sink)"),
		derived("records_reason", text, (*facts).recordsReason, "why records_in or records_out is NULL"),
		metric(slotBytesIn, "bytes_in", long, "bytes read"),
		metric(slotBytesOut, "bytes_out", long, "bytes written"),
		metric(slotPeakHeap, "peak_heap_ratio", double, "0 to 1: greatest heap use"),
		metric(slotCPU, "cpu_ratio", double, "0 to 1: mean load"),
		metric(slotNeeded, "executors_needed", double, "greatest number of executors that could have been used"),
		metric(slotActive, "executors_active", double, "mean number of executors at work"),
		metric(slotMax, "executors_max", double, "greatest number of executors"),
		metric(slotSkew, "skew", double, "greatest skewness"),
		metric(slotShuffle, "shuffle_bytes", long, "bytes shuffled"),
		metric(slotOutcome, "outcome", text, "SUCCEEDED or FAILED by the observability metrics"),
		{
			name: "error_category", number: runErrorCategory, kind: text, line: "error_category", derive: (*facts).errorCategory,
			doc: "Glue's error category, of the error text, else of the metrics",
		},
		stated(runErrorClass, "error_class", text, "a finer class of the error"),
		metric(slotFirst, "first_datapoint_at", instant, "time of the first datapoint"),
		metric(slotLast, "last_datapoint_at", instant, "time of the last datapoint"),
		stated(runLogGroup, "log_group", text, "CloudWatch log group"),
		stated(runSecurity, "security_configuration", text, "name of the security configuration"),
		stated(runArguments, "arguments", object, "JSON object of the arguments on the allow list"),
		{
			name: "seen_in", number: runSeenIn, kind: text, line: "source", must: true, rule: listed,
			doc: "who told of the run: api, event, metrics; sorted, with commas",
		},
		{
			name: "observed_at", number: runObserved, kind: instant, line: "observed_at", must: true, rule: latest,
			doc: "when the API or an event last told of the run",
		},
		{
			name: "states", number: runStates, kind: text, rule: visited, from: said.visited,
			doc: "JSON object: state to when it was first seen, in milliseconds since the epoch",
		},
		metric(slotState, "metric_state", text, "state by the custom metric glue.run.status"),
		metric(slotDuration, "metric_duration_s", double, "seconds by the custom metric glue.run.duration"),
		versionsColumn(),
		{name: "metric_error_category", slot: slotErrorCategory, kind: text, hidden: true, doc: "error category of the metrics"},
		{name: "roll_up", number: runMetrics, rule: rolled, hidden: true, doc: "all columns that say what the run's datapoints add up to"},
	}
}

func (s said) runRank() (r rank) {
	r.observed, _ = s.time("observed_at")
	r.modified, _ = s.time("modified_at")
	r.terminal = int64(truth(limnograph.RunState(s.text("state")).IsTerminal()))
	return r
}

// visited returns when the statement saw the run in its state. An answer of the API tells of an end long after it: its
// own time says nothing then.
func (s said) visited() any {
	at, _ := s.time("observed_at")
	state := limnograph.RunState(s.text("state"))
	if s.text("source") == string(limnograph.FromAPI) && state.IsTerminal() {
		var known bool
		if at, known = s.time("completed_at"); !known {
			at, known = s.time("modified_at")
		}
		if !known {
			return nil
		}
	}
	return history{{string(state), at}}
}
