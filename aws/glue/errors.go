package glue

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/smithy-go"

	"limnograph"
)

// explain gives an error of a call its code. action is the permission that the call needs, what the thing it is about.
func (c *Catalog) explain(ctx context.Context, op, action, what string, err error) error {
	var own *limnograph.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	e := &limnograph.Error{Code: limnograph.CodeUnavailable, Op: op, Message: what, Err: err}
	var answer smithy.APIError
	switch {
	case ctx.Err() != nil:
		e.Err = ctx.Err()
		if errors.Is(e.Err, context.DeadlineExceeded) {
			e.Code = limnograph.CodeTimeout
		}
	case errors.As(err, &answer):
		e.Err = errors.New(answer.ErrorCode() + ": " + answer.ErrorMessage())
		e.Code, e.Hint = c.refused(answer, isServerError(err), action)
	default:
		e.Err = withoutRequest(err)
		e.Hint = "check region, endpoint and network; try again"
	}
	return e
}

// exhausted is about a call that had to begin again too often.
func exhausted(op, what string, err error) error {
	return &limnograph.Error{
		Code: limnograph.CodeUnavailable, Op: op, Message: fmt.Sprintf("%s: gave up after %d attempts", what, maxAttempts),
		Hint: "others change it all the time, or answers are lost: try again", Err: withoutRequest(err),
	}
}

// refused maps what Glue answers. The rest of the API says InvalidInputException for everything that is wrong with a call.
func (c *Catalog) refused(answer smithy.APIError, server bool, action string) (limnograph.Code, string) {
	switch answer.ErrorCode() {
	case "AccessDeniedException", "AccessDenied", "403":
		return limnograph.CodeForbidden, "allow " + action + " on the catalog, the database " + c.cfg.Database + " and its tables; with Lake Formation, grant the role the same there"
	case "EntityNotFoundException":
		return limnograph.CodeNotFound, "check the database " + c.cfg.Database + ": limno deploy creates it"
	case "AlreadyExistsException":
		return limnograph.CodeExists, ""
	case "ConcurrentModificationException", "ResourceNotReadyException":
		return limnograph.CodeUnavailable, "others change the table at the same time: try again"
	case "InvalidInputException", "ValidationException":
		return limnograph.CodeInvalid, ""
	case "ResourceNumberLimitExceededException":
		return limnograph.CodeTooLarge, "ask AWS for a higher quota of the Data Catalog, or remove what is not used"
	case "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId":
		return limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	case "GlueEncryptionException":
		return limnograph.CodeForbidden, "allow the role the KMS key of the Data Catalog"
	}
	if server || isThrottling(answer) || answer.ErrorFault() == smithy.FaultServer || answer.ErrorCode() == "OperationTimeoutException" {
		return limnograph.CodeUnavailable, "try again later"
	}
	return limnograph.CodeInternal, ""
}

// withoutRequest leaves out the address of a request.
func withoutRequest(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
