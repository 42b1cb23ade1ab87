package glueapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// Faults says what goes wrong. Shares go from 0 to 1, and are of the calls to Glue; those of STS work.
type Faults struct {
	Throttled float64       // ThrottlingException: Rate exceeded
	Failed    float64       // InternalServiceException, status 500
	Cut       float64       // the connection ends without an answer, and nothing was done
	SlowPages time.Duration // before each page of jobs or runs
}

// errCut ends a connection.
var errCut = errors.New("the connection is cut")

// fail decides whether a call fails, and takes its time.
func (s *Server) fail(ctx context.Context, op string) error {
	if paged := []string{"ListJobs", "GetJobs", "GetJobRuns"}; s.cfg.Faults.SlowPages > 0 && slices.Contains(paged, op) {
		if err := s.cfg.Sleep(ctx, s.cfg.Faults.SlowPages); err != nil {
			return err
		}
	}
	f := s.cfg.Faults
	switch drawn := s.draw(); {
	case drawn < f.Throttled:
		return refused(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	case drawn < f.Throttled+f.Failed:
		return refused(http.StatusInternalServerError, "InternalServiceException", "An internal service error occurred. Try again.")
	case drawn < f.Throttled+f.Failed+f.Cut:
		return errCut
	}
	return nil
}

func (s *Server) draw() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.Float64()
}
