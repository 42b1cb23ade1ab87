package glue

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/smithy-go"
)

// maxAttempts bounds how often a call reads and plans again because others write at the same time or answers are lost.
const maxAttempts = 12

// outcome is what the answer to a write says about the catalogue.
type outcome uint8

const (
	done    outcome = iota // written
	raced                  // not written, because somebody else has been faster: read again
	unknown                // the answer was lost: read again, it may have been written
	failed                 // not written
)

func outcomeOf(ctx context.Context, err error) outcome {
	var answer smithy.APIError
	switch {
	case err == nil:
		return done
	case ctx.Err() != nil:
		return failed
	case !errors.As(err, &answer):
		return unknown
	case slices.Contains([]string{alreadyExists, "ConcurrentModificationException", "ResourceNotReadyException"}, answer.ErrorCode()):
		return raced
	case isThrottling(answer):
		return failed // and tried again already
	case answer.ErrorCode() == "OperationTimeoutException" || answer.ErrorFault() != smithy.FaultClient && isServerError(err):
		return unknown
	}
	return failed
}

func isThrottling(answer smithy.APIError) bool {
	_, known := retry.DefaultThrottleErrorCodes[answer.ErrorCode()]
	return known
}

// isServerError recognizes a status of 500 and above.
func isServerError(err error) bool {
	var status interface{ HTTPStatusCode() int }
	return errors.As(err, &status) && status.HTTPStatusCode() >= 500
}

// again pauses before every attempt but the first.
func (c *Catalog) again(ctx context.Context, op string, attempt int) error {
	if attempt == 0 {
		return nil
	}
	if err := c.cfg.Pause(ctx, attempt); err != nil {
		return c.explain(ctx, op, "", c.cfg.Database, err)
	}
	return nil
}

// writeOnce keeps the SDK from repeating a write that may have been done: only what was throttled is sent again.
func writeOnce(o *glue.Options) { o.Retryer = throttledOnly{o.Retryer} }

type throttledOnly struct{ aws.Retryer }

func (r throttledOnly) IsErrorRetryable(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && isThrottling(answer) && r.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken keeps the rate limit of an adaptive retryer in force.
func (r throttledOnly) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}

var _ aws.RetryerV2 = throttledOnly{}
