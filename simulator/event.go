package simulator

import (
	"encoding/json"
	"fmt"
	"time"

	"limnograph"
)

// The detail types of Glue's events.
const (
	stateChange = "Glue Job State Change"
	runStatus   = "Glue Job Run Status"
)

// envelope is an event as EventBridge hands it to a target.
type envelope struct {
	Version    string      `json:"version"`
	ID         string      `json:"id"`
	DetailType string      `json:"detail-type"`
	Source     string      `json:"source"`
	Account    string      `json:"account"`
	Time       string      `json:"time"`
	Region     string      `json:"region"`
	Resources  []string    `json:"resources"`
	Detail     eventDetail `json:"detail"`
}

type eventDetail struct {
	JobName   string              `json:"jobName"`
	Severity  string              `json:"severity"`
	Condition *notification       `json:"notificationCondition,omitempty"`
	State     limnograph.RunState `json:"state"`
	JobRunID  string              `json:"jobRunId"`
	Message   string              `json:"message"`
	StartedOn string              `json:"startedOn,omitempty"`
}

type notification struct {
	NotifyDelayAfter float64 `json:"NotifyDelayAfter"` // minutes
}

// severityOf is that of a "Glue Job State Change"; empty: Glue sends none for the state.
func severityOf(state limnograph.RunState) string {
	switch state {
	case limnograph.RunSucceeded, limnograph.RunStopped:
		return "INFO"
	case limnograph.RunTimeout:
		return "WARN"
	case limnograph.RunFailed:
		return "ERROR"
	}
	return ""
}

// StateChangeEvent is the "Glue Job State Change" that EventBridge sends when a run ends, or nil for a state for which Glue
// sends none. Its id is made of key.
func StateChangeEvent(r limnograph.JobRun, at time.Time, key uint64) []byte {
	severity := severityOf(r.State)
	if severity == "" {
		return nil
	}
	e := newEnvelope(&r.RunKey, stateChange, at, key)
	e.Detail = eventDetail{JobName: r.JobName, Severity: severity, State: r.State, JobRunID: r.RunID, Message: endMessage(&r)}
	return e.encode()
}

// RunStatusEvent is the "Glue Job Run Status" that EventBridge sends of a run that has not ended, delay minutes after its
// start or later.
func RunStatusEvent(r limnograph.JobRun, state limnograph.RunState, delay int64, at time.Time, key uint64) []byte {
	e := newEnvelope(&r.RunKey, runStatus, at, key)
	e.Detail = eventDetail{
		JobName: r.JobName, Severity: "INFO", Condition: &notification{float64(delay)}, State: state, JobRunID: r.RunID,
		Message:   fmt.Sprintf("Job is in %s state", state),
		StartedOn: r.StartedAt.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	return e.encode()
}

func newEnvelope(run *limnograph.RunKey, kind string, at time.Time, key uint64) envelope {
	return envelope{
		Version: "0", ID: uuidOf(key), DetailType: kind, Source: "aws.glue", Account: run.AccountID,
		Time: at.UTC().Format(time.RFC3339), Region: run.Region, Resources: []string{},
	}
}

func (e *envelope) encode() []byte {
	text, _ := json.Marshal(e) // texts and numbers alone: it cannot fail
	return text
}

func endMessage(r *limnograph.JobRun) string {
	switch r.State {
	case limnograph.RunSucceeded:
		return "Job run succeeded"
	case limnograph.RunStopped:
		return "Job run stopped"
	case limnograph.RunTimeout:
		return "Job run timed out"
	}
	return fmt.Sprintf("JobName:%s and JobRunId:%s failed to execute with exception %s", r.JobName, r.RunID, r.ErrorMessage)
}
