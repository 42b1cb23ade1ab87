package cloudwatch

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"limnograph"
)

const operation = "publish metrics"

// explain gives an error of a call its code.
func explain(ctx context.Context, namespace string, err error) error {
	var known *limnograph.Error
	if errors.As(err, &known) {
		return err // of the credentials
	}
	e := &limnograph.Error{Op: operation, Message: "into namespace " + namespace, Err: err}
	var answer smithy.APIError
	switch {
	case ctx.Err() != nil:
		e.Code, e.Err = limnograph.CodeTimeout, ctx.Err()
	case errors.As(err, &answer):
		e.Err = errors.New(answer.ErrorCode() + ": " + answer.ErrorMessage())
		e.Code, e.Hint = refused(answer, statusOf(err), namespace)
	default:
		e.Err = withoutRequest(err)
		e.Code, e.Hint = unreadable(err, namespace)
	}
	return e
}

// refused maps what CloudWatch answers.
func refused(answer smithy.APIError, status int, namespace string) (limnograph.Code, string) {
	switch answer.ErrorCode() {
	case "AccessDenied", "AccessDeniedException":
		return limnograph.CodeForbidden, allow(namespace)
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId", "SignatureDoesNotMatch":
		return limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	case "LimitExceeded", "LimitExceededFault", "LimitExceededException":
		return limnograph.CodeUnavailable, "CloudWatch is asked too often: try again later"
	}
	_, throttled := retry.DefaultThrottleErrorCodes[answer.ErrorCode()]
	switch {
	case throttled || status == http.StatusTooManyRequests:
		return limnograph.CodeUnavailable, "CloudWatch is asked too often: try again later"
	case status >= http.StatusInternalServerError || answer.ErrorFault() == smithy.FaultServer:
		return limnograph.CodeUnavailable, "try again later"
	case status == http.StatusForbidden:
		return limnograph.CodeForbidden, allow(namespace)
	case status >= http.StatusBadRequest:
		return limnograph.CodeInvalid, ""
	}
	return limnograph.CodeInternal, ""
}

// unreadable maps what is no answer of CloudWatch: none at all, or one that something between here and there has written.
func unreadable(err error, namespace string) (limnograph.Code, string) {
	switch {
	case statusOf(err) == http.StatusForbidden:
		return limnograph.CodeForbidden, allow(namespace)
	case isTimeout(err):
		return limnograph.CodeTimeout, "try again later"
	}
	return limnograph.CodeUnavailable, "check region, endpoint and network; a stand-in for AWS may want another protocol"
}

func allow(namespace string) string {
	return "allow cloudwatch:PutMetricData to the role that publishes, if only where cloudwatch:namespace is " + namespace
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
