package config

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"limnograph"
)

// explainCredentials says why the SDK found no credentials. A machine without a role looks like one that does not answer,
// so only services that hand out credentials count as unavailable.
func explainCredentials(ctx context.Context, err error) error {
	e := classify(ctx, "get AWS credentials", err)
	if e.Code == limnograph.CodeTimeout || e.Code == limnograph.CodeUnavailable && askedService(err) {
		return e
	}
	e.Code, e.Message = limnograph.CodeUnauthorized, "there are none that work"
	e.Hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile, or sign in with aws sso login, or give the machine a role"
	return e
}

// askedService reports whether the error is one of STS or of the sign-in services.
func askedService(err error) bool {
	var call *smithy.OperationError
	return errors.As(err, &call) && slices.Contains([]string{"STS", "SSO", "SSO OIDC", "Signin"}, call.ServiceID)
}

// explainRole says why a role could not be assumed.
func explainRole(arn string) func(context.Context, error) error {
	return func(ctx context.Context, err error) error {
		var known *limnograph.Error
		if errors.As(err, &known) {
			return err // of the credentials below
		}
		e := classify(ctx, "assume role", err)
		e.Message = arn
		if e.Code == limnograph.CodeForbidden {
			e.Hint = "allow sts:AssumeRole on it for the present identity, and let its trust policy name that identity and the same external id"
		}
		return e
	}
}

// explainCaller says why STS does not tell who the credentials belong to.
func explainCaller(ctx context.Context, err error) error {
	var known *limnograph.Error
	if errors.As(err, &known) {
		return err
	}
	return classify(ctx, "find the AWS account", err)
}

// classify gives an error of STS or of a credential source its code.
func classify(ctx context.Context, op string, err error) *limnograph.Error {
	e := &limnograph.Error{Code: limnograph.CodeInternal, Op: op, Err: err}
	var answer *smithyhttp.ResponseError
	var api smithy.APIError
	switch {
	case ctx.Err() != nil:
		e.Code, e.Err = limnograph.CodeTimeout, ctx.Err()
	case errors.As(err, &api) && refused(api.ErrorCode()):
		e.Code, e.Hint = limnograph.CodeUnauthorized, "renew the credentials; check the clock of this machine"
	case retryable(err):
		e.Code, e.Hint = limnograph.CodeUnavailable, "try again; if it stays, check the network and the endpoint"
	case errors.As(err, &answer) && answer.HTTPStatusCode() == 403:
		e.Code = limnograph.CodeForbidden
	case errors.As(err, &answer) && answer.HTTPStatusCode() < 500:
		e.Code = limnograph.CodeInvalid
	case errors.As(err, &answer):
		e.Code, e.Hint = limnograph.CodeUnavailable, "try again; if it stays, check the endpoint"
	}
	return e
}

// refused reports whether the credentials themselves are refused, not what they were used for.
func refused(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
		"InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "AuthFailure", "RequestExpired", "InvalidAccessKeyId":
		return true
	}
	return false
}

// retryable reports whether another try may help: the network, throttling, a fault of the server.
func retryable(err error) bool {
	var exhausted *retry.MaxAttemptsError
	return errors.As(err, &exhausted) || retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool()
}
