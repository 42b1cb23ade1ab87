package record

import "limnograph"

// The numbers of the fields of jobs. They stand in stored rows: none is ever used for another field.
const (
	jobType uint8 = iota + 1
	jobGlueVersion
	jobWorkerType
	jobWorkers
	jobMaxCapacity
	jobExecutionClass
	jobTimeout
	jobMaxRetries
	jobMaxConcurrent
	jobScript
	jobAutoScaling
	jobMetrics
	jobObservability
	jobArguments
	jobTags
	jobCreated
	jobModified
	jobFirstSeen
	jobObserved
	jobExists
)

// Jobs returns the table jobs.
func Jobs() *Table {
	t := newTable(limnograph.JobsTable, jobColumns())
	t.ts = func(*facts) int64 { return 0 } // jobs are not parted by time
	t.rank = said.jobRank
	return t
}

func jobColumns() []column {
	return []column{
		timestamp("always 1970-01-01: jobs are not parted by time"),
		keyColumn("account_id", "AWS account"),
		keyColumn("region", "AWS Region"),
		keyColumn("job_name", "name of the job"),
		stated(jobType, "job_type", text, "glueetl, gluestreaming, pythonshell or glueray"),
		stated(jobGlueVersion, "glue_version", text, "version of Glue"),
		stated(jobWorkerType, "worker_type", text, "G.1X and so on"),
		stated(jobWorkers, "workers", long, "number of workers"),
		stated(jobMaxCapacity, "max_capacity", double, "DPU that a run may use"),
		stated(jobExecutionClass, "execution_class", text, "STANDARD or FLEX"),
		stated(jobTimeout, "timeout_min", long, "minutes after which Glue stops a run"),
		stated(jobMaxRetries, "max_retries", long, "how often Glue repeats a failed run"),
		stated(jobMaxConcurrent, "max_concurrent", long, "how many runs there may be at a time"),
		stated(jobScript, "script_location", text, "where the script lies"),
		stated(jobAutoScaling, "auto_scaling", boolean, "whether Glue adds and removes workers while a run goes on"),
		stated(jobMetrics, "metrics_enabled", boolean, "whether the job emits metrics"),
		stated(jobObservability, "observability_enabled", boolean, "whether the job emits observability metrics"),
		stated(jobArguments, "arguments", object, "JSON object of the default arguments on the allow list"),
		stated(jobTags, "tags", object, "JSON object of the tags"),
		stated(jobCreated, "created_at", instant, "CreatedOn"),
		stated(jobModified, "modified_at", instant, "LastModifiedOn"),
		{
			name: "first_seen_at", number: jobFirstSeen, kind: instant, rule: earliest, from: said.observed,
			doc: "when the inventory first told of the job",
		},
		{
			name: "observed_at", number: jobObserved, kind: instant, line: "observed_at", must: true, rule: latest,
			doc: "when the inventory last told of the job",
		},
		{
			name: "exists", number: jobExists, kind: boolean, line: "exists", must: true, rule: byTime,
			doc: "whether the job is there; a deleted one keeps all else that was known of it",
		},
		derived("deleted_at", instant, (*facts).deletedAt, "when the inventory last missed it; NULL while it exists"),
		versionsColumn(),
	}
}

// jobRank ranks by LastModifiedOn, so that an old answer that comes late changes nothing.
func (s said) jobRank() (r rank) {
	r.observed, _ = s.time("observed_at")
	r.modified, _ = s.time("modified_at")
	return r
}

// observed returns when the statement was made.
func (s said) observed() any {
	at, _ := s.time("observed_at")
	return at
}

// deletedAt is when the statement that stands about the job's existence was made, if that is that it has none.
func (f *facts) deletedAt() any {
	c := f.stated[jobExists]
	if c == nil || c.value == true {
		return nil
	}
	return c.rank.observed
}
