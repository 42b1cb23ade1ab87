package gluejob

import (
	"context"

	"github.com/aws/smithy-go/middleware"
)

// counting tells of each request right before it is sent: behind retries and rate limits, so that what was repeated counts
// and what never went out does not.
func counting(calls func(operation string)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("LimnoCountCalls", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			calls(middleware.GetOperationName(ctx))
			return next.HandleDeserialize(ctx, in)
		}), middleware.After)
	}
}
