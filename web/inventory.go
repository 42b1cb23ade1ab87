package web

import (
	"context"
	"sync"
	"time"

	"limnograph"
	"limnograph/panel"
)

// inventory is what is known of jobs, whether they run or not.
type inventory struct {
	jobs []panel.JobRow
	past []panel.PastRow
}

// pastEvery is how often the runs of the past are counted anew, at most: they are many, and change little.
const pastEvery = time.Minute

// pastRows remembers the newest count.
type pastRows struct {
	mu      sync.Mutex
	version uint64
	at      time.Time
	rows    []panel.PastRow
}

// inventory reads the jobs, and counts their runs unless that was done just now.
func (s *Server) inventory(ctx context.Context, who limnograph.Principal, version uint64) (out inventory, err error) {
	if out.jobs, err = askPanel(ctx, s, who, panel.Jobs, nil, limnograph.TimeRange{}, panel.ReadJobs); err != nil || len(out.jobs) == 0 {
		return out, err
	}
	out.past, err = s.pastOf(ctx, who, version)
	return out, err
}

func (s *Server) pastOf(ctx context.Context, who limnograph.Principal, version uint64) ([]panel.PastRow, error) {
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	now := s.cfg.Now()
	if !s.past.at.IsZero() && (s.past.version == version || now.Sub(s.past.at) < pastEvery) {
		return s.past.rows, nil
	}
	to := ceilMinute(now)
	span := limnograph.TimeRange{From: to.Add(-panel.PastSpan), To: to}
	rows, err := askPanel(ctx, s, who, panel.JobPast, map[string]any{"from": span.From, "to": span.To}, span, panel.ReadJobPast)
	if err != nil {
		return nil, err
	}
	s.past.version, s.past.at, s.past.rows = version, now, rows
	return rows, nil
}
