package limnograph

import (
	"errors"
	"strings"
)

// Code classifies an error for programs. Codes are stable and appear in API answers.
type Code string

// The error codes.
const (
	CodeInvalid      Code = "invalid"      // the request or input is wrong; sending it again will not help
	CodeNotFound     Code = "not_found"    //
	CodeExists       Code = "exists"       // the name is taken
	CodeConflict     Code = "conflict"     // the state does not allow it
	CodeUnauthorized Code = "unauthorized" // no valid credential
	CodeForbidden    Code = "forbidden"    // known, but not allowed
	CodeTooLarge     Code = "too_large"    // over a fixed limit
	CodeUnavailable  Code = "unavailable"  // a limit is reached for now: try again later
	CodeTimeout      Code = "timeout"      //
	CodeInternal     Code = "internal"     // a defect or a broken disk
)

// Error says what failed (Op, Message), on what (in Message), why (Err) and what to do next (Hint).
type Error struct {
	Code    Code
	Op      string // short lower-case action: "seal segment"
	Message string // for the user, with the thing it concerns
	Hint    string // the next step; optional
	Err     error  // the cause; optional
}

// Error joins the parts that are set: "op: message: cause (hint)".
func (e *Error) Error() string {
	var parts []string
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	s := strings.Join(parts, ": ")
	if s == "" {
		s = string(e.Code)
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of the outermost Error in err's chain, CodeInternal for any other error, and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
