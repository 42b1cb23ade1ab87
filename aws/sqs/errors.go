package sqs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"limnograph"
)

// call is what was asked for: the operation of the contract, the action that IAM wants for it, and on which queue.
type call struct{ op, action, on string }

// wrap turns an error of the SDK into one of the product, and keeps one that is one already.
func wrap(ctx context.Context, c call, err error) error {
	var known *limnograph.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case ctx.Err() != nil:
		return ended(c.op, ctx.Err())
	}
	e := &limnograph.Error{Op: c.op, Message: c.on, Err: err}
	e.Code, e.Hint = classify(c, err)
	return e
}

// ended reports a call whose context is over; errors.Is finds the context's own error.
func ended(op string, err error) error {
	return &limnograph.Error{Code: limnograph.CodeTimeout, Op: op, Err: err}
}

// classify returns the code of an error and what to do about it.
func classify(c call, err error) (limnograph.Code, string) {
	code, text := shortCode(err), err.Error()
	switch {
	case code == "NonExistentQueue" || code == "QueueDoesNotExist":
		return limnograph.CodeNotFound, "create the queue, or correct its name or address"
	case isOversize(code, text):
		return limnograph.CodeTooLarge, "the queue takes no such message"
	case slices.Contains(busy(), code):
		return limnograph.CodeUnavailable, "SQS is asked too often: try again later"
	case slices.Contains(badCredentials(), code):
		return limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	case strings.HasPrefix(code, "Kms"):
		return limnograph.CodeForbidden, "allow kms:Decrypt and kms:GenerateDataKey on the queue's key, which must be enabled"
	case strings.HasPrefix(code, "AccessDenied"):
		return limnograph.CodeForbidden, "allow sqs:" + c.action + " on the queue"
	}
	return byStatus(c, statusOf(err))
}

func byStatus(c call, status int) (limnograph.Code, string) {
	switch {
	case status == 0:
		return limnograph.CodeUnavailable, "SQS does not answer: check the network and the endpoint"
	case status == http.StatusForbidden:
		return limnograph.CodeForbidden, "allow sqs:" + c.action + " on the queue"
	case status == http.StatusUnauthorized:
		return limnograph.CodeUnauthorized, "renew the credentials"
	case status == http.StatusTooManyRequests, status >= 500:
		return limnograph.CodeUnavailable, "try again later"
	case status < 300:
		return limnograph.CodeUnavailable, "the answer is none of SQS: check the endpoint"
	}
	return limnograph.CodeInvalid, ""
}

// classifyEntry does for one entry of a batch what classify does for a call.
func classifyEntry(entry types.BatchResultErrorEntry) (limnograph.Code, string) {
	code, text := short(aws.ToString(entry.Code)), aws.ToString(entry.Message)
	switch {
	case isOversize(code, text):
		return limnograph.CodeTooLarge, "the queue takes no such message"
	case isTemporary(entry):
		return limnograph.CodeUnavailable, "try again later"
	}
	return limnograph.CodeInvalid, ""
}

// isTemporary reports whether another attempt may do the entry.
func isTemporary(entry types.BatchResultErrorEntry) bool {
	return !entry.SenderFault || slices.Contains(busy(), short(aws.ToString(entry.Code)))
}

// isGone reports whether the entry's message is deleted, or visible again.
func isGone(entry types.BatchResultErrorEntry) bool {
	switch short(aws.ToString(entry.Code)) {
	case "ReceiptHandleIsInvalid", "MessageNotInflight":
		return true
	case "InvalidParameterValue":
		return strings.Contains(aws.ToString(entry.Message), "expired")
	}
	return false
}

func isOversize(code, text string) bool {
	return code == "BatchRequestTooLong" || strings.HasPrefix(code, "InvalidParameterValue") && strings.Contains(text, "must be shorter than")
}

func busy() []string {
	return []string{"RequestThrottled", "Throttling", "ThrottlingException", "KmsThrottled", "OverLimit", "ServiceUnavailable", "InternalError", "InternalFailure"}
}

func badCredentials() []string {
	return []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
		"InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "RequestExpired", "InvalidAddress", "InvalidSecurity",
	}
}

func shortCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return short(api.ErrorCode())
	}
	return ""
}

// short returns a code without the name of the service, which the older protocol of SQS puts before some.
func short(code string) string { return code[strings.LastIndexByte(code, '.')+1:] }

// statusOf returns the status of the answer, or 0 when there was none.
func statusOf(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.HTTPStatusCode()
	}
	return 0
}
