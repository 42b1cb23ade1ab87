package glueapi

import (
	"encoding/json"
	"strconv"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// moment is a time as the protocol writes it: seconds since the epoch, to the millisecond.
type moment time.Time

// IsZero reports whether the time is not set; omitzero asks for it.
func (m moment) IsZero() bool { return time.Time(m).IsZero() }

// MarshalJSON writes the number.
func (m moment) MarshalJSON() ([]byte, error) {
	ms := time.Time(m).UnixMilli()
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON takes no notice: no request that is served gives a time.
func (m *moment) UnmarshalJSON([]byte) error { return nil }

// definition is what a client says of a job: the members of CreateJob and UpdateJob.
type definition struct {
	JobMode                 string            `json:",omitempty"`
	JobRunQueuingEnabled    *bool             `json:",omitempty"`
	Description             string            `json:",omitempty"`
	LogURI                  string            `json:"LogUri,omitempty"`
	Role                    string            `json:",omitempty"`
	ExecutionProperty       *concurrency      `json:",omitempty"`
	Command                 *command          `json:",omitempty"`
	DefaultArguments        map[string]string `json:",omitempty"`
	NonOverridableArguments map[string]string `json:",omitempty"`
	Connections             json.RawMessage   `json:",omitempty"`
	MaxRetries              int32
	AllocatedCapacity       int32           `json:",omitempty"`
	Timeout                 *int32          `json:",omitempty"`
	MaxCapacity             *float64        `json:",omitempty"`
	WorkerType              string          `json:",omitempty"`
	NumberOfWorkers         *int32          `json:",omitempty"`
	SecurityConfiguration   string          `json:",omitempty"`
	NotificationProperty    *notification   `json:",omitempty"`
	GlueVersion             string          `json:",omitempty"`
	CodeGenConfiguration    json.RawMessage `json:"CodeGenConfigurationNodes,omitempty"`
	ExecutionClass          string          `json:",omitempty"`
	SourceControlDetails    json.RawMessage `json:",omitempty"`
	MaintenanceWindow       string          `json:",omitempty"`
}

type concurrency struct{ MaxConcurrentRuns int32 }

type command struct {
	Name           string
	ScriptLocation string `json:",omitempty"`
	PythonVersion  string `json:",omitempty"`
	Runtime        string `json:",omitempty"`
}

type notification struct {
	NotifyDelayAfter *int32 `json:",omitempty"` // minutes
}

// job is a job as GetJob answers it.
type job struct {
	Name           string
	CreatedOn      moment `json:",omitzero"`
	LastModifiedOn moment `json:",omitzero"`
	definition
}

// limit is how many runs it may have at the same time.
func (j *job) limit() int {
	if j.ExecutionProperty == nil || j.ExecutionProperty.MaxConcurrentRuns == 0 {
		return 1
	}
	return int(j.ExecutionProperty.MaxConcurrentRuns)
}

// jobOf says of a job of the fleet what its definition says.
func jobOf(t *simulator.JobTruth) job {
	j := job{Name: t.JobName, CreatedOn: moment(t.CreatedAt), LastModifiedOn: moment(t.ModifiedAt)}
	j.definition = definition{
		JobMode: t.Mode, JobRunQueuingEnabled: &t.Queueing, Role: t.Role, DefaultArguments: t.Arguments,
		ExecutionProperty: &concurrency{int32(*t.MaxConcurrent)},
		Command:           &command{Name: t.Type, ScriptLocation: t.ScriptLocation, PythonVersion: t.PythonVersion},
		MaxRetries:        int32(*t.MaxRetries), Timeout: whole(t.TimeoutMin), MaxCapacity: t.MaxCapacity,
		AllocatedCapacity: int32(*t.MaxCapacity), WorkerType: t.WorkerType, NumberOfWorkers: whole(t.Workers),
		SecurityConfiguration: t.Security, NotificationProperty: notify(t.NotifyAfter), GlueVersion: t.GlueVersion,
		ExecutionClass: t.ExecutionClass,
	}
	return j
}

// run is a run as GetJobRun answers it.
type run struct {
	ID                    string `json:"Id"`
	Attempt               int64
	PreviousRunID         string `json:"PreviousRunId,omitempty"`
	TriggerName           string `json:",omitempty"`
	JobName               string
	JobMode               string `json:",omitempty"`
	JobRunQueuingEnabled  bool
	StartedOn             moment `json:",omitzero"`
	LastModifiedOn        moment `json:",omitzero"`
	CompletedOn           moment `json:",omitzero"`
	JobRunState           limnograph.RunState
	StateDetail           string            `json:",omitempty"`
	Arguments             map[string]string `json:",omitempty"`
	ErrorMessage          string            `json:",omitempty"`
	PredecessorRuns       []struct{}
	AllocatedCapacity     int32
	ExecutionTime         int64
	Timeout               *int64        `json:",omitempty"`
	MaxCapacity           *float64      `json:",omitempty"`
	WorkerType            string        `json:",omitempty"`
	NumberOfWorkers       *int64        `json:",omitempty"`
	SecurityConfiguration string        `json:",omitempty"`
	LogGroupName          string        `json:",omitempty"`
	NotificationProperty  *notification `json:",omitempty"`
	GlueVersion           string        `json:",omitempty"`
	DPUSeconds            *float64      `json:",omitempty"`
	ExecutionClass        string        `json:",omitempty"`
}

// runOf says what the API answers about a run at t.
func runOf(truth *simulator.RunTruth, t time.Time) run {
	r, _ := truth.At(t)
	out := run{
		ID: r.RunID, Attempt: *r.Attempt, PreviousRunID: r.PreviousRunID, TriggerName: r.TriggerName, JobName: r.JobName,
		JobMode: r.JobMode, JobRunQueuingEnabled: truth.Queueing, StartedOn: moment(r.StartedAt),
		LastModifiedOn: moment(r.ModifiedAt), CompletedOn: moment(r.CompletedAt), JobRunState: r.State, Arguments: r.Arguments,
		ErrorMessage: r.ErrorMessage, PredecessorRuns: []struct{}{}, Timeout: r.TimeoutMin, MaxCapacity: r.MaxCapacity,
		WorkerType: r.WorkerType, NumberOfWorkers: r.Workers, SecurityConfiguration: r.SecurityProfile,
		LogGroupName: r.LogGroup, NotificationProperty: notify(truth.NotifyAfter), GlueVersion: r.GlueVersion,
		DPUSeconds: r.DPUSeconds, ExecutionClass: r.ExecutionClass,
	}
	if r.ExecutionS != nil {
		out.ExecutionTime = *r.ExecutionS
	}
	if r.MaxCapacity != nil {
		out.AllocatedCapacity = int32(*r.MaxCapacity)
	}
	if r.State == limnograph.RunWaiting {
		out.StateDetail = "The job run is waiting for resources."
	}
	return out
}

func notify(minutes int64) *notification {
	if minutes == 0 {
		return nil
	}
	m := int32(minutes)
	return &notification{&m}
}

func whole(v *int64) *int32 {
	if v == nil {
		return nil
	}
	n := int32(*v)
	return &n
}

func long(v *int32) *int64 {
	if v == nil {
		return nil
	}
	n := int64(*v)
	return &n
}
