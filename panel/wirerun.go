package panel

import (
	"strings"
	"time"
)

// RunFacts is what is known of one run as a whole. null means not reported.
type RunFacts struct {
	Region          string     `json:"region"`
	State           string     `json:"state" doc:"as the Glue API spells it; UNKNOWN: only its datapoints are known"`
	Phase           Phase      `json:"phase" enum:"queued,starting,running,succeeded,failed,stopped,ended"`
	ByMetrics       bool       `json:"by_metrics" doc:"phase follows from datapoints alone"`
	Start           time.Time  `json:"start"`
	End             time.Time  `json:"end"`
	QueuedAt        *time.Time `json:"queued_at"`
	StartedAt       *time.Time `json:"started_at"`
	EndedAt         *time.Time `json:"ended_at"`
	ExecutionS      *float64   `json:"execution_s" doc:"seconds in which it used resources"`
	WaitingS        *float64   `json:"waiting_s" doc:"seconds in the queue"`
	StartupS        *float64   `json:"startup_s" doc:"seconds of starting up"`
	LeadS           *int64     `json:"lead_s" doc:"seconds from start until it executed"`
	Attempt         *int64     `json:"attempt"`
	PreviousRunID   *string    `json:"previous_run_id" doc:"the run that this one repeats"`
	TriggerName     *string    `json:"trigger_name"`
	JobType         *string    `json:"job_type"`
	GlueVersion     *string    `json:"glue_version"`
	WorkerType      *string    `json:"worker_type"`
	Workers         *int64     `json:"workers"`
	MaxCapacity     *float64   `json:"max_capacity" doc:"DPU"`
	ExecutionClass  *string    `json:"execution_class"`
	AutoScaling     *bool      `json:"auto_scaling"`
	TimeoutMin      *int64     `json:"timeout_min"`
	DPUSeconds      *float64   `json:"dpu_seconds"`
	DPUSource       *string    `json:"dpu_source" doc:"observed, derived or unknown"`
	RecordsRead     *int64     `json:"records_read"`
	RecordsWritten  *int64     `json:"records_written"`
	RecordsSource   *string    `json:"records_source" doc:"aggregate or observability"`
	RecordsReason   *string    `json:"records_reason" doc:"why a number of records is null"`
	ExecutorsActive *float64   `json:"executors_active" doc:"mean"`
	ExecutorsNeeded *float64   `json:"executors_needed" doc:"the greatest number that could have been used"`
	ExecutorsMax    *float64   `json:"executors_max"`
	CPU             *float64   `json:"cpu" doc:"mean, 0 to 1"`
	Heap            *float64   `json:"heap" doc:"the greatest, 0 to 1"`
	ErrorCategory   *string    `json:"error_category" doc:"Glue's error category without its prefix"`
	ErrorClass      *string    `json:"error_class" doc:"a finer class"`
	FirstDatapoint  *time.Time `json:"first_datapoint"`
	LastDatapoint   *time.Time `json:"last_datapoint"`
	ObservedAt      *time.Time `json:"observed_at" doc:"when the API or an event last told of it"`
	SeenIn          []string   `json:"seen_in" nullable:"false" doc:"who told of it: api, event, metrics"`
}

// BuildRunFacts turns a row of the panel OneRun into facts, as they are known at a moment.
func BuildRunFacts(row RunRow, m Moment) RunFacts {
	r := newRun(row, m.horizon(m.NewestDatapoint), m)
	short := r.wire()
	if row.First.IsZero() {
		row.Last = time.Time{} // the minute of a custom metric, which is no datapoint of the run
	}
	return RunFacts{
		Region: row.Region, State: short.State, Phase: r.phase, ByMetrics: r.byMetrics, Start: r.start, End: r.end,
		QueuedAt: timeOrNil(row.QueuedAt), StartedAt: timeOrNil(row.StartedAt), EndedAt: timeOrNil(row.EndedAt),
		ExecutionS: row.ExecutionS, WaitingS: row.WaitingS, StartupS: row.StartupS, LeadS: short.LeadS,
		Attempt: row.Attempt, PreviousRunID: textOrNil(row.PreviousRunID), TriggerName: textOrNil(row.TriggerName),
		JobType: textOrNil(row.JobType), GlueVersion: textOrNil(row.GlueVersion), WorkerType: textOrNil(row.WorkerType),
		Workers: row.Workers, MaxCapacity: row.MaxCapacity, ExecutionClass: textOrNil(row.ExecutionClass),
		AutoScaling: row.AutoScaling, TimeoutMin: row.TimeoutMin, DPUSeconds: row.DPUSeconds, DPUSource: textOrNil(row.DPUSource),
		RecordsRead: row.RecordsRead, RecordsWritten: row.RecordsWritten,
		RecordsSource: textOrNil(row.RecordsSource), RecordsReason: textOrNil(row.RecordsReason),
		ExecutorsActive: row.ExecutorsActive, ExecutorsNeeded: row.ExecutorsNeeded, ExecutorsMax: row.ExecutorsMax,
		CPU: row.CPU, Heap: row.Heap, ErrorCategory: short.ErrorCategory, ErrorClass: short.ErrorClass,
		FirstDatapoint: timeOrNil(row.First), LastDatapoint: timeOrNil(row.Last), ObservedAt: timeOrNil(row.ObservedAt),
		SeenIn: seenIn(row.SeenIn),
	}
}

func seenIn(list string) []string {
	if list == "" {
		return []string{}
	}
	return strings.Split(list, ",")
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
