package collector

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"limnograph"
)

// Request names a run that is to be asked about. AccountID and Region may be empty when only one target has the job.
type Request struct {
	JobName   string `json:"jobName"`
	RunID     string `json:"jobRunId"`
	AccountID string `json:"accountId,omitempty"`
	Region    string `json:"region,omitempty"`
}

const (
	opRequest = "read collect request"
	maxBody   = 1 << 20 // bytes of a request or an event; EventBridge sends less
	maxName   = 255     // characters of a job name or a run id, as in Glue
)

// ParseRequest reads a direct call: a JSON object with jobName, jobRunId, and at choice accountId and region. Other
// fields are passed over. Errors: CodeInvalid, in words for the caller; CodeTooLarge.
func ParseRequest(body []byte) (Request, error) {
	if len(body) > maxBody {
		return Request{}, tooLarge(opRequest, len(body))
	}
	var r Request
	if err := json.Unmarshal(body, &r); err != nil {
		return Request{}, invalid(opRequest, "the body is no JSON object with texts jobName and jobRunId", example)
	}
	r.JobName, r.RunID = strings.TrimSpace(r.JobName), strings.TrimSpace(r.RunID)
	r.AccountID, r.Region = strings.TrimSpace(r.AccountID), strings.TrimSpace(r.Region)
	return r, r.check()
}

const example = `send {"jobName": "orders", "jobRunId": "jr_0123"}`

func (r Request) check() error {
	if why := wrongName("jobName", r.JobName); why != "" {
		return invalid(opRequest, why, example)
	}
	if why := wrongName("jobRunId", r.RunID); why != "" {
		return invalid(opRequest, why, "send the id that Glue gave the run when it was started, which begins with jr_")
	}
	if r.RunID == allRuns {
		return invalid(opRequest, "jobRunId is ALL, which stands for all runs of a job", "send the id of one run")
	}
	if r.AccountID != "" && !isAccount(r.AccountID) {
		return invalid(opRequest, fmt.Sprintf("accountId is %.40q, which is no account", r.AccountID), "send its 12 digits, or leave it out")
	}
	if r.Region != "" && !isRegion(r.Region) {
		return invalid(opRequest, fmt.Sprintf("region is %.40q, which is no Region", r.Region), "send one such as eu-west-1, or leave it out")
	}
	return nil
}

// allRuns is the JobRunId of the series over all runs of a job.
const allRuns = "ALL"

// wrongName says what keeps a text from naming a job or a run; "" when nothing does. Templates that found nothing send
// None or null.
func wrongName(field, name string) string {
	switch {
	case name == "":
		return field + " is missing"
	case isNothing(name):
		return field + " is the text " + name + ": the caller had no value when it filled in its template"
	case len(name) > utf8.UTFMax*maxName || utf8.RuneCountInString(name) > maxName:
		return fmt.Sprintf("%s is longer than %d characters", field, maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return field + " holds characters that no name has"
	}
	return ""
}

// isNothing reports whether a text is what template languages write for no value.
func isNothing(name string) bool {
	switch strings.ToLower(name) {
	case "none", "null", "nil", "undefined", "nan":
		return true
	}
	return false
}

func isAccount(s string) bool {
	return len(s) == 12 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isRegion(s string) bool {
	const longest = 32
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, strange)
}

func invalid(op, message, hint string) error {
	return &limnograph.Error{Code: limnograph.CodeInvalid, Op: op, Message: message, Hint: hint}
}

func tooLarge(op string, size int) error {
	return &limnograph.Error{
		Code: limnograph.CodeTooLarge, Op: op, Message: fmt.Sprintf("%d bytes are more than %d", size, maxBody), Hint: example,
	}
}
