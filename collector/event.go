package collector

import (
	"encoding/json"
	"strings"
	"time"

	"limnograph"
	"limnograph/runerror"
)

const opEvent = "read event"

// The detail types of events about runs.
const (
	stateChange = "Glue Job State Change"
	runStatus   = "Glue Job Run Status"
)

// event is what EventBridge delivers, as far as it matters here.
type event struct {
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Region     string          `json:"region"`
	Time       string          `json:"time"`
	Detail     json.RawMessage `json:"detail"`
}

type detail struct {
	JobName   string `json:"jobName"`
	RunID     string `json:"jobRunId"`
	State     string `json:"state"`
	Message   string `json:"message"`
	StartedOn string `json:"startedOn"`
}

// ParseEvent reads an event of EventBridge. For the two about job runs it returns what the event says, with the error
// text classified and redacted, and true; a time that cannot be read is zero. For other events it returns false. Errors:
// CodeInvalid (no event, or one about a run that does not name it), CodeTooLarge.
func ParseEvent(body []byte) (limnograph.JobRun, bool, error) {
	if len(body) > maxBody {
		return limnograph.JobRun{}, false, tooLarge(opEvent, len(body))
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.DetailType == "" {
		return limnograph.JobRun{}, false, invalid(opEvent, "the body is no event of EventBridge", "send the event as EventBridge delivers it")
	}
	if e.DetailType != stateChange && e.DetailType != runStatus {
		return limnograph.JobRun{}, false, nil
	}
	r, err := e.run()
	return r, err == nil, err
}

func (e event) run() (limnograph.JobRun, error) {
	var d detail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return limnograph.JobRun{}, invalid(opEvent, "the detail of the event is no JSON object of texts", "")
	}
	named := Request{JobName: d.JobName, RunID: d.RunID, AccountID: e.Account, Region: e.Region}
	if err := named.check(); err != nil {
		return limnograph.JobRun{}, err
	}
	if e.Account == "" || e.Region == "" {
		return limnograph.JobRun{}, invalid(opEvent, "the event does not tell its account and region", "send the event as EventBridge delivers it")
	}
	state, ok := stateIn(d.State)
	if !ok {
		return limnograph.JobRun{}, invalid(opEvent, "the event tells no state", "")
	}
	r := limnograph.JobRun{RunKey: named.key(), Source: limnograph.FromEvent, State: state, ObservedAt: moment(e.Time), StartedAt: moment(d.StartedOn)}
	if state.HasFailed() {
		r.ErrorMessage = d.Message
	}
	return withoutSecrets(r), nil
}

func (r Request) key() limnograph.RunKey {
	return limnograph.RunKey{JobKey: limnograph.JobKey{AccountID: r.AccountID, Region: r.Region, JobName: r.JobName}, RunID: r.RunID}
}

// stateIn takes states that Glue adds later as they are; the longest one today has nine letters.
func stateIn(text string) (limnograph.RunState, bool) {
	const longest = 64
	upper := strings.ToUpper(strings.TrimSpace(text))
	return limnograph.RunState(upper), upper != "" && len(upper) <= longest && wrongName("state", upper) == ""
}

// moment reads a time; zero when it is none, or beyond any calendar.
func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return moderate(t.UTC())
}

// withoutSecrets classifies the error text of a run and strikes out what may not be kept of it. What says why a run
// succeeded, or does what it does, is no error.
func withoutSecrets(r limnograph.JobRun) limnograph.JobRun {
	if !r.State.IsTerminal() || r.State == limnograph.RunSucceeded {
		r.ErrorCategory, r.ErrorClass, r.ErrorMessage = "", "", ""
		return r
	}
	class := runerror.Classify(r.ErrorMessage, r.State)
	r.ErrorCategory, r.ErrorClass = class.Category, class.Class
	r.ErrorMessage = runerror.Redact(r.ErrorMessage)
	return r
}
