package record

import "limnograph"

// EncodeRun writes a statement about a run as a line of job_runs, ended by '\n'. Its error message is left out.
func EncodeRun(r limnograph.JobRun) []byte {
	w := newLine()
	w.run(r)
	w.long("attempt", r.Attempt)
	w.text("previous_run_id", r.PreviousRunID)
	w.text("trigger_name", r.TriggerName)
	w.time("started_at", r.StartedAt)
	w.time("completed_at", r.CompletedAt)
	w.long("execution_s", r.ExecutionS)
	w.text("job_type", r.JobType)
	w.text("job_mode", r.JobMode)
	w.text("glue_version", r.GlueVersion)
	w.text("worker_type", r.WorkerType)
	w.long("workers", r.Workers)
	w.double("max_capacity", r.MaxCapacity)
	w.text("execution_class", r.ExecutionClass)
	w.long("timeout_min", r.TimeoutMin)
	w.boolean("auto_scaling", r.AutoScaling)
	w.double("dpu_seconds", r.DPUSeconds)
	w.text("error_category", r.ErrorCategory)
	w.text("error_class", r.ErrorClass)
	w.text("log_group", r.LogGroup)
	w.text("security_configuration", r.SecurityProfile)
	w.object("arguments", r.Arguments)
	return w.end()
}

// EncodeRunError writes the error message of a statement about a run as a line of job_run_errors, ended by '\n'; nil when it
// has none.
func EncodeRunError(r limnograph.JobRun) []byte {
	if r.ErrorMessage == "" {
		return nil
	}
	w := newLine()
	w.run(r)
	w.time("started_at", r.StartedAt)
	w.text("error_category", r.ErrorCategory)
	w.text("error_class", r.ErrorClass)
	w.text("message", r.ErrorMessage)
	return w.end()
}

// run writes what every statement about a run has: which run, who says so, when, and by what it is ranked.
func (w *lineWriter) run(r limnograph.JobRun) {
	w.job(r.JobKey)
	w.text("job_run_id", r.RunID)
	w.text("source", string(r.Source))
	w.time("observed_at", r.ObservedAt)
	w.time("modified_at", r.ModifiedAt)
	w.text("state", string(r.State))
}

func (w *lineWriter) job(k limnograph.JobKey) {
	w.text("account_id", k.AccountID)
	w.text("region", k.Region)
	w.text("job_name", k.JobName)
}

// EncodeJob writes a statement about a job as a line of jobs, ended by '\n'.
func EncodeJob(j limnograph.Job) []byte {
	w := newLine()
	w.job(j.JobKey)
	w.time("observed_at", j.ObservedAt)
	w.boolean("exists", &j.Exists)
	if j.Exists {
		w.jobDetails(j)
	}
	return w.end()
}

func (w *lineWriter) jobDetails(j limnograph.Job) {
	w.time("modified_at", j.ModifiedAt)
	w.time("created_at", j.CreatedAt)
	w.text("job_type", j.Type)
	w.text("glue_version", j.GlueVersion)
	w.text("worker_type", j.WorkerType)
	w.long("workers", j.Workers)
	w.double("max_capacity", j.MaxCapacity)
	w.text("execution_class", j.ExecutionClass)
	w.long("timeout_min", j.TimeoutMin)
	w.long("max_retries", j.MaxRetries)
	w.long("max_concurrent", j.MaxConcurrent)
	w.text("script_location", j.ScriptLocation)
	w.boolean("auto_scaling", j.AutoScaling)
	w.boolean("metrics_enabled", j.Metrics)
	w.boolean("observability_enabled", j.Observability)
	w.object("arguments", j.Arguments)
	w.object("tags", j.Tags)
}
