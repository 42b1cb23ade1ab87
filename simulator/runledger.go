package simulator

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"limnograph"
)

// DPU returns the DPU-seconds of a run and where they come from: "observed" as Glue reports them, "derived" from the time of
// work and the capacity, "unknown" (nil) where that would overstate, or while the run goes on.
func (r *RunTruth) DPU() (seconds *float64, from string) {
	scaled := r.AutoScaling != nil && *r.AutoScaling || r.ExecutionClass == classFlex
	switch {
	case r.DPUSeconds != nil:
		return r.DPUSeconds, "observed"
	case scaled || r.MaxCapacity == nil:
		return nil, "unknown"
	}
	return fraction(float64(*r.ExecutionS) * *r.MaxCapacity), "derived"
}

// WriteRunLedger writes the runs of RunLedger as CSV with a header line: times in RFC 3339 with milliseconds, an empty
// field for what is not reported.
func (f *Fleet) WriteRunLedger(w io.Writer, from, until time.Time) error {
	out := csv.NewWriter(w)
	if err := out.Write(runLedgerColumns()); err != nil {
		return err
	}
	runs := f.RunLedger(from, until)
	for i := range runs {
		if err := out.Write(runs[i].fields()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func runLedgerColumns() []string {
	return []string{
		"account_id", "region", "job_name", "job_run_id", "attempt", "previous_run_id", "trigger_name", "state", "queued_at",
		"started_at", "ended_at", "modified_at", "execution_s", "job_type", "glue_version", "worker_type", "workers",
		"max_capacity", "execution_class", "timeout_min", "auto_scaling", "dpu_seconds", "dpu_source", "error_category", "metrics",
	}
}

func (r *RunTruth) fields() []string {
	dpu, from := r.DPU()
	return []string{
		r.AccountID, r.Region, r.JobName, r.RunID, wholeText(r.Attempt), r.PreviousRunID, r.TriggerName, string(r.State),
		timeText(r.Began(limnograph.RunWaiting)), timeText(r.StartedAt), timeText(r.CompletedAt), timeText(r.ModifiedAt),
		wholeText(r.ExecutionS), r.JobType, r.GlueVersion, r.WorkerType, wholeText(r.Workers), fractionText(r.MaxCapacity),
		r.ExecutionClass, wholeText(r.TimeoutMin), strconv.FormatBool(r.AutoScaling != nil && *r.AutoScaling),
		fractionText(dpu), from, r.ErrorCategory, strconv.FormatBool(r.Metrics),
	}
}

// WriteJobLedger writes the jobs of JobLedger as CSV with a header line, each with the reason why it emits no metrics.
func (f *Fleet) WriteJobLedger(w io.Writer, from, until time.Time) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{
		"account_id", "region", "job_name", "job_type", "glue_version", "worker_type", "workers", "max_capacity",
		"execution_class", "created_at", "deleted_at", "silence",
	}); err != nil {
		return err
	}
	for _, j := range f.JobLedger(from, until) {
		if err := out.Write([]string{
			j.AccountID, j.Region, j.JobName, j.Type, j.GlueVersion, j.WorkerType, wholeText(j.Workers), fractionText(j.MaxCapacity),
			j.ExecutionClass, timeText(j.CreatedAt), timeText(j.DeletedAt), string(j.Silence),
		}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func wholeText(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

func fractionText(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}
