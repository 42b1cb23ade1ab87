package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"limnograph"
)

// ErrorBody is the answer of every refused or failed request.
type ErrorBody struct {
	Code    limnograph.Code `json:"code" doc:"stable word for programs" enum:"invalid,not_found,exists,conflict,unauthorized,forbidden,too_large,unavailable,timeout,internal"`
	Message string          `json:"message" doc:"what went wrong, for a person"`
	Hint    string          `json:"hint" doc:"the next step; may be empty"`

	status int
}

var _ huma.StatusError = (*ErrorBody)(nil)

// Error returns the message.
func (e *ErrorBody) Error() string { return e.Message }

// GetStatus returns the HTTP status.
func (e *ErrorBody) GetStatus() int { return e.status }

// statusOf is the HTTP status of an error code.
func statusOf(code limnograph.Code) int {
	switch code {
	case limnograph.CodeInvalid:
		return http.StatusBadRequest
	case limnograph.CodeNotFound:
		return http.StatusNotFound
	case limnograph.CodeExists, limnograph.CodeConflict:
		return http.StatusConflict
	case limnograph.CodeUnauthorized:
		return http.StatusUnauthorized
	case limnograph.CodeForbidden:
		return http.StatusForbidden
	case limnograph.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case limnograph.CodeUnavailable:
		return http.StatusServiceUnavailable
	case limnograph.CodeTimeout:
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}

// codeOf is the error code of a status that the framework chose.
func codeOf(status int) limnograph.Code {
	switch status {
	case http.StatusNotFound:
		return limnograph.CodeNotFound
	case http.StatusConflict:
		return limnograph.CodeConflict
	case http.StatusUnauthorized:
		return limnograph.CodeUnauthorized
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return limnograph.CodeForbidden
	case http.StatusRequestEntityTooLarge:
		return limnograph.CodeTooLarge
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return limnograph.CodeUnavailable
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return limnograph.CodeTimeout
	}
	if status >= http.StatusInternalServerError {
		return limnograph.CodeInternal
	}
	return limnograph.CodeInvalid
}

// bodyOf turns an error into an answer. The text of internal errors stays in the log.
func bodyOf(err error) *ErrorBody {
	var body *ErrorBody
	if errors.As(err, &body) {
		return body
	}
	err = named(err)
	code := limnograph.ErrorCode(err)
	out := &ErrorBody{Code: code, status: statusOf(code)}
	var known *limnograph.Error
	if code == limnograph.CodeInternal || !errors.As(err, &known) {
		out.Message, out.Hint = "the server failed to answer", "the server's log names the cause"
		return out
	}
	out.Message, out.Hint = messageOf(known), known.Hint
	return out
}

// named gives the two ends of a context a code.
func named(err error) error {
	var known *limnograph.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &limnograph.Error{Code: limnograph.CodeTimeout, Message: "the request took too long", Hint: "ask for a shorter time range"}
	case errors.Is(err, context.Canceled):
		return &limnograph.Error{Code: limnograph.CodeUnavailable, Message: "the request was given up: the client left or the server is shutting down"}
	}
	return err
}

// messageOf joins what the errors of the chain say to the user. Causes of other kinds may hold paths or values and stay
// in the log.
func messageOf(e *limnograph.Error) string {
	var cause *limnograph.Error
	known := errors.As(e.Err, &cause) && cause.Code != limnograph.CodeInternal
	switch {
	case e.Message != "" && known:
		return e.Message + ": " + messageOf(cause)
	case known:
		return messageOf(cause)
	case e.Message != "":
		return e.Message
	case e.Op != "":
		return e.Op + " failed"
	default:
		return string(e.Code)
	}
}

// fail is what API handlers return: the answer for err, with the headers that belong to it. Internal errors are logged.
func (s *Server) fail(ctx context.Context, err error) error {
	var headed huma.HeadersError
	if errors.As(err, &headed) {
		return err
	}
	body := bodyOf(err)
	if body.Code == limnograph.CodeInternal {
		s.log.ErrorContext(ctx, "request failed", "error", err)
	}
	if body.status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(body, http.Header{"Retry-After": {retryAfter}})
	}
	return body
}

// retryAfter is the pause in seconds that a refused client is asked for.
const retryAfter = "5"

// writeError answers outside of the API framework, and only when nothing was sent yet.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	body := bodyOf(err)
	if body.Code == limnograph.CodeInternal {
		s.log.ErrorContext(r.Context(), "request failed", "error", err)
	}
	h := w.Header()
	switch body.status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", challenge)
	}
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	w.WriteHeader(body.status)
	if r.Method != http.MethodHead {
		writeJSON(w, body)
	}
}

// writeJSON writes v. A failed write means that the client left: nobody is there to be told.
func writeJSON(w http.ResponseWriter, v any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

func refuse(status int, message, hint string) *ErrorBody {
	return &ErrorBody{Code: codeOf(status), Message: message, Hint: hint, status: status}
}

// plainErrors gives the framework's own refusals (validation, unknown media type) the one error shape.
func plainErrors(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	ctx.SetHeader("Content-Type", "application/json")
	message := m.Detail
	for i, d := range m.Errors {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		message += sep + strings.TrimPrefix(d.Location+" "+d.Message, " ")
	}
	return refuse(m.Status, message, "the API is described at "+openAPIPath), nil
}
