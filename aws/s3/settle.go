package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// settle finds out what became of a write that was answered with an error, or not at all. A retry of a write whose answer
// was lost meets the object that it wrote itself: the mark tells, and the write is done.
func (s *Store) settle(ctx context.Context, w *write, err error) error {
	if ctx.Err() != nil || !leavesOpen(err) {
		return err
	}
	head, headErr := s.head(ctx, w.key)
	switch {
	case headErr == nil && head.Metadata[markName] == w.mark:
		w.done = serverTime(head.ResultMetadata)
		return nil
	case headErr == nil && w.ifAbsent && statusOf(err) == http.StatusConflict:
		return fmt.Errorf("%w: %w", errTaken, err)
	case headErr != nil && statusOf(headErr) != http.StatusNotFound && statusOf(err) == http.StatusPreconditionFailed:
		return fmt.Errorf("%w: %w: %w", errUnknownWriter, headErr, err)
	}
	return err
}

// leavesOpen reports whether the object may be there although the write was answered with err: no answer, a fault of the
// server, or a refusal that the write's own first attempt may have caused.
func leavesOpen(err error) bool {
	var own *bodyError
	if errors.As(err, &own) {
		return false
	}
	switch status := statusOf(err); status {
	case 0, http.StatusPreconditionFailed, http.StatusConflict:
		return true
	default:
		return status >= 500 || status < 300 || codeOf(err) == codeNoSuchUpload
	}
}

func serverTime(m middleware.Metadata) time.Time {
	t, _ := awsmiddleware.GetServerTime(m)
	return t
}
