package firehose

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"limnograph"
)

const (
	maxErrorMessage   = 8192 // the protocol's limit
	retryAfterSeconds = 5
)

// refusal is an error with the status that the sender gets to see.
type refusal struct {
	status  int
	message string
	allow   string // Allow header of a 405
}

func (e *refusal) Error() string { return e.message }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, message: fmt.Sprintf(format, args...)}
}

// answer is what goes back to the sender.
type answer struct {
	status    int
	requestID string
	message   string
	allow     string
	cause     error // for the log
}

// answerFor maps the outcome of a delivery. A failure to land is never a 4xx: the data is good and must come again.
func answerFor(err error) answer {
	if err == nil {
		return answer{status: http.StatusOK}
	}
	var r *refusal
	if errors.As(err, &r) {
		return answer{status: r.status, message: r.message, allow: r.allow, cause: err}
	}
	switch limnograph.ErrorCode(err) {
	case limnograph.CodeUnavailable, limnograph.CodeTimeout:
		return answer{status: http.StatusServiceUnavailable, message: "not stored, send it again: " + err.Error(), cause: err}
	}
	return answer{
		status:  http.StatusInternalServerError,
		message: "the delivery was not stored because of an internal error; the server's log has it under this request id",
		cause:   err,
	}
}

// body is the protocol's answer. Timestamp must be a number, in milliseconds.
type body struct {
	RequestID    string `json:"requestId"`
	Timestamp    int64  `json:"timestamp"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

func (a answer) write(w http.ResponseWriter, now time.Time) {
	text, err := json.Marshal(body{RequestID: a.requestID, Timestamp: now.UnixMilli(), ErrorMessage: cut(a.message, maxErrorMessage)})
	if err != nil { // cannot happen: strings and an integer
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if a.allow != "" {
		h.Set("Allow", a.allow)
	}
	if a.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(retryAfterSeconds))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // a sender that has gone sends again
}

// cut shortens s to at most n bytes, at the border of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
