package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"limnograph"
)

// explain gives an error of a call its code and what to do.
func explain(ctx context.Context, op, stack string, err error) error {
	var own *limnograph.Error
	if errors.As(err, &own) {
		return err
	}
	if ctx.Err() != nil {
		return &limnograph.Error{Code: limnograph.CodeTimeout, Op: op, Message: "stack " + stack, Err: ctx.Err()}
	}
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return &limnograph.Error{
			Code: limnograph.CodeUnavailable, Op: op, Message: "CloudFormation can't be reached or gave no readable answer",
			Hint: "check Region, endpoint and network; try again", Err: err,
		}
	}
	code, hint := classify(answer)
	if code == limnograph.CodeInternal && status(err) >= http.StatusInternalServerError {
		code, hint = limnograph.CodeUnavailable, "try again later"
	}
	return &limnograph.Error{
		Code: code, Op: op, Message: fmt.Sprintf("stack %s: %s: %s", stack, answer.ErrorCode(), answer.ErrorMessage()), Hint: hint,
	}
}

// status is that of the answer; 0 when there was none.
func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

func classify(answer smithy.APIError) (limnograph.Code, string) {
	switch code := answer.ErrorCode(); {
	case code == "AccessDenied", code == "AccessDeniedException", code == "UnauthorizedOperation":
		return limnograph.CodeForbidden, "let the person who deploys do what the message names"
	case code == "ExpiredToken", code == "InvalidClientTokenId", code == "SignatureDoesNotMatch", code == "UnrecognizedClientException":
		return limnograph.CodeUnauthorized, "check the credentials"
	case code == "Throttling", code == "ThrottlingException", code == "RequestLimitExceeded":
		return limnograph.CodeUnavailable, "try again later"
	case code == "AlreadyExistsException":
		return limnograph.CodeExists, "somebody has created it just now: deploy again"
	case code == "InsufficientCapabilitiesException":
		return limnograph.CodeInvalid, "the template names its roles: only roles without names are created"
	case code == "LimitExceededException":
		return limnograph.CodeConflict, "the account has as many stacks as it may: remove one, or ask AWS for more"
	case code == "ValidationError" && strings.Contains(answer.ErrorMessage(), "_IN_PROGRESS state"):
		return limnograph.CodeConflict, "somebody changes it just now: wait until that is done"
	case code == "ValidationError", code == "ValidationException":
		return limnograph.CodeInvalid, "correct what the message names"
	}
	return limnograph.CodeInternal, ""
}
