package gluejob

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"limnograph"
)

// question is what Glue was asked: the operation of the contract, the permission that it needs, and about what.
type question struct{ op, action, about string }

// explain gives an error of a call its code.
func (q question) explain(ctx context.Context, err error) error {
	var known *limnograph.Error
	if errors.As(err, &known) {
		return err // of the credentials
	}
	e := &limnograph.Error{Code: limnograph.CodeUnavailable, Op: q.op, Message: q.about, Err: err}
	var answer smithy.APIError
	switch {
	case ctx.Err() != nil:
		e.Code, e.Err = limnograph.CodeTimeout, ctx.Err()
	case errors.As(err, &answer):
		e.Err = errors.New(answer.ErrorCode() + ": " + answer.ErrorMessage())
		e.Code, e.Hint = q.refused(answer, statusOf(err))
	default:
		e.Err = withoutRequest(err)
		e.Code, e.Hint = q.unreadable(err)
	}
	return e
}

// unreadable maps what is no answer of Glue: none at all, or one that something between here and there has written.
func (q question) unreadable(err error) (limnograph.Code, string) {
	switch {
	case statusOf(err) == http.StatusForbidden:
		return limnograph.CodeForbidden, q.allow()
	case isTimeout(err):
		return limnograph.CodeTimeout, "try again later"
	}
	return limnograph.CodeUnavailable, "check region, endpoint and network; try again"
}

func (q question) allow() string { return "allow " + q.action + " to the role that asks" }

// strange reports an answer that Glue would not give.
func (q question) strange(what string) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: q.op, Message: q.about + ": " + what, Hint: "check that the endpoint is one of Glue",
	}
}

// refused maps what Glue answers.
func (q question) refused(answer smithy.APIError, status int) (limnograph.Code, string) {
	switch answer.ErrorCode() {
	case "AccessDeniedException", "AccessDenied":
		return limnograph.CodeForbidden, q.allow()
	case "EntityNotFoundException":
		return limnograph.CodeNotFound, "check account, Region and name; Glue forgets runs after a time, and those of a deleted job"
	case "InvalidInputException", "ValidationException":
		return limnograph.CodeInvalid, ""
	case "OperationTimeoutException":
		return limnograph.CodeTimeout, "try again later"
	case "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId":
		return limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	}
	_, throttled := retry.DefaultThrottleErrorCodes[answer.ErrorCode()]
	switch {
	case throttled || status == http.StatusTooManyRequests:
		return limnograph.CodeUnavailable, "Glue is asked too often: lower the rate of calls"
	case status >= http.StatusInternalServerError || answer.ErrorFault() == smithy.FaultServer:
		return limnograph.CodeUnavailable, "try again later"
	case status == http.StatusForbidden:
		return limnograph.CodeForbidden, q.allow()
	}
	return limnograph.CodeInternal, ""
}

// statusOf returns the status of the answer, or 0 when there was none.
func statusOf(err error) int {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		return status.HTTPStatusCode()
	}
	return 0
}

func isTimeout(err error) bool {
	var slow interface{ Timeout() bool }
	return errors.As(err, &slow) && slow.Timeout()
}

// withoutRequest leaves out the address of a request.
func withoutRequest(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
